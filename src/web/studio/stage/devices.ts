import { onScopeDispose, ref, shallowRef } from 'vue';

/** What is captured by a device that one chooses; a screen is chosen in the browser's own dialogue. */
export type CaptureSource = 'camera' | 'microphone' | 'second-camera';
/** Why a camera or microphone is not there; each has its words in the locale. */
export type DeviceFault = 'insecure' | 'denied' | 'missing' | 'busy' | 'unknown';

const KEPT_AS: Record<CaptureSource, string> = {
  camera: 'gangbo.camera',
  microphone: 'gangbo.microphone',
  'second-camera': 'gangbo.secondCamera',
};

function kept(source: CaptureSource): string {
  try {
    return localStorage.getItem(KEPT_AS[source]) ?? '';
  } catch {
    return '';
  }
}

function keep(source: CaptureSource, deviceId: string): void {
  try {
    localStorage.setItem(KEPT_AS[source], deviceId);
  } catch {
    // Storage is refused in some private windows; the choice then lasts as long as the page.
  }
}

/** The names are those of W3C mediacapture-streams, section 10.2. */
export function faultOf(error: unknown): DeviceFault {
  const name = error instanceof Error ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'missing';
  if (name === 'NotReadableError' || name === 'AbortError') return 'busy';
  return 'unknown';
}

function constraintsFor(source: CaptureSource, deviceId: string): MediaStreamConstraints {
  const chosen = deviceId ? { deviceId: { exact: deviceId } } : {};
  return source === 'microphone'
    ? { audio: { ...chosen, echoCancellation: true, noiseSuppression: true, autoGainControl: true } }
    : { video: { ...chosen, width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 25, max: 30 } } };
}

/** One kind of capture device: which there are, which is chosen, and its track. */
function useDevice(source: CaptureSource) {
  const devices = shallowRef<MediaDeviceInfo[]>([]);
  const chosen = ref('');
  const track = shallowRef<MediaStreamTrack | null>(null);
  const fault = ref<DeviceFault | null>(null);
  const opening = ref(false);
  let wanted = 0;

  async function list() {
    const kind = source === 'microphone' ? 'audioinput' : 'videoinput';
    const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    devices.value = all.filter((device) => device.kind === kind && device.deviceId !== '');
  }

  /** Opens a device (the chosen or remembered one by default); answers its track, or null with `fault` set. */
  async function open(deviceId = chosen.value || kept(source)): Promise<MediaStreamTrack | null> {
    const mine = ++wanted;
    if (!navigator.mediaDevices) {
      fault.value = 'insecure';
      return null;
    }
    opening.value = true;
    try {
      const stream = await capture(deviceId);
      const fresh = stream.getTracks()[0] ?? null;
      if (mine !== wanted) {
        fresh?.stop();
        return track.value;
      }
      track.value?.stop();
      track.value = fresh;
      fault.value = null;
      chosen.value = fresh?.getSettings().deviceId ?? deviceId;
      keep(source, chosen.value);
      fresh?.addEventListener('ended', () => {
        if (track.value === fresh) onUnplugged();
      });
    } catch (error) {
      if (mine === wanted) {
        track.value?.stop();
        track.value = null;
        fault.value = faultOf(error);
      }
    } finally {
      if (mine === wanted) opening.value = false;
    }
    await list();
    return track.value;
  }

  /** Another device of the kind takes over, or the fault says that there is none. A second camera is simply gone. */
  function onUnplugged() {
    if (source === 'second-camera') close();
    else void open('');
  }

  async function capture(deviceId: string): Promise<MediaStream> {
    try {
      return await navigator.mediaDevices.getUserMedia(constraintsFor(source, deviceId));
    } catch (error) {
      // The remembered device is not plugged in today: any other will do.
      if (deviceId && faultOf(error) === 'missing') return navigator.mediaDevices.getUserMedia(constraintsFor(source, ''));
      throw error;
    }
  }

  function close() {
    wanted += 1;
    opening.value = false;
    track.value?.stop();
    track.value = null;
  }

  const onChange = () => void list();
  navigator.mediaDevices?.addEventListener('devicechange', onChange);
  onScopeDispose(() => {
    navigator.mediaDevices?.removeEventListener('devicechange', onChange);
    close();
  });
  return { devices, chosen, track, fault, opening, open, close, list };
}
export type CaptureDevice = ReturnType<typeof useDevice>;

/** The recruiter's devices, opened one by one so that one of them missing does not hold the others back. */
export function useDevices(): Record<CaptureSource, CaptureDevice> {
  return { camera: useDevice('camera'), microphone: useDevice('microphone'), 'second-camera': useDevice('second-camera') };
}

import { onScopeDispose, ref, shallowRef } from 'vue';
import { type DeviceFault, faultOf } from './devices.ts';

/** Options that TypeScript's DOM library does not name yet (W3C screen-capture, section 5.4). */
interface ScreenOptions extends DisplayMediaStreamOptions {
  systemAudio?: 'include' | 'exclude';
  surfaceSwitching?: 'include' | 'exclude';
  selfBrowserSurface?: 'include' | 'exclude';
}

const options: ScreenOptions = {
  video: { width: { ideal: 1920, max: 1920 }, height: { ideal: 1080, max: 1080 }, frameRate: { ideal: 15, max: 30 } },
  // What the computer plays is not the recruiter's voice: nothing of it is filtered away.
  audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
  systemAudio: 'include',
  surfaceSwitching: 'include',
  selfBrowserSurface: 'exclude',
};

/** A shared screen or window, with its sound where the browser gives it. */
export function useScreen() {
  const track = shallowRef<MediaStreamTrack | null>(null);
  const audio = shallowRef<MediaStreamTrack | null>(null);
  const fault = ref<DeviceFault | null>(null);
  const opening = ref(false);
  /** Phones share no screens. */
  const supported = typeof navigator.mediaDevices?.getDisplayMedia === 'function';

  function stop() {
    track.value?.stop();
    audio.value?.stop();
    track.value = null;
    audio.value = null;
  }

  async function start(): Promise<void> {
    if (opening.value) return;
    opening.value = true;
    fault.value = null;
    try {
      const stream = await navigator.mediaDevices.getDisplayMedia(options);
      stop();
      const [picture] = stream.getVideoTracks();
      if (!picture) return;
      // Ended with the browser's own "stop sharing", or the shared window was closed.
      picture.addEventListener('ended', () => {
        if (track.value === picture) stop();
      });
      track.value = picture;
      audio.value = stream.getAudioTracks()[0] ?? null;
    } catch (error) {
      const cause = faultOf(error);
      // Closing the browser's dialogue is a choice, not a fault.
      fault.value = cause === 'denied' ? null : cause;
    } finally {
      opening.value = false;
    }
  }

  onScopeDispose(stop);
  return { track, audio, fault, opening, supported, start, stop };
}
export type SharedScreen = ReturnType<typeof useScreen>;

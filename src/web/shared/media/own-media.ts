/** Why there is no camera or microphone. `insecure`: the page was not opened over https. */
export type DeviceFault = 'denied' | 'missing' | 'busy' | 'insecure';

/** One's own camera and microphone, as far as there are any. */
export interface OwnMedia {
  camera: MediaStreamTrack | null;
  microphone: MediaStreamTrack | null;
  /** Why something is missing; null when nothing is. */
  fault: DeviceFault | null;
  stop(): void;
}

const camera: MediaTrackConstraints = {
  facingMode: 'user',
  width: { ideal: 640 },
  height: { ideal: 480 },
  frameRate: { ideal: 24, max: 30 },
};
const microphone: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

function faultOf(error: unknown): DeviceFault {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
  if (name === 'NotReadableError' || name === 'AbortError') return 'busy';
  return 'missing';
}

/**
 * Opens camera and microphone for talking with somebody (W3C Media Capture and
 * Streams, getUserMedia). Where one of the two cannot be had, the other is still
 * opened: being heard is enough, and so is being seen. The camera is not touched
 * by somebody who wants to be heard only.
 */
export async function openOwnMedia({ soundOnly = false } = {}): Promise<OwnMedia> {
  if (!navigator.mediaDevices) return { camera: null, microphone: null, fault: 'insecure', stop: () => undefined };
  const open = (constraints: MediaStreamConstraints) => navigator.mediaDevices.getUserMedia(constraints);
  const streams: MediaStream[] = [];
  let fault: DeviceFault | null = null;
  try {
    streams.push(await open({ audio: microphone, ...(soundOnly ? {} : { video: camera }) }));
  } catch (error) {
    fault = faultOf(error);
    for (const one of soundOnly ? [] : [{ audio: microphone }, { video: camera }]) {
      const stream = await open(one).catch(() => null);
      if (stream) streams.push(stream);
    }
  }
  const tracks = streams.flatMap((stream) => stream.getTracks());
  return {
    camera: tracks.find(({ kind }) => kind === 'video') ?? null,
    microphone: tracks.find(({ kind }) => kind === 'audio') ?? null,
    fault,
    stop: () => {
      for (const track of tracks) track.stop();
    },
  };
}

/** The tracks by source, as createMediaSender takes them. */
export function sendingTracks(own: OwnMedia): { camera?: MediaStreamTrack; microphone?: MediaStreamTrack } {
  return { ...(own.camera ? { camera: own.camera } : {}), ...(own.microphone ? { microphone: own.microphone } : {}) };
}

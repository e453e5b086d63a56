import type { types } from 'mediasoup-client';
import type { MediaSource, Seat } from '../contract/index.ts';

/** How one picture or sound is encoded. */
export interface Encoding {
  encodings?: types.RtpEncodingParameters[];
  codec?: types.RtpCodecCapability;
  codecOptions: types.ProducerCodecOptions;
  /** What the encoder is to spare first (W3C mst-content-hint, section 3). */
  contentHint?: 'motion' | 'detail';
}

interface Layer {
  scaleResolutionDownBy: number;
  maxBitrate: number;
}
type Sized = Pick<MediaStreamTrack, 'getSettings'>;

/** Simulcast layers, smallest first: how much smaller than the picture, and the most bits a second each may take. */
const layersOf = {
  camera: [
    { scaleResolutionDownBy: 4, maxBitrate: 150_000 },
    { scaleResolutionDownBy: 2, maxBitrate: 600_000 },
    { scaleResolutionDownBy: 1, maxBitrate: 1_800_000 },
  ],
  /** Shown small beside the first, so that its large layer is cheaper. */
  'second-camera': [
    { scaleResolutionDownBy: 4, maxBitrate: 120_000 },
    { scaleResolutionDownBy: 1, maxBitrate: 900_000 },
  ],
  /** A viewer on stage, or somebody in a one-to-one room. */
  guest: [
    { scaleResolutionDownBy: 2, maxBitrate: 150_000 },
    { scaleResolutionDownBy: 1, maxBitrate: 600_000 },
  ],
} as const satisfies Record<string, readonly Layer[]>;

/** Below this many lines a layer is not worth its bits. */
const LEAST_LINES = 120;
const SCREEN_BITRATE = 1_500_000;
/** Text stays readable at few pictures a second; more would cost it sharpness. */
const SCREEN_FRAME_RATE = 15;

function simulcast(track: Sized, layers: readonly Layer[], scalabilityMode: string): types.RtpEncodingParameters[] {
  const lines = track.getSettings().height ?? 720;
  return layers
    .filter(({ scaleResolutionDownBy }) => scaleResolutionDownBy === 1 || lines / scaleResolutionDownBy >= LEAST_LINES)
    .map((layer, index) => ({ rid: `r${index}`, ...layer, scalabilityMode }));
}

/**
 * The simulcast encodings of a camera track, smallest first (RFC 8853; W3C
 * WebRTC section 5.2.1): for the recruiter's camera three layers for 480 lines
 * and more, fewer below; two for a guest or a second camera.
 */
export function cameraEncodings(
  track: Sized,
  { source = 'camera', seat = 'lead', mode = 'L1T1' }: { source?: 'camera' | 'second-camera'; seat?: Seat; mode?: string } = {},
): types.RtpEncodingParameters[] {
  return simulcast(track, layersOf[seat === 'guest' ? 'guest' : source], mode);
}

const codecNamed = (codecs: readonly types.RtpCodecCapability[], mimeType: string) =>
  codecs.find((codec) => codec.mimeType.toLowerCase() === mimeType.toLowerCase());

/**
 * H.264 for a camera, because every phone decodes it in hardware; VP8 from a
 * browser that cannot encode H.264. VP8 has temporal layers in every browser,
 * H.264 in few.
 */
export function cameraCodec(codecs: readonly types.RtpCodecCapability[]): { codec?: types.RtpCodecCapability; mode: string } {
  const h264 = codecNamed(codecs, 'video/H264');
  if (h264) return { codec: h264, mode: 'L1T1' };
  const vp8 = codecNamed(codecs, 'video/VP8');
  return vp8 ? { codec: vp8, mode: 'L1T3' } : { mode: 'L1T1' };
}

/** Scalability modes for a screen, best first (W3C webrtc-svc, section 6). */
export const screenModes = ['L3T3_KEY', 'L2T3_KEY', 'L1T3'] as const;
export type ScreenMode = (typeof screenModes)[number];

/**
 * The best scalability mode in which this browser encodes VP9, or null when it
 * does in none (W3C media-capabilities, section 2.2.2).
 */
export async function screenModeOf(
  capabilities: Pick<MediaCapabilities, 'encodingInfo'> | undefined = globalThis.navigator?.mediaCapabilities,
): Promise<ScreenMode | null> {
  for (const scalabilityMode of screenModes) {
    const video = {
      contentType: 'video/VP9',
      width: 1920,
      height: 1080,
      bitrate: SCREEN_BITRATE,
      framerate: SCREEN_FRAME_RATE,
      scalabilityMode,
    };
    // A browser that does not know of WebRTC here, or of the mode, rejects.
    const answer = await capabilities?.encodingInfo({ type: 'webrtc', video }).catch(() => null);
    if (answer?.supported) return scalabilityMode;
  }
  return null;
}

/**
 * A screen: one VP9 stream whose layers each viewer's bandwidth picks from,
 * without the cost of encoding it several times; else one plain stream of the
 * camera's codec.
 *
 * Layers of several sizes go with the hint `motion`: of a picture that it takes
 * for text, Chromium encodes not one frame in such a mode (measured with 156).
 * Text stays sharp all the same, because the large layer keeps its size.
 */
export function screenEncoding(codecs: readonly types.RtpCodecCapability[], mode: ScreenMode | null): Omit<Encoding, 'codecOptions'> {
  const vp9 = mode ? codecNamed(codecs, 'video/VP9') : undefined;
  const { codec } = vp9 ? { codec: vp9 } : cameraCodec(codecs);
  const encoding = { maxBitrate: SCREEN_BITRATE, maxFramerate: SCREEN_FRAME_RATE, ...(vp9 && mode ? { scalabilityMode: mode } : {}) };
  const layered = vp9 !== undefined && mode !== null && mode !== 'L1T3';
  return { encodings: [encoding], contentHint: layered ? 'motion' : 'detail', ...(codec ? { codec } : {}) };
}

/** How a source is encoded by this browser. */
export async function encodingOf(
  source: MediaSource,
  track: MediaStreamTrack,
  { codecs, seat }: { codecs: readonly types.RtpCodecCapability[]; seat: Seat },
): Promise<Encoding> {
  switch (source) {
    case 'microphone':
      return { codecOptions: voice };
    case 'screen-audio':
      return { codecOptions: programme };
    case 'screen':
      return { ...screenEncoding(codecs, await screenModeOf()), codecOptions: { videoGoogleStartBitrate: 1_000 } };
    case 'camera':
    case 'second-camera': {
      const { codec, mode } = cameraCodec(codecs);
      const encodings = cameraEncodings(track, { source, seat, mode });
      return { encodings, ...(codec ? { codec } : {}), codecOptions: { videoGoogleStartBitrate: seat === 'guest' ? 400 : 800 } };
    }
    default:
      return source satisfies never;
  }
}

/** Opus with in-band error correction and silence left out (RFC 7587 section 7.1). */
const voice: types.ProducerCodecOptions = { opusStereo: false, opusFec: true, opusDtx: true };
/** What a computer plays: stereo, and no silence cut out of music. */
const programme: types.ProducerCodecOptions = { opusStereo: true, opusFec: true, opusDtx: false, opusMaxAverageBitrate: 96_000 };

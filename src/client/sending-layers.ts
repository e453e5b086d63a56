import type { types } from 'mediasoup-client';

/** One simulcast layer: how much smaller than the camera's picture, and the most bits a second it may take. */
const layers = [
  { scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { scaleResolutionDownBy: 2, maxBitrate: 600_000 },
  { scaleResolutionDownBy: 1, maxBitrate: 2_000_000 },
] as const;

/** Below this many lines a layer is not worth its bits. */
const LEAST_LINES = 120;

/**
 * The simulcast encodings of a camera track, smallest first (RFC 8853; W3C
 * WebRTC section 5.2.1): three layers for 480 lines and more, fewer below.
 */
export function cameraEncodings(track: Pick<MediaStreamTrack, 'getSettings'>): types.RtpEncodingParameters[] {
  const lines = track.getSettings().height ?? 720;
  return layers
    .filter(({ scaleResolutionDownBy }) => scaleResolutionDownBy === 1 || lines / scaleResolutionDownBy >= LEAST_LINES)
    .map((layer, index) => ({ rid: `r${index}`, ...layer, scalabilityMode: 'L1T1' }));
}

/** Opus with in-band error correction and silence left out (RFC 7587 section 7.1); the picture starts at a usable rate. */
export const codecOptions: types.ProducerCodecOptions = { opusStereo: false, opusFec: true, opusDtx: true, videoGoogleStartBitrate: 800 };

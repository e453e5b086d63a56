/** Codecs and layers as data: what a router offers and what a publisher sends. */

/** In order of preference; H.264 first because phones decode it in hardware. */
export const routerCodecs = [
  { kind: 'audio', mimeType: 'audio/opus', preferredPayloadType: 100, clockRate: 48000, channels: 2, parameters: { useinbandfec: 1 } },
  {
    kind: 'video',
    mimeType: 'video/H264',
    preferredPayloadType: 101,
    clockRate: 90000,
    parameters: { 'packetization-mode': 1, 'profile-level-id': '42e01f', 'level-asymmetry-allowed': 1 },
  },
  { kind: 'video', mimeType: 'video/VP8', preferredPayloadType: 103, clockRate: 90000, parameters: {} },
  // For browsers that send it in scalable layers (SVC).
  { kind: 'video', mimeType: 'video/VP9', preferredPayloadType: 105, clockRate: 90000, parameters: { 'profile-id': 0 } },
] as const;

/** What a viewer's transport starts with before its bandwidth is known, bits a second. */
export const initialOutgoingBitrate = 1_000_000;

/** The most a publisher may send, bits a second: a camera in three layers, and a screen or second camera beside it. */
export const maxIncomingBitrate = 6_000_000;

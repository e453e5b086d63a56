import { z } from 'zod';

/** Where one stream of plain RTP goes. */
export const rtpSchema = z.object({ address: z.string(), port: z.number(), rtcpPort: z.number() });
export type Rtp = z.infer<typeof rtpSchema>;

/** A stream of H.264's shape, the same in every run: nobody decodes it. */
export const sourceProfileSchema = z.object({
  payloadType: z.number(),
  ssrc: z.number(),
  framesPerSecond: z.number(),
  packetsPerFrame: z.number(),
  packetsPerKeyFrame: z.number(),
  payloadBytes: z.number(),
  /** Key frames that nobody asked for; those that are asked for come with the next frame. */
  keyFrameEveryMs: z.number(),
});
export type SourceProfile = z.infer<typeof sourceProfileSchema>;

export const sourceOrderSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('send'), target: rtpSchema.nullable() }),
  z.object({ type: z.literal('count'), call: z.number() }),
]);
export type SourceOrder = z.infer<typeof sourceOrderSchema>;

export const sentSchema = z.object({
  call: z.number(),
  packets: z.number(),
  bytes: z.number(),
  keyFrames: z.number(),
  /** Requests for key frames that came back (RFC 4585 PLI, RFC 5104 FIR). */
  requests: z.number(),
});
export type Sent = z.infer<typeof sentSchema>;

import { z } from 'zod';

/** What a swarm process is told, and what it tells. Times are milliseconds since the epoch with fractions, by one clock of the machine. */
export const swarmOrderSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('answer'), id: z.string(), call: z.number(), offer: z.string(), anew: z.boolean() }),
  z.object({ type: z.literal('close'), id: z.string() }),
  z.object({ type: z.literal('count'), call: z.number(), anew: z.boolean() }),
]);
export type SwarmOrder = z.infer<typeof swarmOrderSchema>;

const time = z.number().nullable();
export const viewerCountSchema = z.object({
  id: z.string(),
  state: z.string(),
  packets: z.number(),
  bytes: z.number(),
  /** When ICE and DTLS were done, of its newest connection. */
  connectedAt: time,
  firstPacketAt: time,
  lastPacketAt: time,
  /** The longest time without a packet, ms, since it was last counted anew, and when it was over. */
  longestGapMs: z.number(),
  gapEndedAt: time,
});
export type ViewerCount = z.infer<typeof viewerCountSchema>;

export const swarmNewsSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('answered'), call: z.number(), answer: z.string() }),
  z.object({ type: z.literal('refused'), call: z.number(), reason: z.string() }),
  z.object({ type: z.literal('counted'), call: z.number(), viewers: z.array(viewerCountSchema) }),
]);
export type SwarmNews = z.infer<typeof swarmNewsSchema>;

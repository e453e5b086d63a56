import { z } from 'zod';
import type { ConsumerOptions, Subscription } from '../../../../media/types.ts';
import { consumerOptionsSchema, dtlsParametersSchema, subscriptionSchema } from '../../../../src/contract/media.ts';
import { rtpSchema } from '../source/messages.ts';

// Shaped as the contract says, typed as the plane does.
export const planeSubscriptionSchema = z.custom<Subscription>((value) => subscriptionSchema.safeParse(value).success);
const consumerOptions = z.custom<ConsumerOptions>((value) => consumerOptionsSchema.safeParse(value).success);

/** What the process with an SFU under test is asked. */
export const sfuOrderSchema = z.discriminatedUnion('type', [
  /** A port for one stream of plain RTP; repeated after the publisher was lost. */
  z.object({ type: z.literal('ingest'), call: z.number() }),
  z.object({ type: z.literal('subscribe'), call: z.number(), viewerId: z.string() }),
  z.object({
    type: z.literal('connect'),
    call: z.number(),
    viewerId: z.string(),
    transportId: z.string(),
    dtlsParameters: dtlsParametersSchema,
  }),
  z.object({ type: z.literal('resume'), call: z.number(), viewerId: z.string(), consumerIds: z.array(z.string()) }),
  z.object({ type: z.literal('unsubscribe'), call: z.number(), viewerId: z.string() }),
  z.object({ type: z.literal('workers'), call: z.number() }),
  z.object({ type: z.literal('origin'), call: z.number() }),
]);
export type SfuOrder = z.infer<typeof sfuOrderSchema>;

const nothing = z.object({});
export const sfuAnswerSchemas = {
  ingest: rtpSchema,
  subscribe: planeSubscriptionSchema,
  connect: nothing,
  resume: nothing,
  unsubscribe: nothing,
  /** Process ids of the workers, and of the one with the publisher. */
  workers: z.object({ pids: z.array(z.number()) }),
  origin: z.object({ pid: z.number() }),
} as const satisfies Record<SfuOrder['type'], z.ZodType>;

/** What it says by itself, as the plane's events do. */
const sfuEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('subscriberLost'), viewerId: z.string() }),
  z.object({ type: z.literal('publisherLost') }),
  z.object({ type: z.literal('consumerAdded'), viewerId: z.string(), consumer: consumerOptions }),
  z.object({ type: z.literal('consumerClosed'), viewerId: z.string(), consumerId: z.string() }),
]);
export type SfuEvent = z.infer<typeof sfuEventSchema>;

export const sfuNewsSchema = z.union([
  z.object({ ready: z.literal(true) }),
  z.object({ call: z.number(), value: z.unknown() }),
  z.object({ call: z.number(), error: z.string() }),
  z.object({ event: sfuEventSchema }),
]);
export type SfuNews = z.infer<typeof sfuNewsSchema>;

/** The few things that are measured of an SFU, answered as sfuAnswerSchemas say. */
export interface SfuServer {
  handle(order: SfuOrder): Promise<unknown>;
  close(): Promise<void>;
}

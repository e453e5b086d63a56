import { z } from 'zod';
import type { MediaEvents, MediaPlane } from '../../../../media/types.ts';
import {
  consumerOptionsSchema,
  dtlsParametersSchema,
  iceParametersSchema,
  mediaIdSchema,
  mediaSourceSchema,
  rtpCapabilitiesSchema,
  rtpParametersSchema,
  subscriptionSchema,
  transportOptionsSchema,
} from '../../../contract/index.ts';

/** What nodes say to one another about stages. Everything is parsed on arrival. */
const participant = z.string().min(1).max(128);
const kind = z.enum(['audio', 'video']);
const nothing = z.unknown().transform(() => undefined);
const stream = z.object({ kind, source: mediaSourceSchema, rtpParameters: rtpParametersSchema });
const port = z.number().int().min(0).max(65_535);
const some = z.array(mediaIdSchema).max(64);
const owner = z.object({ owner: participant.optional() });

/** Calls of the plane that concern one stage: their arguments after the stage id, and their answer. */
export const stageCalls = {
  subscribe: { args: z.tuple([participant, rtpCapabilitiesSchema]), data: subscriptionSchema },
  connectSubscriber: { args: z.tuple([participant, mediaIdSchema, dtlsParametersSchema]), data: nothing },
  resume: { args: z.tuple([participant, some]), data: nothing },
  pause: { args: z.tuple([participant, some]), data: nothing },
  preferLayer: { args: z.tuple([participant, mediaIdSchema, z.number().int().min(0).max(8)]), data: nothing },
  restartIce: { args: z.tuple([participant, mediaIdSchema]), data: iceParametersSchema },
  unsubscribe: { args: z.tuple([participant]), data: nothing },
  publish: { args: z.tuple([participant, owner]), data: transportOptionsSchema },
  connectPublisher: { args: z.tuple([participant, mediaIdSchema, dtlsParametersSchema]), data: nothing },
  produce: {
    args: z.tuple([participant, stream.extend({ transportId: mediaIdSchema })]),
    data: z.object({ producerId: mediaIdSchema }),
  },
  closeProducer: { args: z.tuple([participant, mediaIdSchema]), data: nothing },
  ingestRtp: {
    args: z.tuple([participant, stream.extend(owner.shape)]),
    data: z.object({ producerId: mediaIdSchema, address: z.string().max(255), port, rtcpPort: port }),
  },
  unpublish: { args: z.tuple([participant]), data: nothing },
  closeStage: { args: z.tuple([]), data: nothing },
  stageHealth: {
    args: z.tuple([]),
    data: z.object({
      publishers: z.number(),
      subscribers: z.number(),
      producers: z.array(z.object({ id: mediaIdSchema, kind, source: mediaSourceSchema, score: z.number(), bitrate: z.number() })),
    }),
  },
} as const;

export type StageCall = keyof typeof stageCalls;
export type CallArguments<C extends StageCall> = Parameters<MediaPlane[C]> extends [string, ...infer Rest] ? Rest : never;
export type CallData<C extends StageCall> = Awaited<ReturnType<MediaPlane[C]>>;

const stage = z.string().min(1).max(128);
const calls = Object.keys(stageCalls) as [StageCall, ...StageCall[]];

/** Events that go to the participant's node. */
export type RemoteEvent = 'consumerAdded' | 'consumerClosed' | 'subscriberLost' | 'publisherLost';

const event = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('consumerAdded'),
    payload: z.object({ stageId: stage, subscriberId: participant, consumer: consumerOptionsSchema }),
  }),
  z.object({
    event: z.literal('consumerClosed'),
    payload: z.object({ stageId: stage, subscriberId: participant, consumerId: mediaIdSchema }),
  }),
  z.object({ event: z.literal('subscriberLost'), payload: z.object({ stageId: stage, subscriberId: participant }) }),
  z.object({
    event: z.literal('publisherLost'),
    payload: z.object({ stageId: stage, publisherId: participant, reason: z.enum(['worker-died', 'replaced']) }),
  }),
]);

export const messageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('request'),
    id: z.number().int(),
    from: z.string().min(1).max(128),
    /** The machine's name: plain RTP does not leave a machine. */
    host: z.string().max(255),
    stageId: stage,
    call: z.enum(calls),
    args: z.array(z.unknown()).max(4),
  }),
  z.object({ type: z.literal('reply'), id: z.number().int(), data: z.unknown() }),
  z.object({
    type: z.literal('refusal'),
    id: z.number().int(),
    /** `moved`: this node does not own the stage (any more). */
    fault: z.enum(['not-found', 'unsupported', 'unavailable', 'busy', 'moved']),
    message: z.string().max(2_000),
  }),
  z.object({ type: z.literal('event'), told: event }),
  /** The stage was ended on purpose: its participants are not told. */
  z.object({ type: z.literal('ended'), stageId: stage }),
]);
export type Message = z.infer<typeof messageSchema>;
export type Request = Extract<Message, { type: 'request' }>;

/** An event as it travels; the shapes of mediasoup's types and of the contract are the same. */
export type ToldEvent = { [E in RemoteEvent]: { event: E; payload: MediaEvents[E][0] } }[RemoteEvent];

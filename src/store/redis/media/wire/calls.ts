import { z } from 'zod';
import type { MediaHost, MediaPlane } from '../../../../../media/types.ts';
import {
  dtlsParametersSchema,
  iceParametersSchema,
  mediaIdSchema,
  mediaSourceSchema,
  rtpCapabilitiesSchema,
  rtpParametersSchema,
  seatSchema,
  stageHealthSchema,
  subscriptionSchema,
  transportOptionsSchema,
} from '../../../../contract/index.ts';
import { participantSchema as participant } from './ids.ts';

/** What one process may ask another to do: the arguments after the stage id, and the answer. */
const kind = z.enum(['audio', 'video']);
const nothing = z.unknown().transform(() => undefined);
const stream = z.object({ kind, source: mediaSourceSchema, rtpParameters: rtpParametersSchema });
const port = z.number().int().min(0).max(65_535);
const some = z.array(mediaIdSchema).max(64);
const layer = z.number().int().min(0).max(8);
const publishOptions = z.object({
  owner: participant.optional(),
  seat: seatSchema.optional(),
  guests: z.number().int().min(0).max(64).optional(),
  detached: z.boolean().optional(),
});
const subscribeOptions = z.object({
  detached: z.boolean().optional(),
  payloadTypes: z.record(z.string().max(64), z.number().int().min(0).max(127)).optional(),
});
const pipeEnd = z.object({
  address: z.string().min(1).max(255),
  port,
  srtpParameters: z.object({
    cryptoSuite: z.enum(['AEAD_AES_256_GCM', 'AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_32']),
    keyBase64: z.string().max(255),
  }),
});

/** Calls of the plane that concern one stage, asked by the node of a participant. */
export const stageCalls = {
  subscribe: { args: z.tuple([participant, rtpCapabilitiesSchema, subscribeOptions]), data: subscriptionSchema },
  connectSubscriber: { args: z.tuple([participant, mediaIdSchema, dtlsParametersSchema]), data: nothing },
  resume: { args: z.tuple([participant, some]), data: nothing },
  pause: { args: z.tuple([participant, some]), data: nothing },
  preferLayer: { args: z.tuple([participant, mediaIdSchema, layer]).rest(layer), data: nothing },
  restartIce: { args: z.tuple([participant, mediaIdSchema]), data: iceParametersSchema },
  unsubscribe: { args: z.tuple([participant]), data: nothing },
  publish: { args: z.tuple([participant, publishOptions]), data: transportOptionsSchema },
  connectPublisher: { args: z.tuple([participant, mediaIdSchema, dtlsParametersSchema]), data: nothing },
  produce: {
    args: z.tuple([participant, stream.extend({ transportId: mediaIdSchema })]),
    data: z.object({ producerId: mediaIdSchema }),
  },
  pauseProducer: { args: z.tuple([participant, mediaIdSchema, z.boolean()]), data: nothing },
  closeProducer: { args: z.tuple([participant, mediaIdSchema]), data: nothing },
  ingestRtp: {
    args: z.tuple([participant, stream.extend(publishOptions.shape)]),
    data: z.object({ producerId: mediaIdSchema, address: z.string().max(255), port, rtcpPort: port }),
  },
  unpublish: { args: z.tuple([participant]), data: nothing },
  closeStage: { args: z.tuple([]), data: nothing },
  stageHealth: { args: z.tuple([]), data: stageHealthSchema },
} as const;

/** What an edge asks the origin of a stage. */
export const hostCalls = {
  /** Answered with nothing; the producers follow, now and whenever they change. */
  attach: { args: z.tuple([]), data: nothing },
  detach: { args: z.tuple([]), data: nothing },
  openPipe: {
    args: z.tuple([mediaIdSchema, pipeEnd]),
    data: z.object({ pipeId: mediaIdSchema, end: pipeEnd, rtpParameters: rtpParametersSchema, paused: z.boolean() }),
  },
  closePipe: { args: z.tuple([mediaIdSchema]), data: nothing },
} as const;

export const calls = { ...stageCalls, ...hostCalls } as const;
export type StageCall = keyof typeof stageCalls;
export type HostCall = keyof typeof hostCalls;

type AfterStage<F> = F extends (stageId: string, ...rest: infer Rest) => unknown ? Required<Rest> : never;
export type CallArguments<C extends StageCall> = C extends 'preferLayer'
  ? Parameters<MediaPlane['preferLayer']> extends [string, ...infer Rest]
    ? Rest
    : never
  : AfterStage<MediaPlane[C]>;
export type CallData<C extends StageCall> = Awaited<ReturnType<MediaPlane[C]>>;

/** A participant of a stage: somebody can both send and receive. */
export type ParticipantKey = `s:${string}` | `p:${string}`;
export const subscriberKey = (id: string): ParticipantKey => `s:${id}`;
export const publisherKey = (id: string): ParticipantKey => `p:${id}`;
export const isSubscriber = (key: ParticipantKey): boolean => key.startsWith('s:');
export const idIn = (key: ParticipantKey): string => key.slice(2);

/** Which side of the stage a call is about, and whether it brings somebody onto it or takes somebody off it. */
export const effects = {
  subscribe: { side: 's', change: 'join' },
  connectSubscriber: { side: 's', change: null },
  resume: { side: 's', change: null },
  pause: { side: 's', change: null },
  preferLayer: { side: 's', change: null },
  unsubscribe: { side: 's', change: 'leave' },
  publish: { side: 'p', change: 'join' },
  ingestRtp: { side: 'p', change: 'join' },
  connectPublisher: { side: 'p', change: null },
  produce: { side: 'p', change: null },
  pauseProducer: { side: 'p', change: null },
  closeProducer: { side: 'p', change: null },
  unpublish: { side: 'p', change: 'leave' },
} as const;
export type ParticipantCall = keyof typeof effects;
export const isParticipantCall = (call: string): call is ParticipantCall => Object.hasOwn(effects, call);

/** The call that takes a participant off the stage. */
export const undoOf = (key: ParticipantKey): 'unsubscribe' | 'unpublish' => (isSubscriber(key) ? 'unsubscribe' : 'unpublish');

type StageMethods = { [C in StageCall]: (stageId: string, ...args: CallArguments<C>) => Promise<CallData<C>> };

/** Does a call on a plane of this process. */
export function perform<C extends StageCall>(plane: MediaPlane, stageId: string, call: C, args: CallArguments<C>): Promise<CallData<C>> {
  const methods: StageMethods = plane;
  return methods[call](stageId, ...args);
}

/** Takes a participant off the stage. */
export const expel = (plane: MediaHost, stageId: string, key: ParticipantKey): Promise<void> => plane[undoOf(key)](stageId, idIn(key));

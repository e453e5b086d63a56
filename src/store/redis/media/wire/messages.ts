import { z } from 'zod';
import type { MediaEvents } from '../../../../../media/types.ts';
import {
  conditionReasonSchema,
  consumerOptionsSchema,
  mediaIdSchema,
  mediaSourceSchema,
  seatSchema,
  stageConditionSchema,
} from '../../../../contract/index.ts';
import { calls, type HostCall, idIn, isSubscriber, type ParticipantKey, type StageCall } from './calls.ts';
import { idOf, participantSchema, stageIdSchema } from './ids.ts';

/** What the processes of an installation say to one another about stages. Everything is parsed on arrival. */

/** A producer as its origin tells the edges. */
export const producerSchema = z.object({
  producerId: mediaIdSchema,
  publisherId: participantSchema,
  kind: z.enum(['audio', 'video']),
  source: mediaSourceSchema,
  seat: seatSchema,
  paused: z.boolean(),
});
export type ToldProducer = z.infer<typeof producerSchema>;

const onStage = { stageId: stageIdSchema };
const subscriber = { ...onStage, subscriberId: participantSchema };

/** Events that one node passes on to people: the participant's, or for the stage as a whole any one. */
const event = z.discriminatedUnion('event', [
  z.object({ event: z.literal('consumerAdded'), payload: z.object({ ...subscriber, consumer: consumerOptionsSchema }) }),
  z.object({ event: z.literal('consumerClosed'), payload: z.object({ ...subscriber, consumerId: mediaIdSchema }) }),
  z.object({ event: z.literal('subscriberLost'), payload: z.object(subscriber) }),
  z.object({
    event: z.literal('publisherLost'),
    payload: z.object({ ...onStage, publisherId: participantSchema, reason: z.enum(['worker-died', 'replaced', 'disconnected']) }),
  }),
  z.object({ event: z.literal('publishing'), payload: z.object({ ...onStage, publishing: z.boolean() }) }),
  z.object({
    event: z.literal('stageCondition'),
    payload: z.object({ ...onStage, condition: stageConditionSchema, reasons: z.array(conditionReasonSchema).max(16) }),
  }),
]);

export type ToldName = 'consumerAdded' | 'consumerClosed' | 'subscriberLost' | 'publisherLost' | 'publishing' | 'stageCondition';
/** What a participant is told when the host that carried it is gone. */
export function lossOf(stageId: string, key: ParticipantKey): ToldEvent {
  const id = idIn(key);
  return isSubscriber(key)
    ? { event: 'subscriberLost', payload: { stageId, subscriberId: id } }
    : { event: 'publisherLost', payload: { stageId, publisherId: id, reason: 'worker-died' } };
}

/** An event as it travels; the shapes of mediasoup's types and of the contract are the same. */
export type ToldEvent = { [E in ToldName]: { event: E; payload: MediaEvents[E][0] } }[ToldName];

const from = idOf('process');
const participants = z.array(z.string().min(3).max(130)).max(100_000);

export const messageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('request'),
    id: z.number().int(),
    from,
    /** The machine's name: plain RTP does not leave a machine. */
    machine: z.string().max(255),
    ...onStage,
    call: z.enum(Object.keys(calls) as [StageCall | HostCall, ...(StageCall | HostCall)[]]),
    args: z.array(z.unknown()).max(4),
  }),
  z.object({ type: z.literal('reply'), id: z.number().int(), data: z.unknown() }),
  z.object({
    type: z.literal('refusal'),
    id: z.number().int(),
    /** `moved`: this process does not carry that part of the stage (any more). */
    fault: z.enum(['not-found', 'unsupported', 'unavailable', 'busy', 'full', 'moved']),
    message: z.string().max(2_000),
  }),
  z.object({ type: z.literal('event'), from, told: event }),
  /** The stage was ended on purpose: its participants are not told. */
  z.object({ type: z.literal('ended'), ...onStage }),
  /** Another node has taken a participant of this one off the stage. */
  z.object({ type: z.literal('left'), ...onStage, participant: z.string().min(3).max(130) }),
  /** From the origin to its edges: all producers of the stage, as they are now. */
  z.object({ type: z.literal('producers'), from, ...onStage, producers: z.array(producerSchema).max(64) }),
  /** From a host that was the origin to its edges: another is now. */
  z.object({ type: z.literal('moved'), from, ...onStage }),
  /** From a node to a host: everybody of the node whom it believes there. */
  z.object({ type: z.literal('roll'), from, stages: z.record(stageIdSchema, participants) }),
  /** The host's answer: those who are not there. */
  z.object({ type: z.literal('absent'), from, stages: z.record(stageIdSchema, participants) }),
]);
export type Message = z.infer<typeof messageSchema>;
export type Request = Extract<Message, { type: 'request' }>;

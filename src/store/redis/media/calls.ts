import type { MediaPlane } from '../../../../media/types.ts';
import type { CallArguments, CallData, StageCall, ToldEvent } from './messages.ts';

/** A participant of a stage: somebody can both send and receive. */
export type ParticipantKey = `s:${string}` | `p:${string}`;
export const subscriberKey = (id: string): ParticipantKey => `s:${id}`;
export const publisherKey = (id: string): ParticipantKey => `p:${id}`;

type Joining = 'subscribe' | 'publish' | 'ingestRtp';
type Leaving = 'unsubscribe' | 'unpublish';

const joins: Record<Joining, (id: string) => ParticipantKey> = { subscribe: subscriberKey, publish: publisherKey, ingestRtp: publisherKey };
const leaves: Record<Leaving, (id: string) => ParticipantKey> = { unsubscribe: subscriberKey, unpublish: publisherKey };

/** Whom a call brings onto the stage. */
export const joinerOf = (call: StageCall, [id]: readonly unknown[]): ParticipantKey | undefined =>
  Object.hasOwn(joins, call) ? joins[call as Joining](String(id)) : undefined;

/** The call that takes a participant off the stage. */
export const undoOf = (key: ParticipantKey): Leaving => (key.startsWith('s:') ? 'unsubscribe' : 'unpublish');

/** Whom a call takes off the stage. */
export const leaverOf = (call: StageCall, [id]: readonly unknown[]): ParticipantKey | undefined =>
  Object.hasOwn(leaves, call) ? leaves[call as Leaving](String(id)) : undefined;

type StageMethods = { [C in StageCall]: (stageId: string, ...args: CallArguments<C>) => Promise<CallData<C>> };

/** Does a call on a plane of this process. */
export function perform<C extends StageCall>(plane: MediaPlane, stageId: string, call: C, args: CallArguments<C>): Promise<CallData<C>> {
  const methods: StageMethods = plane;
  return methods[call](stageId, ...args);
}

/** Takes a participant off the stage. */
export function expel(plane: MediaPlane, stageId: string, key: ParticipantKey): Promise<void> {
  const id = key.slice(2);
  return key.startsWith('s:') ? plane.unsubscribe(stageId, id) : plane.unpublish(stageId, id);
}

/** What a participant is told when the node that carried the stage is gone. */
export function lossOf(stageId: string, key: ParticipantKey): ToldEvent {
  const id = key.slice(2);
  return key.startsWith('s:')
    ? { event: 'subscriberLost', payload: { stageId, subscriberId: id } }
    : { event: 'publisherLost', payload: { stageId, publisherId: id, reason: 'worker-died' } };
}

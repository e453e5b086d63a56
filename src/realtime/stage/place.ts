import { CodedError } from '../../contract/index.ts';
import { isStaff } from '../../domain/actor.ts';
import type { Connection, JoinedCall, JoinedSession } from '../connection.ts';

/** As what a connection is on a stage: in a session's room, or in a one-to-one call. */
export type Place = { in: 'session'; joined: JoinedSession } | { in: 'call'; joined: JoinedCall };

/** A stage's id is its session's or its call's. @throws CodedError NOT_JOINED */
export function demandOnStage(connection: Connection, stageId: string): Place {
  const session = connection.joined.get(stageId);
  if (session) return { in: 'session', joined: session };
  const call = connection.calls.get(stageId);
  if (call) return { in: 'call', joined: call };
  throw new CodedError('NOT_JOINED');
}

/** Whether it still is: a connection may leave while something is done for it. */
export const isOnStage = (connection: Connection, stageId: string): boolean =>
  !connection.closed && (connection.joined.has(stageId) || connection.calls.has(stageId));

/** The session in which a viewer may have a seat, or null. */
export const seatedIn = (connection: Connection, place: Place): JoinedSession | null =>
  place.in === 'session' && !isStaff(connection.actor) ? place.joined : null;

import type { FeedBody, Session } from '../../contract/index.ts';

export interface SessionChangeSteps {
  feed: { append(sessionId: string, body: FeedBody): Promise<unknown> };
  /** Puts the closing of the session's books where a crash does not lose it. */
  scheduleClosing(sessionId: string): Promise<void>;
  endVisits(sessionId: string): Promise<void>;
  closeStage(sessionId: string): Promise<void>;
}

/**
 * What follows from a session's start or end, once it is committed: every room
 * is told; at the end chat stops, visits end and the stage is closed. The closing
 * is scheduled first, so that it happens even if this process dies here.
 */
export function createSessionChanges({ feed, scheduleClosing, endVisits, closeStage }: SessionChangeSteps) {
  return async (session: Session): Promise<void> => {
    const over = session.status === 'ended' || session.status === 'sealed';
    if (over) await scheduleClosing(session.id);
    await feed.append(session.id, { type: 'session', status: session.status });
    if (!over) return;
    await endVisits(session.id);
    await closeStage(session.id);
  };
}

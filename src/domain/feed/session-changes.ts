import type { FeedBody, Session } from '../../contract/index.ts';
import type { AppendOptions } from './store.ts';

export interface AnnouncementSteps {
  feed: { append(sessionId: string, body: FeedBody, options?: AppendOptions): Promise<unknown> };
  /** Puts the closing of the session's books where a crash does not lose it. */
  scheduleClosing(sessionId: string): Promise<void>;
}

export interface SessionChangeSteps extends AnnouncementSteps {
  endVisits(sessionId: string): Promise<void>;
  closeStage(sessionId: string): Promise<void>;
}

type Changed = Pick<Session, 'id' | 'status'>;
const isOver = ({ status }: Changed) => status === 'ended' || status === 'sealed';

/**
 * Tells every room of a session's start or end. Repeating it changes nothing, and
 * a start that is told late does not open a session that has ended. The closing is
 * scheduled first, so that it happens even if this process dies here.
 */
export function createAnnouncement({ feed, scheduleClosing }: AnnouncementSteps) {
  return async (session: Changed): Promise<void> => {
    const over = isOver(session);
    if (over) await scheduleClosing(session.id);
    await feed.append(session.id, { type: 'session', status: session.status }, { whileOpen: !over });
  };
}

/**
 * What follows from a session's start or end, once it is committed: every room
 * is told; at the end chat stops, visits end and the stage is closed.
 */
export function createSessionChanges({ endVisits, closeStage, ...steps }: SessionChangeSteps) {
  const announce = createAnnouncement(steps);
  return async (session: Changed): Promise<void> => {
    await announce(session);
    if (!isOver(session)) return;
    await endVisits(session.id);
    await closeStage(session.id);
  };
}

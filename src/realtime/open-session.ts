import { CodedError, type Session } from '../contract/index.ts';

export interface SessionLookup {
  find(sessionId: string): Promise<Session | null>;
}

/** A session that has not ended. @throws CodedError NOT_JOINED for one that is unknown, SESSION_ENDED */
export async function demandOpenSession(sessions: SessionLookup, sessionId: string): Promise<Session> {
  const session = await sessions.find(sessionId);
  if (!session) throw new CodedError('NOT_JOINED');
  if (session.status === 'ended' || session.status === 'sealed') throw new CodedError('SESSION_ENDED');
  return session;
}

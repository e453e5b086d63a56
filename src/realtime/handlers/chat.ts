import { CodedError, type Session } from '../../contract/index.ts';
import { authorize, scopeOfSession } from '../../domain/actor.ts';
import type { ChatService } from '../../domain/chat/service.ts';
import type { EventHandlers } from '../event-handlers.ts';
import { demandJoined } from '../presence.ts';

export interface ChatHandlerOptions {
  sessions: { find(sessionId: string): Promise<Session | null> };
  chat: ChatService;
}

/** A session that has not ended. @throws CodedError SESSION_ENDED, NOT_FOUND */
async function demandOpen(sessions: ChatHandlerOptions['sessions'], sessionId: string): Promise<Session> {
  const session = await sessions.find(sessionId);
  if (!session) throw new CodedError('NOT_FOUND');
  if (session.status === 'ended' || session.status === 'sealed') throw new CodedError('SESSION_ENDED');
  return session;
}

export function createChatHandlers({ sessions, chat }: ChatHandlerOptions): EventHandlers<'chat.send' | 'notice.post'> {
  return {
    async 'chat.send'({ sessionId, id, text }, connection) {
      const { speaker } = demandJoined(connection, sessionId);
      await demandOpen(sessions, sessionId);
      return { seq: await chat.say(sessionId, speaker, { id, text }) };
    },
    async 'notice.post'({ sessionId, text }, connection) {
      demandJoined(connection, sessionId);
      authorize(connection.actor, 'notice.post', scopeOfSession(await demandOpen(sessions, sessionId)));
      return { seq: await chat.notice(sessionId, text) };
    },
  };
}

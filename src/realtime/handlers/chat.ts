import { authorize, scopeOfSession } from '../../domain/actor.ts';
import type { ChatService } from '../../domain/chat/service.ts';
import type { EventHandlers } from '../event-handlers.ts';
import { demandOpenSession, type SessionLookup } from '../open-session.ts';
import { demandJoined } from '../presence.ts';

export interface ChatHandlerOptions {
  sessions: SessionLookup;
  chat: ChatService;
}

export function createChatHandlers({ sessions, chat }: ChatHandlerOptions): EventHandlers<'chat.send' | 'notice.post'> {
  return {
    async 'chat.send'({ sessionId, id, text }, connection) {
      const { speaker } = demandJoined(connection, sessionId);
      await demandOpenSession(sessions, sessionId);
      return { seq: await chat.say(sessionId, speaker, { id, text }) };
    },
    async 'notice.post'({ sessionId, text }, connection) {
      demandJoined(connection, sessionId);
      authorize(connection.actor, 'notice.post', scopeOfSession(await demandOpenSession(sessions, sessionId)));
      return { seq: await chat.notice(sessionId, text) };
    },
  };
}

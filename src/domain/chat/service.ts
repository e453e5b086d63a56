import { CodedError, type FeedBody } from '../../contract/index.ts';
import type { DemandAllowance } from '../allowance.ts';
import type { Speaker } from './speaker.ts';

/** What one viewer may say in one room, from however many connections. */
const ALLOWED = { limit: 20, windowMs: 10_000 };

/** The part of the feed that talking needs. */
export interface ChatFeed {
  append(
    sessionId: string,
    body: FeedBody,
    options: { once?: string; whileOpen: boolean },
  ): Promise<{ outcome: 'appended' | 'unchanged'; seq: number } | { outcome: 'ended' }>;
}

/** What is said in a room, by viewers and staff. An ended session refuses it (SESSION_ENDED), whichever node is asked. */
export function createChatService({ feed, demandAllowance }: { feed: ChatFeed; demandAllowance: DemandAllowance }) {
  async function append(sessionId: string, body: FeedBody, once?: string): Promise<number> {
    const appended = await feed.append(sessionId, body, { whileOpen: true, ...(once ? { once } : {}) });
    if (appended.outcome === 'ended') throw new CodedError('SESSION_ENDED');
    return appended.seq;
  }
  return {
    /** @returns the sequence; the same one when the speaker resends the id */
    async say(sessionId: string, from: Speaker, message: { id: string; text: string }): Promise<number> {
      const staff = from.role !== 'guest' && from.role !== 'viewer';
      if (!staff) await demandAllowance({ ...ALLOWED, key: `chat:${sessionId}:${from.key}` });
      return append(sessionId, { type: 'chat', id: message.id, from, text: message.text }, `${from.key}|${message.id}`);
    },
    notice: (sessionId: string, text: string): Promise<number> => append(sessionId, { type: 'notice', text }),
  };
}
export type ChatService = ReturnType<typeof createChatService>;

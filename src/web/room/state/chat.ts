import { ref, shallowRef } from 'vue';
import { ReplyError } from '../../../client/api.ts';
import type { FeedEntry } from '../../../contract/index.ts';
import { newOnceId } from '../../shared/once.ts';

/** A message of this viewer that the feed has not shown yet. */
export interface OutgoingMessage {
  id: string;
  text: string;
  state: 'sending' | 'failed';
}

/** More than this no one scrolls back to on a phone. */
const MAX_ENTRIES = 200;
const SENT_KEPT_AS = 'gangbo.sent';
const MAX_SENT = 100;

/** The ids of what was said in this tab: a guest who signs in speaks under another key, and is still the one who said it. */
function keptSentIds(): string[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(SENT_KEPT_AS) ?? '[]');
    return Array.isArray(kept) ? kept.filter((id) => typeof id === 'string') : [];
  } catch {
    return [];
  }
}
function keepSentIds(ids: Iterable<string>): void {
  try {
    sessionStorage.setItem(SENT_KEPT_AS, JSON.stringify([...ids].slice(-MAX_SENT)));
  } catch {
    // Then they are known until the page is left.
  }
}

/** The talk of the room: the feed's newest entries, and what this viewer is saying. */
export function createChat({ send }: { send: (id: string, text: string) => Promise<unknown> }) {
  const entries = shallowRef<FeedEntry[]>([]);
  const outgoing = ref<OutgoingMessage[]>([]);
  const sentIds = new Set(keptSentIds());

  /** The feed says a message of ours before or after its acknowledgement; either way it stops being outgoing. */
  function settle(shown: FeedEntry[]): void {
    const ids = new Set(shown.map((entry) => (entry.type === 'chat' ? entry.id : '')));
    if (outgoing.value.some(({ id }) => ids.has(id))) outgoing.value = outgoing.value.filter(({ id }) => !ids.has(id));
  }

  async function deliver(message: OutgoingMessage): Promise<unknown> {
    const update = (state: OutgoingMessage['state']) => {
      outgoing.value = outgoing.value.map((held) => (held.id === message.id ? { ...held, state } : held));
    };
    update('sending');
    try {
      await send(message.id, message.text);
      return null;
    } catch (error) {
      const final = error instanceof ReplyError && error.code !== 'RATE_LIMITED' && error.code !== 'NOT_JOINED';
      if (final) outgoing.value = outgoing.value.filter(({ id }) => id !== message.id);
      else update('failed');
      return error;
    }
  }

  return {
    entries,
    outgoing,
    isOwn: (entry: FeedEntry, selfKey: string | undefined) =>
      entry.type === 'chat' && (sentIds.has(entry.id) || entry.from.key === selfKey),
    append(fresh: FeedEntry[]): void {
      entries.value = [...entries.value, ...fresh].slice(-MAX_ENTRIES);
      settle(fresh);
    },
    reset(fresh: FeedEntry[]): void {
      entries.value = fresh.slice(-MAX_ENTRIES);
      settle(fresh);
    },
    /** Says something; answers the error when it was refused, null when it was accepted. */
    say(text: string): Promise<unknown> {
      const message: OutgoingMessage = { id: newOnceId(), text, state: 'sending' };
      sentIds.add(message.id);
      keepSentIds(sentIds);
      outgoing.value = [...outgoing.value, message];
      return deliver(message);
    },
    /** Sends a failed message again under the same id, so that it is said once. */
    retry: deliver,
    retryFailed(): void {
      for (const message of outgoing.value) if (message.state === 'failed') void deliver(message);
    },
  };
}
export type Chat = ReturnType<typeof createChat>;

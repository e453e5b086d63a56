import type { FeedEntry, Frame, RoomCounts } from '../contract/index.ts';
import type { FeedFollower, FeedStore, FollowFeed } from '../domain/feed/store.ts';
import type { Log } from '../domain/ports.ts';

export interface FeedTailsOptions {
  feed: Pick<FeedStore, 'state' | 'counts'>;
  follow: FollowFeed;
  /** Sends a frame to this node's connections in the session, encoded once. */
  emit: (sessionId: string, frame: Frame) => void;
  log: Log;
  onFrame?: (entries: number) => void;
}

/** How long one blocking read waits, ms. */
const WAIT = 5_000;
const RETRY = 200;
/** Counts alone are sent at most this often, ms. */
const COUNTS_EVERY = 1_000;

/** How long entries are gathered into a frame: 50 ms in a small room, a second from 10,000 connections on. */
export function frameIntervalMs(connections: number): number {
  return Math.min(1_000, Math.max(50, connections / 10));
}

interface Tail {
  members: Set<string>;
  ready: Promise<void>;
  stop(): void;
}

/**
 * Follows the feed of every session that has connections here, once each, and
 * sends coalesced frames. It goes on after its last sequence whatever happens to
 * the connection to the store, so a frame is never left out.
 */
export function createFeedTails({ feed, follow, emit, log, onFrame }: FeedTailsOptions) {
  const tails = new Map<string, Tail>();

  function open(sessionId: string): Tail {
    const members = new Set<string>();
    let follower: FeedFollower | undefined;
    let stopped = false;
    let read = 0;
    let sent = 0;
    let waiting: FeedEntry[] = [];
    let counts: RoomCounts = { viewers: 0, visits: 0 };
    let sentCounts = '';
    let flushTimer: NodeJS.Timeout | undefined;
    let countsTimer: NodeJS.Timeout | undefined;

    function flush(): void {
      flushTimer = undefined;
      const entries = waiting;
      waiting = [];
      const from = entries[0] ? entries[0].seq - 1 : sent;
      sent = entries.at(-1)?.seq ?? sent;
      sentCounts = JSON.stringify(counts);
      emit(sessionId, { sessionId, from, to: sent, entries, counts });
      onFrame?.(entries.length);
    }

    async function pollCounts(): Promise<void> {
      try {
        counts = await feed.counts(sessionId);
        if (!stopped && !flushTimer && JSON.stringify(counts) !== sentCounts) flush();
      } catch (error) {
        log.debug({ error, sessionId }, 'the counts of a session could not be read; trying again');
      }
      if (!stopped) countsTimer = setTimeout(() => void pollCounts(), COUNTS_EVERY);
    }

    async function tail(): Promise<void> {
      while (!stopped) {
        try {
          follower ??= follow(sessionId);
          const entries = await follower.next(read, WAIT);
          if (stopped || entries.length === 0) continue;
          read = entries.at(-1)?.seq ?? read;
          waiting.push(...entries);
          flushTimer ??= setTimeout(flush, frameIntervalMs(members.size));
        } catch (error) {
          if (stopped) return;
          log.warn({ error, sessionId }, 'a feed could not be read; going on after its last entry');
          await new Promise((resolve) => setTimeout(resolve, RETRY));
        }
      }
    }

    const ready = Promise.all([feed.state(sessionId), feed.counts(sessionId)]).then(([state, current]) => {
      read = state.seq;
      sent = state.seq;
      counts = current;
      if (stopped) return;
      void tail();
      countsTimer = setTimeout(() => void pollCounts(), COUNTS_EVERY);
    });
    return {
      members,
      ready,
      stop() {
        stopped = true;
        clearTimeout(flushTimer);
        clearTimeout(countsTimer);
        follower?.close();
      },
    };
  }

  return {
    /** From when this resolves, every later entry reaches the connection in a frame. */
    async enter(sessionId: string, connectionId: string): Promise<void> {
      let tail = tails.get(sessionId);
      if (!tail) {
        tail = open(sessionId);
        tails.set(sessionId, tail);
      }
      tail.members.add(connectionId);
      try {
        await tail.ready;
      } catch (error) {
        // A tail that could not start must not be waited for again.
        if (tails.get(sessionId) === tail) tails.delete(sessionId);
        tail.stop();
        throw error;
      }
    },
    exit(sessionId: string, connectionId: string): void {
      const tail = tails.get(sessionId);
      if (!tail?.members.delete(connectionId) || tail.members.size > 0) return;
      tails.delete(sessionId);
      tail.stop();
    },
    /** Sessions followed now. */
    get size(): number {
      return tails.size;
    },
    stop(): void {
      for (const tail of tails.values()) tail.stop();
      tails.clear();
    },
  };
}
export type FeedTails = ReturnType<typeof createFeedTails>;

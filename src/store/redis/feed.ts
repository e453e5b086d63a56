import type { Redis } from 'ioredis';
import { z } from 'zod';
import { type FeedBody, type FeedEntry, feedEntrySchema, positionSchema, sessionStatuses } from '../../contract/index.ts';
import type { FeedStore, FollowFeed } from '../../domain/feed/store.ts';
import type { Keys } from './keys.ts';
import { codes, type ScriptedRedis } from './scripts.ts';

/** Entries kept of a feed. */
export const FEED_KEPT = 20_000;
/** Messages whose repetition is recognised. */
const REMEMBERED = 10_000;
/** Entries given to somebody who comes for the first time. */
const NEWEST = 100;
/** The most a catch-up gives at once. */
const MOST = 500;

const appended = z.array(z.number()).min(1);
type StreamEntry = [id: string, fields: string[]];

/** One entry of the stream: its id is `<seq>-0`, its fields `at` and `body`. */
function entryOf([id, fields]: StreamEntry): FeedEntry {
  const named: Record<string, string> = {};
  for (let i = 0; i + 1 < fields.length; i += 2) named[fields[i] ?? ''] = fields[i + 1] ?? '';
  return feedEntrySchema.parse({ ...JSON.parse(named.body ?? '{}'), seq: Number.parseInt(id, 10), at: Number(named.at) });
}

/** The state that an entry sets, so that snapshots need not read the feed. */
function stateOf(body: FeedBody): [field: string, value: string] {
  switch (body.type) {
    case 'pin':
      return ['pin', body.position ? JSON.stringify(body.position) : ''];
    case 'stage':
      return ['stage', body.publishing ? '1' : ''];
    case 'session':
      return ['session', body.status];
    case 'chat':
    case 'notice':
    case 'guest':
      return ['', ''];
    default:
      return body satisfies never;
  }
}

/** Feeds in Redis: see scripts/appendFeed-3.lua. */
export function createFeedStore({ redis, keys }: { redis: ScriptedRedis; keys: Keys }): FeedStore {
  return {
    async append(sessionId, body, { once = '', whileOpen = false } = {}) {
      const answer = await redis.appendFeed(
        keys.feed(sessionId),
        keys.feedState(sessionId),
        keys.said(sessionId),
        JSON.stringify(body),
        once,
        ...stateOf(body),
        whileOpen ? 1 : 0,
        FEED_KEPT,
        REMEMBERED,
      );
      const [code, seq = 0, at = 0] = appended.parse(answer);
      if (code === codes.closed) return { outcome: 'ended' };
      return { outcome: code === codes.done ? 'appended' : 'unchanged', seq, at };
    },

    async after(sessionId, lastSeq) {
      const head = Number((await redis.hget(keys.feedState(sessionId), 'seq')) ?? 0);
      if (lastSeq === undefined || lastSeq > head) {
        const newest = await redis.xrevrange(keys.feed(sessionId), '+', '-', 'COUNT', NEWEST);
        const entries = newest.map(entryOf).reverse();
        return { entries, lastSeq: entries.at(-1)?.seq ?? head, complete: lastSeq === undefined };
      }
      const from = Math.max(lastSeq, head - MOST);
      const entries = (await redis.xrange(keys.feed(sessionId), `${from + 1}-0`, '+', 'COUNT', MOST * 2)).map(entryOf);
      const first = entries[0]?.seq ?? head + 1;
      return { entries, lastSeq: entries.at(-1)?.seq ?? head, complete: first === lastSeq + 1 };
    },

    async state(sessionId) {
      const [seq, pin, stage, session] = await redis.hmget(keys.feedState(sessionId), 'seq', 'pin', 'stage', 'session');
      return {
        seq: Number(seq ?? 0),
        pinned: pin ? positionSchema.parse(JSON.parse(pin)) : null,
        publishing: stage === '1',
        session: session ? sessionStatuses.schema.parse(session) : null,
      };
    },

    async counts(sessionId) {
      const [viewers, visits] = await redis.hmget(keys.counters(sessionId), 'concurrentViewers', 'visits');
      return { viewers: Number(viewers ?? 0), visits: Number(visits ?? 0) };
    },
  };
}

/** Follows a feed by a blocking read on a connection of its own, which `connect` opens. */
export function createFollowFeed({ connect, keys }: { connect: () => Redis; keys: Keys }): FollowFeed {
  return (sessionId) => {
    const redis = connect();
    return {
      async next(seq, waitMs) {
        const read = await redis.xread('COUNT', 200, 'BLOCK', waitMs, 'STREAMS', keys.feed(sessionId), `${seq}-0`);
        return (read?.[0]?.[1] ?? []).map(entryOf);
      },
      close: () => redis.disconnect(),
    };
  };
}

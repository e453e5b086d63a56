import { z } from 'zod';
import type { AudienceStore } from '../../domain/audience/store.ts';
import type { Keys } from './keys.ts';
import { codes, type ScriptedRedis } from './scripts.ts';
import type { Subjects } from './subjects.ts';

/** Tabs and phones one viewer may have open in one session. */
const MOST_CONNECTIONS = 20;
/** Visits ended by one run of a script, so that Redis is not held up. */
const MOST_ENDED = 200;

const joined = z.tuple([z.number()]).rest(z.string());
const ended = z.tuple([z.number(), z.number()]);
const withScores = z.array(z.coerce.string());

export interface AudienceStoreOptions {
  redis: ScriptedRedis;
  keys: Keys;
  subjects: Subjects;
  /** Rule V1, milliseconds. */
  graceMs: number;
}

/** Presence in Redis: see scripts/joinVisit-11.lua and its neighbours. */
export function createAudienceStore({ redis, keys, subjects, graceMs }: AudienceStoreOptions): AudienceStore {
  async function endVisits(sessionId: string, mode: 'gone' | 'close'): Promise<number> {
    let total = 0;
    for (;;) {
      const answer = await redis.endVisits(
        keys.counters(sessionId),
        keys.facts(sessionId),
        keys.minutes(sessionId),
        keys.open(sessionId),
        keys.visits(sessionId),
        keys.connections(sessionId),
        keys.gone(sessionId),
        mode,
        graceMs,
        MOST_ENDED,
      );
      const [count, more] = ended.parse(answer);
      total += count;
      if (more === 0) return total;
    }
  }
  const presence = (sessionId: string) => [keys.visits(sessionId), keys.connections(sessionId), keys.gone(sessionId)] as const;

  return {
    async join({ sessionId, connection, device, account, campus, newVisitId }) {
      await subjects.register(sessionId);
      const answer = await redis.joinVisit(
        keys.counters(sessionId),
        keys.facts(sessionId),
        keys.minutes(sessionId),
        keys.people(sessionId),
        keys.aliases(sessionId),
        keys.open(sessionId),
        keys.visits(sessionId),
        keys.connections(sessionId),
        keys.gone(sessionId),
        keys.opened(sessionId),
        keys.campuses(sessionId),
        connection,
        device ?? '',
        account ?? '',
        campus ?? '',
        newVisitId,
        graceMs,
        MOST_CONNECTIONS,
      );
      const [code, visitId = ''] = joined.parse(answer);
      if (code === codes.closed) return { outcome: 'closed' };
      if (code === codes.tooMany) return { outcome: 'tooMany' };
      return { outcome: code === codes.done ? 'started' : 'continued', visitId };
    },
    async leave(sessionId, connection) {
      await redis.leaveVisit(...presence(sessionId), connection);
    },
    sweep: (sessionId) => endVisits(sessionId, 'gone'),
    async close(sessionId) {
      await subjects.register(sessionId);
      await endVisits(sessionId, 'close');
    },
    async campusOf(sessionId, viewer) {
      const person = (await redis.hget(keys.aliases(sessionId), viewer)) ?? viewer;
      return redis.hget(keys.campuses(sessionId), person);
    },
    activeSessions: () => subjects.list(),
    async beat(incarnation) {
      return (await redis.beatNode(keys.nodes, incarnation)) === 1;
    },
    async bury(silenceMs) {
      const flat = withScores.parse(await redis.buryNodes(keys.nodes, keys.deadNodes, silenceMs));
      const dead = [];
      for (let i = 0; i + 1 < flat.length; i += 2) dead.push({ incarnation: flat[i] ?? '', lastBeatAt: Number(flat[i + 1]) });
      return dead;
    },
    async drop(sessionId, node) {
      await redis.dropNode(...presence(sessionId), `${node.incarnation}/`, node.lastBeatAt);
    },
    async forget(node) {
      await redis.zrem(keys.deadNodes, node.incarnation);
    },
    async resign(incarnation) {
      await redis.zrem(keys.nodes, incarnation);
    },
  };
}

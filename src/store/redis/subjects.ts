import type { Redis } from 'ioredis';
import type { Keys } from './keys.ts';

/** A subject is registered again after this long, ms. */
const REMEMBERED = 60_000;
/** A subject is forgotten only when nobody has used it for this long, ms: much longer than a node remembers. */
const UNUSED = 600_000;

/**
 * The subjects that have something to sweep or drain. Registered before the
 * first fact, in a key of its own: a script of the subject cannot reach it in a cluster.
 */
export function createSubjects({ redis, keys, clock }: { redis: Redis; keys: Keys; clock: () => number }) {
  const registered = new Map<string, number>();
  return {
    async register(subjectId: string): Promise<void> {
      const now = clock();
      if (now - (registered.get(subjectId) ?? 0) < REMEMBERED) return;
      await redis.zadd(keys.subjects, now, subjectId);
      for (const [known, at] of registered) if (now - at >= REMEMBERED) registered.delete(known);
      registered.set(subjectId, now);
    },
    list: (): Promise<string[]> => redis.zrangebyscore(keys.subjects, '-inf', '+inf'),
    /** Forgets those among the given, which have nothing left to drain, that nobody has used for ten minutes and nobody is watching. */
    async forgetUnused(settled: readonly string[]): Promise<void> {
      if (settled.length === 0) return;
      const old = new Set(await redis.zrangebyscore(keys.subjects, '-inf', `${clock() - UNUSED}`));
      for (const subjectId of settled) {
        // A quiet room with viewers in it has visits to end one day.
        if (old.has(subjectId) && (await redis.hlen(keys.visits(subjectId))) === 0) await redis.zrem(keys.subjects, subjectId);
      }
    },
  };
}
export type Subjects = ReturnType<typeof createSubjects>;

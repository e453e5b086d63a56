import type { Redis } from 'ioredis';
import type { CodeStore } from '../../domain/account/store.ts';
import type { AttemptStore } from '../../domain/allowance.ts';
import type { AccessKeys } from './access-keys.ts';

/** The result of a MULTI, or the first error in it. */
function resultsOf(replies: [error: Error | null, result: unknown][] | null): unknown[] {
  if (!replies) throw new Error('the transaction was not carried out');
  return replies.map(([error, result]) => {
    if (error) throw error;
    return result;
  });
}

/** One-time codes: their keyed hashes, for as long as they live. */
export function createCodeStore(redis: Redis, keys: AccessKeys): CodeStore {
  const forget = async (phoneIndex: string) => (await redis.del(keys.code(phoneIndex))) === 1;
  return {
    async put(phoneIndex, codeHash, lifeMs) {
      resultsOf(await redis.multi().set(keys.code(phoneIndex), codeHash, 'PX', lifeMs).del(keys.codeTries(phoneIndex)).exec());
    },
    async forget(phoneIndex) {
      await forget(phoneIndex);
    },
    async check(phoneIndex, codeHash, maxTries) {
      const tries = keys.codeTries(phoneIndex);
      const [kept, tried] = resultsOf(await redis.multi().get(keys.code(phoneIndex)).incr(tries).expire(tries, 600).exec());
      if (kept === null || Number(tried) > maxTries) {
        await forget(phoneIndex);
        return false;
      }
      // Deleting it decides which of two right answers at once was first.
      return kept === codeHash && (await forget(phoneIndex));
    },
  };
}

/** Attempts in fixed windows, counted over all nodes. */
export function createAttemptStore(redis: Redis, keys: AccessKeys): AttemptStore {
  return {
    async take({ key, limit, windowMs }) {
      const name = keys.attempts(key);
      const [, count, leftMs] = resultsOf(await redis.multi().set(name, 0, 'PX', windowMs, 'NX').incr(name).pttl(name).exec());
      return Number(count) > limit ? Math.max(1, Number(leftMs)) : 0;
    },
    async forget(key) {
      await redis.del(keys.attempts(key));
    },
  };
}

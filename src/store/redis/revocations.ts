import type { Redis } from 'ioredis';
import type { Revocations } from '../../domain/account/store.ts';
import type { AccessKeys } from './access-keys.ts';

export interface RevocationOptions {
  redis: Redis;
  keys: AccessKeys;
  /** The longest an access token can still be good, seconds. */
  accessTokenSeconds: number;
}

/** Ended sign-ins, remembered until their last access token has expired by itself. */
export function createRevocations({ redis, keys, accessTokenSeconds }: RevocationOptions): Revocations {
  // A minute more than the token's life, for clocks that differ.
  const lifeSeconds = accessTokenSeconds + 60;
  return {
    async end(signInIds) {
      await Promise.all(signInIds.map((id) => redis.set(keys.endedSignIn(id), '1', 'EX', lifeSeconds)));
    },
    async endedAmong(signInIds) {
      // One command a key, pipelined by the client: the keys lie in different slots of a cluster.
      const marks = await Promise.all(signInIds.map((id) => redis.exists(keys.endedSignIn(id))));
      return signInIds.filter((_, index) => marks[index] === 1);
    },
  };
}

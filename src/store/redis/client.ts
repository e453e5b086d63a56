import { Redis, type RedisOptions } from 'ioredis';

/**
 * What a connection is for. `commands` answers people: a command fails after a
 * few seconds rather than hang. `blocking` waits for news and is never timed out.
 */
export type RedisPurpose = 'commands' | 'blocking';

const forPurpose: Record<RedisPurpose, RedisOptions> = {
  commands: { maxRetriesPerRequest: 10, commandTimeout: 5_000 },
  blocking: { maxRetriesPerRequest: null },
};

/**
 * A connection to Redis that reconnects by itself, quickly at first.
 * @param address a `redis://` or `rediss://` URL, or the path of a unix socket
 */
export function openRedis(address: string, purpose: RedisPurpose, onError: (error: Error) => void): Redis {
  const redis = new Redis(address, {
    ...forPurpose[purpose],
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times - 1, 5), 1_000),
    connectionName: `gangbo-${purpose}`,
  });
  // Without a listener a lost connection would end the process.
  redis.on('error', onError);
  return redis;
}

import { type CallTimes, callTimes } from '../../src/domain/call/record.ts';
import { createAudienceStore } from '../../src/store/redis/audience.ts';
import { createCallStore } from '../../src/store/redis/calls.ts';
import { openRedis } from '../../src/store/redis/client.ts';
import { createFactStore } from '../../src/store/redis/facts.ts';
import { createFeedStore } from '../../src/store/redis/feed.ts';
import { createGuestStore } from '../../src/store/redis/guests.ts';
import { createKeys } from '../../src/store/redis/keys.ts';
import { withScripts } from '../../src/store/redis/scripts.ts';
import { createSubjects } from '../../src/store/redis/subjects.ts';

/** The stores of the live room on a connection of their own. */
export function openRoomStores(redisUrl: string, graceMs: number, times: CallTimes = callTimes(15)) {
  const redis = withScripts(openRedis(redisUrl, 'commands', () => undefined));
  const keys = createKeys('test');
  const subjects = createSubjects({ redis, keys, clock: Date.now });
  return {
    redis,
    keys,
    audience: createAudienceStore({ redis, keys, subjects, graceMs }),
    feed: createFeedStore({ redis, keys }),
    guests: createGuestStore({ redis, keys }),
    calls: createCallStore({ redis, keys, times }),
    facts: createFactStore({ redis, keys, subjects }),
  };
}

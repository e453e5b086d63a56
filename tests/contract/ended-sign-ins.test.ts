import type { Redis } from 'ioredis';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAccessKeys } from '../../src/store/redis/access-keys.ts';
import { openRedis } from '../../src/store/redis/client.ts';
import { createRevocations } from '../../src/store/redis/revocations.ts';
import { createSignInStore } from '../../src/store/sql/sign-ins.ts';
import { openTestDatabase, openTestRedis, type TestDatabase, type TestRedis } from '../support/services.ts';

let db: TestDatabase;
let redisServer: TestRedis;
let redis: Redis;
let accountId: string;
beforeAll(async () => {
  [db, redisServer] = await Promise.all([openTestDatabase(), openTestRedis()]);
  redis = openRedis(redisServer.url, 'commands', () => undefined);
  accountId = v7();
  await db.database
    .insertInto('accounts')
    .values({ id: accountId, kind: 'staff', login: 'x', name_sealed: Buffer.of(1) })
    .execute();
});
afterAll(async () => {
  redis.disconnect();
  await Promise.all([db.close(), redisServer.close()]);
});

const now = Date.now();
/** Both places that know which sign-ins have ended; the second is asked when the first is away. */
const places = {
  Redis: () => {
    const revocations = createRevocations({ redis, keys: createAccessKeys('contract'), accessTokenSeconds: 900 });
    return {
      open: async () => v7(),
      end: (id: string) => revocations.end([id]),
      endedAmong: (ids: string[]) => revocations.endedAmong(ids),
    };
  },
  SQL: () => {
    const store = createSignInStore(db.database);
    return {
      async open() {
        const id = v7();
        await store.insert({ id, accountId, refreshHash: Buffer.from(id), at: now, expiresAt: now + 60_000 });
        return id;
      },
      end: (id: string) => store.end(id, now),
      endedAmong: (ids: string[]) => store.endedAmong(ids, now),
    };
  },
};

describe.each(Object.entries(places))('ended sign-ins in %s', (_name, open) => {
  it('are told from those that go on, at once and again', async () => {
    const place = open();
    const [a, b, c] = [await place.open(), await place.open(), await place.open()];
    expect(await place.endedAmong([a, b, c])).toEqual([]);
    await place.end(b);
    await place.end(b);
    expect(await place.endedAmong([a, b, c])).toEqual([b]);
    expect(await place.endedAmong([])).toEqual([]);
  });
});

describe('sign-ins in SQL', () => {
  it('an expired or unknown one counts as ended, and a hash is replaced once', async () => {
    const store = createSignInStore(db.database);
    const id = v7();
    const [first, second, third] = [Buffer.from('first'), Buffer.from('second'), Buffer.from('third')];
    await store.insert({ id, accountId, refreshHash: first, at: now, expiresAt: now + 1000 });
    expect(await store.endedAmong([id], now + 2000)).toEqual([id]);
    const results = await Promise.all([store.rotate(id, first, second, now, now + 5000), store.rotate(id, first, third, now, now + 5000)]);
    expect(results.filter(Boolean)).toHaveLength(1);
    expect((await store.find(id))?.previousHash?.equals(first)).toBe(true);
    await store.end(id, now);
    const current = (await store.find(id))?.refreshHash ?? first;
    expect(await store.rotate(id, current, third, now, now + 5000)).toBe(false);
    const unknown = v7();
    expect(await store.endedAmong([unknown], now)).toEqual([unknown]);
  });
});

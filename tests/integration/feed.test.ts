import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRoomStores } from '../support/room-stores.ts';
import { openTestRedis, type TestRedis } from '../support/services.ts';

let redis: TestRedis;
let stores: ReturnType<typeof openRoomStores>;

beforeAll(async () => {
  redis = await openTestRedis();
  stores = openRoomStores(redis.url, 30_000);
});
afterAll(async () => {
  stores.redis.disconnect();
  await redis.close();
});

const notice = (text: string) => ({ type: 'notice', text }) as const;

async function aFeed(entries: number): Promise<string> {
  const s = v7();
  for (let i = 1; i <= entries; i += 1) await stores.feed.append(s, notice(`${i}`));
  return s;
}
const seqs = (part: { entries: { seq: number }[] }) => part.entries.map((entry) => entry.seq);

test('sequences have no gaps, whoever appends at once', async () => {
  const s = v7();
  const appended = await Promise.all(Array.from({ length: 100 }, (_, i) => stores.feed.append(s, notice(`${i}`))));
  const given = appended.map((one) => (one.outcome === 'ended' ? 0 : one.seq)).sort((a, b) => a - b);
  expect(given).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
});

test('a newcomer gets the newest entries, one who comes back exactly the missed ones', async () => {
  const s = await aFeed(130);
  const newcomer = await stores.feed.after(s, undefined);
  expect({ first: seqs(newcomer)[0], lastSeq: newcomer.lastSeq, complete: newcomer.complete }).toEqual({
    first: 31,
    lastSeq: 130,
    complete: true,
  });
  expect(await stores.feed.after(s, 130)).toEqual({ entries: [], lastSeq: 130, complete: true });
  expect(seqs(await stores.feed.after(s, 127))).toEqual([128, 129, 130]);
});

test('what is no longer kept is said to be missing', async () => {
  const s = await aFeed(20);
  await stores.redis.xtrim(stores.keys.feed(s), 'MINID', '11-0');
  expect(await stores.feed.after(s, 5)).toMatchObject({ complete: false, lastSeq: 20 });
  expect(seqs(await stores.feed.after(s, 5))[0]).toBe(11);
  expect((await stores.feed.after(s, 10)).complete).toBe(true);
});

test('a sequence that was never given is answered with a fresh start', async () => {
  const s = await aFeed(3);
  expect(await stores.feed.after(s, 999)).toMatchObject({ complete: false, lastSeq: 3 });
  expect(await stores.feed.after(v7(), undefined)).toEqual({ entries: [], lastSeq: 0, complete: true });
});

test('states that change nothing are not appended again; an ended session takes no more messages', async () => {
  const s = v7();
  expect(await stores.feed.append(s, { type: 'stage', publishing: false })).toMatchObject({ outcome: 'unchanged' });
  expect(await stores.feed.append(s, { type: 'stage', publishing: true })).toMatchObject({ outcome: 'appended', seq: 1 });
  expect(await stores.feed.append(s, { type: 'stage', publishing: true })).toMatchObject({ outcome: 'unchanged', seq: 1 });
  const said = { once: 'speaker|message-1', whileOpen: true };
  expect(await stores.feed.append(s, notice('x'), said)).toMatchObject({ outcome: 'appended', seq: 2 });
  await stores.feed.append(s, { type: 'session', status: 'ended' });
  expect(await stores.feed.append(s, notice('y'), { whileOpen: true })).toEqual({ outcome: 'ended' });
  // A retry of what was accepted before the end still gets its answer.
  expect(await stores.feed.append(s, notice('x'), said)).toMatchObject({ outcome: 'unchanged', seq: 2 });
});

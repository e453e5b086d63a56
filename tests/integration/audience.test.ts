import * as fc from 'fast-check';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fact } from '../../src/contract/index.ts';
import { createAudienceService } from '../../src/domain/audience/service.ts';
import { recompute } from '../../src/domain/funnel/fold.ts';
import { quietLog } from '../support/quiet-log.ts';
import { openRoomStores } from '../support/room-stores.ts';
import { openTestRedis, type TestRedis } from '../support/services.ts';
import { until } from '../support/until.ts';

type Stores = ReturnType<typeof openRoomStores>;
const LONG = 60_000;
let redis: TestRedis;
let stores: Stores;
let hasty: Stores;

beforeAll(async () => {
  redis = await openTestRedis();
  stores = openRoomStores(redis.url, LONG);
  // The same state, looked after with a grace of a moment.
  hasty = openRoomStores(redis.url, 100);
});
afterAll(async () => {
  stores.redis.disconnect();
  hasty.redis.disconnect();
  await redis.close();
});

const nodeOn = ({ audience }: Stores, nodeId = v7()) =>
  createAudienceService({ store: audience, nodeId, newId: v7, log: quietLog, everyMs: 50, silenceMs: 400 });

const person = (
  sessionId: string,
  connectionId: string,
  deviceId: string | null,
  accountId: string | null = null,
  campus: string | null = null,
) => ({
  sessionId,
  connectionId,
  deviceId,
  accountId,
  campus,
});

const funnelOf = async (sessionId: string) => (await stores.facts.counters(sessionId)).funnel;
const factsOf = async (sessionId: string): Promise<Fact[]> =>
  (await stores.facts.after(sessionId, '0-0', 10_000)).map(({ event }) => {
    if (!event) throw new Error('the stream holds something that is not a fact');
    return event.fact;
  });

describe('V1 visits', () => {
  test('V1: two tabs are one visit, on whichever nodes; it goes on while one is open', async () => {
    const [s, device] = [v7(), v7()];
    const [a, b] = [nodeOn(stores), nodeOn(stores)];
    const visit = await a.join(person(s, 'tab-1', device));
    expect(await b.join(person(s, 'tab-2', device))).toBe(visit);
    await a.leave(s, 'tab-1');
    await hasty.audience.sweep(s);
    expect(await funnelOf(s)).toMatchObject({ visits: 1, concurrentViewers: 1, endedVisits: 0 });
  });

  test('V1: a reconnect within the grace is the same visit, after it a new one', async () => {
    const [s, device] = [v7(), v7()];
    const a = nodeOn(stores);
    const b = nodeOn(hasty);
    const visit = await a.join(person(s, 'x', device));
    await a.leave(s, 'x');
    expect(await a.join(person(s, 'y', device))).toBe(visit);
    await a.leave(s, 'y');
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(await b.join(person(s, 'z', device))).not.toBe(visit);
    expect(await funnelOf(s)).toMatchObject({ visits: 2, uniqueViewers: 1, concurrentViewers: 1, peakViewers: 1, endedVisits: 1 });
  });

  test('V4: dwell ends with the last disconnection, not with the grace', async () => {
    const [s, device] = [v7(), v7()];
    const a = nodeOn(hasty);
    await a.join(person(s, 'x', device));
    await new Promise((resolve) => setTimeout(resolve, 60));
    await a.leave(s, 'x');
    await until(async () => (await hasty.audience.sweep(s)) === 1);
    const { dwellMs, concurrentViewers } = await funnelOf(s);
    expect(concurrentViewers).toBe(0);
    expect(dwellMs).toBeGreaterThanOrEqual(55);
    expect(dwellMs).toBeLessThan(160);
  });

  test('V1: the end of the session ends every visit and admits no more', async () => {
    const s = v7();
    const a = nodeOn(stores);
    for (let i = 0; i < 450; i += 1) await a.join(person(s, `c${i}`, v7()));
    await a.close(s);
    expect(await a.join(person(s, 'late', v7()))).toBeNull();
    expect(await funnelOf(s)).toMatchObject({ visits: 450, concurrentViewers: 0, endedVisits: 450, peakViewers: 450 });
  });

  test('one viewer cannot hold any number of connections', async () => {
    const [s, device] = [v7(), v7()];
    const a = nodeOn(stores);
    for (let i = 0; i < 20; i += 1) await a.join(person(s, `tab-${i}`, device));
    await expect(a.join(person(s, 'tab-20', device))).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });
});

describe('subjects', () => {
  test('V1: a room that was quiet for long is looked after as long as somebody is there', async () => {
    const [s, device] = [v7(), v7()];
    const a = nodeOn(stores);
    await a.join(person(s, 'x', device));
    await stores.redis.zadd(stores.keys.subjects, 1, s);
    await stores.facts.forgetUnused([s]);
    expect(await stores.audience.activeSessions()).toContain(s);
    await a.close(s);
    await stores.redis.zadd(stores.keys.subjects, 1, s);
    await stores.facts.forgetUnused([s]);
    expect(await stores.audience.activeSessions()).not.toContain(s);
  });
});

describe('V2 people', () => {
  test('V2: a guest who signs in on the same connection is one person in one visit', async () => {
    const [s, device, account] = [v7(), v7(), v7()];
    const a = nodeOn(stores);
    const visit = await a.join(person(s, 'x', device));
    expect(await a.join(person(s, 'x', device, account))).toBe(visit);
    expect(await a.join(person(s, 'y', device))).toBe(visit);
    expect(await funnelOf(s)).toMatchObject({ visits: 1, uniqueViewers: 1, concurrentViewers: 1 });
  });

  test('V2, V3: two open visits that turn out to be one person’s become one; the peak stays', async () => {
    const [s, phone, computer, account] = [v7(), v7(), v7(), v7()];
    const a = nodeOn(stores);
    const earlier = await a.join(person(s, 'phone', phone));
    await a.join(person(s, 'computer', computer, account));
    expect(await funnelOf(s)).toMatchObject({ visits: 2, uniqueViewers: 2, concurrentViewers: 2 });
    expect(await a.join(person(s, 'phone', phone, account))).toBe(earlier);
    expect(await funnelOf(s)).toMatchObject({ visits: 1, uniqueViewers: 1, concurrentViewers: 1, peakViewers: 2, endedVisits: 0 });
    await a.leave(s, 'phone');
    await hasty.audience.sweep(s);
    expect((await funnelOf(s)).concurrentViewers).toBe(1);
  });

  test('V2: cards opened as a guest and as an account are one viewer’s (P1)', async () => {
    const [s, device, account, position] = [v7(), v7(), v7(), v7()];
    const a = nodeOn(stores);
    await a.join(person(s, 'x', device));
    const view = { sessionId: s, retryKey: `d:${device}`, positionId: position };
    await stores.facts.openPosition({ ...view, viewer: `d:${device}`, onceId: 'intent-1' });
    await a.join(person(s, 'x', device, account));
    await stores.facts.openPosition({ ...view, viewer: `a:${account}`, onceId: 'intent-1' });
    await stores.facts.openPosition({ ...view, viewer: `a:${account}`, onceId: 'intent-2' });
    expect(await funnelOf(s)).toMatchObject({ positionViews: 2, positionViewers: 1 });
    expect(recompute(await factsOf(s))).toEqual(await funnelOf(s));
  });

  test('the campus that brought a guest is the account’s after signing in', async () => {
    const [s, device, account] = [v7(), v7(), v7()];
    const a = nodeOn(stores);
    await a.join(person(s, 'x', device, null, 'test-campus'));
    await a.join(person(s, 'x', device, account));
    expect(await a.campusOf(s, account)).toBe('test-campus');
  });
});

describe('node death', () => {
  test('V1: a node that waits for something else to be looked after is not taken for dead', async () => {
    const s = v7();
    let release = (): void => undefined;
    const stuck = new Promise<void>((resolve) => {
      release = resolve;
    });
    let rounds = 0;
    const deaths: object[] = [];
    const shared = { store: stores.audience, newId: v7, everyMs: 50, silenceMs: 400 };
    const waiting = createAudienceService({ ...shared, nodeId: 'waiting', log: quietLog, alsoSweep: () => stuck });
    const other = createAudienceService({
      ...shared,
      nodeId: 'other',
      log: { ...quietLog, warn: (fields) => void deaths.push(fields) },
      alsoSweep: async (sessionId) => {
        if (sessionId === s) rounds++;
      },
    });
    await Promise.all([waiting.start(), other.start()]);
    await waiting.join(person(s, 'x', v7()));
    await until(() => rounds >= 30);
    expect(deaths).not.toContainEqual(expect.objectContaining({ node: expect.stringContaining('waiting') }));
    release();
    await Promise.all([waiting.stop(), other.stop()]);
  });

  test('V1: who comes back from a dead node in time goes on with the visit', async () => {
    const [s, device, visit] = [v7(), v7(), v7()];
    await stores.audience.join({
      sessionId: s,
      connection: 'dead.1/x',
      device: `d:${device}`,
      account: null,
      campus: null,
      newVisitId: visit,
    });
    await stores.audience.drop(s, { incarnation: 'dead.1', lastBeatAt: Date.now() });
    expect(await stores.redis.zcard(stores.keys.gone(s))).toBe(1);
    expect(await nodeOn(stores).join(person(s, 'y', device))).toBe(visit);
    expect(await funnelOf(s)).toMatchObject({ visits: 1, concurrentViewers: 1 });
  });

  test('V3: a node that was only slow reports its viewers again, and none is lost or counted twice', async () => {
    const [s, device] = [v7(), v7()];
    const slow = nodeOn(stores, 'slow');
    await slow.start();
    const visit = await slow.join(person(s, 'x', device));
    // The others find it silent, drop its connections and go on.
    for (const node of await stores.audience.bury(-1_000)) {
      await stores.audience.drop(s, node);
      await stores.audience.forget(node);
    }
    expect(await stores.redis.hlen(stores.keys.connections(s))).toBe(0);
    await until(async () => (await stores.redis.hkeys(stores.keys.connections(s))).includes('slow.2/x'));
    expect(await stores.redis.zcard(stores.keys.gone(s))).toBe(0);
    expect(await slow.join(person(s, 'x', device))).toBe(visit);
    expect(await funnelOf(s)).toMatchObject({ visits: 1, concurrentViewers: 1 });
    await slow.leave(s, 'x');
    await slow.stop();
  });

  test('a node that dies is noticed by the others, and its visits end after the grace', async () => {
    const [s, device] = [v7(), v7()];
    await hasty.audience.beat('killed.1');
    await hasty.audience.join({
      sessionId: s,
      connection: 'killed.1/x',
      device: `d:${device}`,
      account: null,
      campus: null,
      newVisitId: v7(),
    });
    const living = nodeOn(hasty);
    await living.start();
    await until(async () => (await funnelOf(s)).endedVisits === 1);
    expect(await funnelOf(s)).toMatchObject({ concurrentViewers: 0, visits: 1 });
    expect((await funnelOf(s)).dwellMs).toBeLessThan(100);
    await living.stop();
  });
});

describe('V1 to V3 under any order of events', () => {
  /** A plain model of presence, to be told the same story. The grace never ends in it, as in the run beside it. */
  function createModel() {
    const accountOf = new Map<string, string>();
    const people = new Set<string>();
    const visits = new Map<string, Set<string>>();
    let started = 0;
    let merged = 0;
    let peak = 0;
    const personOf = (device: string) => accountOf.get(device) ?? device;
    const detach = (connection: string) => {
      for (const connections of visits.values()) connections.delete(connection);
    };
    return {
      join(connection: string, device: string, account: string | null): void {
        if (account && !accountOf.has(device)) {
          accountOf.set(device, account);
          if (people.delete(device)) people.add(account);
          const mine = visits.get(device);
          const theirs = visits.get(account);
          if (mine && theirs) {
            merged += 1;
            for (const other of mine) theirs.add(other);
          } else if (mine) visits.set(account, mine);
          visits.delete(device);
        }
        const who = account ?? personOf(device);
        if (!visits.get(who)?.has(connection)) detach(connection);
        let visit = visits.get(who);
        if (!visit) {
          visit = new Set();
          visits.set(who, visit);
          people.add(who);
          started += 1;
        }
        visit.add(connection);
        peak = Math.max(peak, visits.size);
      },
      leave: detach,
      counts: () => ({ visits: started - merged, uniqueViewers: people.size, concurrentViewers: visits.size, peakViewers: peak }),
    };
  }

  const step = fc.record({
    node: fc.nat(1),
    connection: fc.nat(9),
    device: fc.nat(4),
    account: fc.option(fc.nat(2), { freq: 3 }),
    leaves: fc.boolean(),
  });

  test('V1, V2, V3, R1: counters equal the model and the ledger, after any joins, leaves and sign-ins on two nodes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
        const s = v7();
        const nodes = [nodeOn(stores), nodeOn(stores)];
        const model = createModel();
        for (const { node, connection, device, account, leaves } of steps) {
          const name = `${node}-${connection}`;
          const accountKey = account === null ? null : `account-${account}`;
          if (leaves) {
            await nodes[node]?.leave(s, name);
            model.leave(name);
          } else {
            await nodes[node]?.join(person(s, name, `device-${device}`, accountKey));
            model.join(name, `d:device-${device}`, accountKey && `a:${accountKey}`);
          }
          expect(await funnelOf(s)).toMatchObject(model.counts());
        }
        expect(recompute(await factsOf(s))).toEqual(await funnelOf(s));
        await nodes[0]?.close(s);
        expect(recompute(await factsOf(s))).toEqual(await funnelOf(s));
        expect((await funnelOf(s)).concurrentViewers).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});

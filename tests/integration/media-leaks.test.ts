import { observer } from 'mediasoup';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Swarm, startSwarm } from '../../media/simulate/swarm-crowd.ts';
import { dtlsOf, offerOf } from '../../media/simulate/swarm-offer.ts';
import type { MediaPlane } from '../../media/types.ts';
import { collectGarbage, type Footprint, footprintOf } from '../support/footprint.ts';
import { openTestPlane, whatIsOpen, workersOf } from '../support/media-plane.ts';
import { requestablePicture, sendPicture } from '../support/rtp-sender.ts';
import { until } from '../support/until.ts';

const stageId = 'stage';
const publisherId = 'recruiter';
const nothingOpen = { routers: 0, transports: 0, consumers: 0 };

/** A lost transport costs a worker some 50 KiB and this process some 20: over hundreds of them these would be passed several times. */
const workerToleranceMib = 3;
const heapToleranceMib = 4;
/** The allocators of this process keep what they once needed. */
const residentToleranceMib = 16;

let plane: MediaPlane;
let swarm: Swarm;
beforeEach(async () => {
  swarm = await startSwarm();
});
afterEach(async () => {
  await plane.close();
  await swarm.close();
  // The next test's workers are not this one's to hold on to.
  observer.removeAllListeners('newworker');
});

const livingPids = (): number[] =>
  workersOf(plane)
    .filter(({ alive }) => alive)
    .map(({ pid }) => pid);

interface Footprints {
  node: Footprint;
  workers: Footprint[];
  heapMib: number;
}

/** Of this process and of its workers, once nothing is under way. */
async function footprints(): Promise<Footprints> {
  await until(() => Object.values(whatIsOpen(plane)).every((count) => count === 0));
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return { node: footprintOf(process.pid), workers: livingPids().map(footprintOf), heapMib: (heapUsed + external) / 1024 / 1024 };
}

/** The same descriptors, and no more memory than the tolerances. */
function expectNoMore(before: Footprints, after: Footprints): void {
  expect(whatIsOpen(plane)).toEqual(nothingOpen);
  const descriptorsOf = ({ node, workers }: Footprints) => [node, ...workers].map(({ descriptors }) => descriptors);
  expect(descriptorsOf(after)).toEqual(descriptorsOf(before));
  expect(after.heapMib - before.heapMib).toBeLessThan(heapToleranceMib);
  expect(after.node.residentMib - before.node.residentMib).toBeLessThan(residentToleranceMib);
  for (const [index, { residentMib }] of after.workers.entries()) {
    expect(residentMib - (before.workers[index]?.residentMib ?? 0)).toBeLessThan(workerToleranceMib);
  }
}

/** Joins, watches if it is one of those with ICE, DTLS and SRTP, and leaves; every third leaves without waiting for the answer. */
async function comeAndGo(viewer: number): Promise<void> {
  const id = `viewer ${viewer}`;
  const joined = plane.subscribe(stageId, id, plane.routerRtpCapabilities);
  if (viewer % 3 === 0) {
    await plane.unsubscribe(stageId, id);
    await joined.catch(() => undefined);
    return;
  }
  const subscription = await joined;
  if (viewer % 20 === 1) {
    const answer = await swarm.answer(id, offerOf(subscription));
    await plane.connectSubscriber(stageId, id, subscription.transport.id, dtlsOf(answer));
    await until(async () => (await swarm.count()).some((count) => count.id === id && count.packets > 0));
    swarm.leave(id);
  }
  await plane.unsubscribe(stageId, id);
}

/** One broadcast: so many viewers come and go, a few at a time, while a picture is sent. */
async function broadcast(viewers: number): Promise<void> {
  const stop = sendPicture(await plane.ingestRtp(stageId, publisherId, requestablePicture));
  for (let from = 0; from < viewers; from += 25) {
    await Promise.all(Array.from({ length: Math.min(25, viewers - from) }, (_, viewer) => comeAndGo(from + viewer)));
  }
  stop();
  await plane.unpublish(stageId, publisherId);
}

describe('nothing is left of the media plane', () => {
  it('after a thousand join and leave', async () => {
    ({ plane } = await openTestPlane({ edgeCost: 0 }));
    // Buffers, caches and compiled code reach their size.
    await broadcast(300);
    await footprints();
    await broadcast(500);
    const before = await footprints();
    await broadcast(500);
    expectNoMore(before, await footprints());
  });

  it('after fifty deaths of workers under publishers and viewers', async () => {
    const workers = 10;
    // Six deaths of one in a minute would retire it.
    const test = await openTestPlane({ edgeCost: 0, workers, mostDeaths: 6 });
    plane = test.plane;
    const everybody = Array.from({ length: 20 }, (_, viewer) => `viewer ${viewer}`);
    const subscribe = (id: string): Promise<unknown> => plane.subscribe(stageId, id, plane.routerRtpCapabilities);
    const started: WeakRef<object>[] = [];
    let deaths = 0;
    let killed = 0;
    let leaving = true;
    plane.on('workerDied', () => deaths++);
    /** As clients do, who may be placed on a worker that dies as well. */
    const again = (act: () => Promise<unknown>) => {
      const accepted = () =>
        act().then(
          () => true,
          () => leaving,
        );
      if (!leaving) void until(accepted);
    };
    plane.on('subscriberLost', ({ subscriberId }) => again(() => subscribe(subscriberId)));
    plane.on('publisherLost', () => again(() => plane.ingestRtp(stageId, publisherId, requestablePicture)));
    const allAlive = () => livingPids().length === workers;
    const allWatch = async () => {
      const { publishers, subscribers } = await plane.stageHealth(stageId);
      return publishers === 1 && subscribers === everybody.length && whatIsOpen(plane).consumers >= everybody.length;
    };
    /** Half of the workers die, then the other half. */
    const killAll = async () => {
      leaving = false;
      await plane.ingestRtp(stageId, publisherId, requestablePicture);
      await Promise.all(everybody.map(subscribe));
      const pids = livingPids();
      for (const half of [pids.slice(0, workers / 2), pids.slice(workers / 2)]) {
        await until(allWatch);
        killed += half.length;
        for (const pid of half) process.kill(pid, 'SIGKILL');
        await until(() => deaths === killed && allAlive(), 20_000);
      }
      await until(allWatch);
      leaving = true;
      await plane.closeStage(stageId);
      // The test itself must not hold on to what has died.
      started.push(...test.workers.splice(0).map((worker) => new WeakRef(worker)));
      test.producers.length = 0;
    };
    await killAll();
    const before = await footprints();
    let after = before;
    for (let round = 1; round < 5; round++) {
      await killAll();
      after = await footprints();
    }
    expect(deaths).toBe(50);
    expectNoMore(before, after);
    // Those alive, and at most the last ones that died, whose handles close with the next turns of the loop.
    await until(() => {
      collectGarbage();
      return started.filter((worker) => worker.deref()).length <= 2 * workers;
    });
  });
});

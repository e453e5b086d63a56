import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HeadlessViewer } from '../../media/simulate/swarm.ts';
import type { ConsumerOptions, MediaHost } from '../../media/types.ts';
import { type LinkedPlanes, openLinkedPlanes } from '../support/linked-planes.ts';
import { watch, workersOf } from '../support/media-plane.ts';
import { type SimulcastSender, sendSimulcast, simulcastCamera } from '../support/simulcast-sender.ts';

/** How late this busy process may notice a request, ms. */
const slack = 300;

let planes: LinkedPlanes;
let sender: SimulcastSender;
const viewers: { id: string; plane: MediaHost; consumer: ConsumerOptions; peer: HeadlessViewer }[] = [];

beforeEach(async () => {
  planes = await openLinkedPlanes(() => 's');
});
afterEach(async () => {
  sender.stop();
  for (const { peer } of viewers.splice(0)) peer.close();
  await planes.close();
});

async function join(plane: MediaHost, id: string): Promise<void> {
  const subscription = await plane.subscribe('s', id, plane.routerRtpCapabilities);
  const [consumer] = subscription.consumers;
  if (!consumer) throw new Error('nothing is sent');
  viewers.push({ id, plane, consumer, peer: await watch(plane, 's', id, subscription) });
}

/** Over the origin's worker, the other worker of its host, and both of another host. */
async function fillBothHosts(): Promise<void> {
  await Promise.all(
    Array.from({ length: 6 }, async (_, n) => {
      await join(planes.a.plane, `near-${n}`);
      await join(planes.b.plane, `far-${n}`);
    }),
  );
  expect([...workersOf(planes.a.plane), ...workersOf(planes.b.plane)].map(({ consumers }) => consumers > 0)).toEqual(Array(4).fill(true));
  await Promise.all(viewers.map(({ peer }) => peer.receives('video', 5_000)));
}

function expectNoStorm(): void {
  for (const asked of sender.requests) {
    for (const [first, from] of asked.entries()) {
      for (const [n, to] of asked.slice(first + 1).entries()) expect(to - from).toBeGreaterThanOrEqual((n + 1) * 1_000 - slack);
    }
  }
}

describe('a publisher', () => {
  for (const answering of [true, false]) {
    it(`that ${answering ? 'answers' : 'does not answer'} is asked for a key frame of a layer once a second at most, whatever viewers do`, async () => {
      sender = sendSimulcast(await planes.a.plane.ingestRtp('s', 'recruiter', simulcastCamera));
      await fillBothHosts();
      sender.answering = answering;
      const until = performance.now() + 5_000;
      let turn = 0;
      while (performance.now() < until) {
        turn++;
        await Promise.all(
          viewers.map(async ({ id, plane, consumer }, n) => {
            const act = (turn + n) % 4;
            const wish =
              act < 2
                ? plane.preferLayer('s', id, consumer.id, turn % 3, 0)
                : act === 2
                  ? plane.pause('s', id, [consumer.id])
                  : plane.resume('s', id, [consumer.id]);
            await wish;
          }),
        );
      }
      expect(turn).toBeGreaterThan(20);
      expect(sender.requests.flat().length).toBeGreaterThan(0);
      expectNoStorm();
    });
  }

  it('is asked in time for one who joins', async () => {
    sender = sendSimulcast(await planes.a.plane.ingestRtp('s', 'recruiter', simulcastCamera));
    await vi.waitFor(async () => expect((await planes.a.plane.stageHealth('s')).producers[0]?.layers).toHaveLength(3));
    const joinedAt = performance.now();
    await join(planes.a.plane, 'viewer');
    await viewers[0]?.peer.receives('video', 2_000);
    expect(performance.now() - joinedAt).toBeLessThan(5_000);
    expectNoStorm();
  });

  it('gives every viewer the layer it asks for last, however often it asks', async () => {
    sender = sendSimulcast(await planes.a.plane.ingestRtp('s', 'recruiter', simulcastCamera));
    await vi.waitFor(async () => expect((await planes.a.plane.stageHealth('s')).producers[0]?.layers).toHaveLength(3));
    await join(planes.a.plane, 'viewer');
    const [viewer] = viewers;
    if (!viewer) throw new Error('a viewer expected');
    await viewer.peer.receives('video', 5_000);
    for (let wish = 0; wish < 200; wish++) await planes.a.plane.preferLayer('s', 'viewer', viewer.consumer.id, wish % 3);
    await planes.a.plane.preferLayer('s', 'viewer', viewer.consumer.id, 0);
    await vi.waitFor(async () => expect((await planes.a.plane.stageHealth('s')).reception.lowered).toBe(1), { timeout: 5_000 });
    expectNoStorm();
  });
});

import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type SyntheticRecruiter, startSyntheticRecruiter } from '../../media/simulate/recruiter.ts';
import type { HeadlessViewer } from '../../media/simulate/swarm.ts';
import type { RtpIngestOptions } from '../../media/types.ts';
import { type LinkedPlanes, openLinkedPlanes } from '../support/linked-planes.ts';
import { kindsOf, nextEvent, watch, whatIsOpen, workersOf } from '../support/media-plane.ts';
import { quietLog } from '../support/quiet-log.ts';
import { requestablePicture, sendPicture } from '../support/rtp-sender.ts';

const microphone: RtpIngestOptions = {
  kind: 'audio',
  source: 'microphone',
  rtpParameters: {
    codecs: [{ mimeType: 'audio/opus', payloadType: 100, clockRate: 48_000, channels: 2, parameters: {} }],
    encodings: [{ ssrc: 9 }],
  },
};
const nothingOpen = { routers: 0, transports: 0, consumers: 0 };

let planes: LinkedPlanes;
let stages = 0;
let stage = '';
const cleanups: (() => Promise<unknown> | unknown)[] = [];

beforeAll(async () => {
  planes = await openLinkedPlanes(() => stage);
});
afterAll(() => planes.close());
const begin = (): string => {
  stage = `stage-${++stages}`;
  planes.link.opened = 0;
  planes.link.closed = 0;
  planes.link.before = async () => {};
  return stage;
};
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await planes.a.plane.closeStage(stage);
  await planes.b.plane.closeStage(stage);
  await vi.waitFor(() => {
    expect(whatIsOpen(planes.a.plane)).toEqual(nothingOpen);
    expect(whatIsOpen(planes.b.plane)).toEqual(nothingOpen);
  });
});

async function recruiterOnA(): Promise<SyntheticRecruiter> {
  const recruiter = await startSyntheticRecruiter({
    plane: planes.a.plane,
    stageId: stage,
    publisherId: 'recruiter',
    label: () => '',
    log: quietLog,
  });
  cleanups.push(() => recruiter.stop());
  return recruiter;
}

async function join(viewerId: string): Promise<HeadlessViewer> {
  const { plane } = planes.b;
  const subscription = await plane.subscribe(stage, viewerId, plane.routerRtpCapabilities);
  expect(kindsOf(subscription.consumers)).toBe('audio video');
  const viewer = await watch(plane, stage, viewerId, subscription);
  cleanups.push(() => viewer.close());
  return viewer;
}

describe('a producer of another host', () => {
  it('reaches viewers on every worker over one pipe, and the pipe closes after the last of them', async () => {
    begin();
    await recruiterOnA();
    expect(planes.a.plane.producers(stage).map(({ kind }) => kind)).toHaveLength(2);
    expect(planes.b.plane.producers(stage)).toEqual([]);
    expect(planes.link.opened).toBe(0);
    const viewers = await Promise.all(['v1', 'v2', 'v3', 'v4'].map(join));
    await Promise.all(viewers.flatMap((viewer) => [viewer.receives('video', 20_000), viewer.receives('audio', 2_000)]));
    expect(workersOf(planes.b.plane).map(({ routers }) => routers)).toEqual([1, 1]);
    expect(planes.link.opened).toBe(2);
    // Nobody watches on the host of the recruiter: 2 ingests and the sending halves.
    expect(whatIsOpen(planes.a.plane)).toEqual({ routers: 1, transports: 4, consumers: 2 });
    for (const id of ['v1', 'v2', 'v3', 'v4']) await planes.b.plane.unsubscribe(stage, id);
    expect(planes.link.closed).toBe(0);
    await vi.waitFor(() => expect(planes.link.closed).toBe(2), { timeout: 5_000 });
    await vi.waitFor(() => expect(whatIsOpen(planes.b.plane)).toEqual(nothingOpen));
    await vi.waitFor(() => expect(whatIsOpen(planes.a.plane)).toEqual({ routers: 1, transports: 2, consumers: 0 }));
    // Forgotten by nobody: the next viewer finds it again.
    await (await join('late')).receives('video', 5_000);
    expect(planes.link.opened).toBe(4);
  });

  it('is told to viewers who are there already, and when it ends', async () => {
    begin();
    const { a, b } = planes;
    await b.plane.subscribe(stage, 'viewer', b.plane.routerRtpCapabilities);
    const added = nextEvent(b.plane, 'consumerAdded');
    const { producerId } = await a.plane.ingestRtp(stage, 'guest', { ...microphone, seat: 'guest', guests: 1 });
    expect(await added).toMatchObject({ subscriberId: 'viewer', consumer: { producerId, publisherId: 'guest', seat: 'guest' } });
    const closed = nextEvent(b.plane, 'consumerClosed');
    await a.plane.unpublish(stage, 'guest');
    expect(await closed).toEqual({ stageId: stage, subscriberId: 'viewer', consumerId: (await added).consumer.id });
    expect(planes.link.closed).toBe(1);
  });

  it('pauses and resumes with its origin, whenever the pipe is laid', async () => {
    begin();
    await recruiterOnA();
    const viewer = await join('viewer');
    await viewer.receives('video', 5_000);
    const video = planes.a.plane.producers(stage).find(({ kind }) => kind === 'video')?.producerId ?? '';
    await planes.a.plane.pauseProducer(stage, 'recruiter', video, true);
    await viewer.receives('audio', 2_000);
    const before = viewer.received().video;
    await viewer.receives('audio', 4_000);
    expect(viewer.received().video).toBe(before);
    await planes.a.plane.pauseProducer(stage, 'recruiter', video, false);
    await viewer.receives('video', 5_000);
  });

  it('passes requests for key frames on, gathered as ever', async () => {
    begin();
    const stop = sendPicture(await planes.a.plane.ingestRtp(stage, 'recruiter', requestablePicture));
    cleanups.push(stop);
    const sent = planes.a.producers.at(-1);
    if (!sent) throw new Error('nothing was produced');
    const { plane } = planes.b;
    const startedAt = performance.now();
    const subscriptions = await Promise.all(
      Array.from({ length: 12 }, (_, viewer) => plane.subscribe(stage, `v${viewer}`, plane.routerRtpCapabilities)),
    );
    const viewers = await Promise.all(subscriptions.map((subscription, viewer) => watch(plane, stage, `v${viewer}`, subscription)));
    cleanups.push(() => viewers.forEach((viewer) => void viewer.close()));
    await Promise.all(viewers.map((viewer) => viewer.receives('video', 40_000)));
    const seconds = (performance.now() - startedAt) / 1_000;
    const requests = (await sent.getStats()).reduce((sum, { pliCount, firCount }) => sum + pliCount + firCount, 0);
    expect(requests).toBeGreaterThanOrEqual(1);
    expect(requests).toBeLessThanOrEqual(Math.ceil(seconds) + 1);
  });

  it('comes over another worker when the one under its pipe is killed, without the viewers of others subscribing again', async () => {
    begin();
    await recruiterOnA();
    const viewers = new Map<string, HeadlessViewer>();
    for (const id of ['v1', 'v2', 'v3', 'v4']) viewers.set(id, await join(id));
    await Promise.all([...viewers.values()].map((viewer) => viewer.receives('video', 5_000)));
    const { plane } = planes.b;
    const lost = new Set<string>();
    const added = new Map<string, number>();
    plane.on('subscriberLost', ({ subscriberId }) => lost.add(subscriberId));
    plane.on('consumerAdded', ({ subscriberId }) => added.set(subscriberId, (added.get(subscriberId) ?? 0) + 1));
    const [first] = workersOf(plane);
    if (!first) throw new Error('a worker expected');
    process.kill(first.pid, 'SIGKILL');
    await vi.waitFor(() => expect(lost.size).toBe(2));
    const stayed = [...viewers.keys()].filter((id) => !lost.has(id));
    await vi.waitFor(() => expect(stayed.map((id) => added.get(id))).toEqual([2, 2]));
    for (const id of lost) await (await join(id)).receives('video', 5_000);
    await vi.waitFor(() => expect(workersOf(plane).every(({ alive }) => alive)).toBe(true));
  });

  it('does not hold a join back when its host does not answer, and comes when it does', async () => {
    begin();
    let answer = () => {};
    planes.link.before = () => new Promise((resolve) => (answer = resolve));
    const { producerId } = await planes.a.plane.ingestRtp(stage, 'recruiter', microphone);
    const { plane } = planes.b;
    const startedAt = performance.now();
    expect((await plane.subscribe(stage, 'viewer', plane.routerRtpCapabilities)).consumers).toEqual([]);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    const added = nextEvent(plane, 'consumerAdded');
    answer();
    expect(await added).toMatchObject({ consumer: { producerId } });
  });

  it('is asked for again when its host fails to open the pipe', async () => {
    begin();
    let failures = 0;
    planes.link.before = async () => {
      if (failures++ === 0) throw new Error('the network is down');
    };
    const { producerId } = await planes.a.plane.ingestRtp(stage, 'recruiter', microphone);
    const { plane } = planes.b;
    const added = nextEvent(plane, 'consumerAdded');
    expect((await plane.subscribe(stage, 'viewer', plane.routerRtpCapabilities)).consumers).toEqual([]);
    expect(await added).toMatchObject({ consumer: { producerId } });
  });

  it('reaches a receiver with payload types of its own, though nobody else watches', async () => {
    begin();
    await recruiterOnA();
    const { plane } = planes.b;
    const codec = { kind: 'video' as const, mimeType: 'video/H264', preferredPayloadType: 96, clockRate: 90_000, rtcpFeedback: [] };
    const parameters = { 'packetization-mode': 1, 'profile-level-id': '42e01f', 'level-asymmetry-allowed': 1 };
    const capabilities = { codecs: [{ ...codec, parameters }], headerExtensions: [] };
    const subscription = await plane.subscribe(stage, 'player', capabilities, { payloadTypes: { 'video/h264': 96 } });
    expect(subscription.consumers.flatMap(({ rtpParameters }) => rtpParameters.codecs.map(({ payloadType }) => payloadType))).toEqual([96]);
    const player = await watch(plane, stage, 'player', subscription);
    cleanups.push(() => player.close());
    await player.receives('video', 10_000);
    expect(workersOf(plane).reduce((sum, { routers }) => sum + routers, 0)).toBe(2);
  });

  it('leaves nothing behind, in whatever order viewers, producers and stages go', async () => {
    for (let turn = 0; turn < 12; turn++) {
      begin();
      const { a, b } = planes;
      await a.plane.ingestRtp(stage, 'recruiter', microphone);
      const joins = Array.from({ length: 4 }, (_, viewer) =>
        b.plane.subscribe(stage, `v${viewer}`, b.plane.routerRtpCapabilities).catch(() => undefined),
      );
      // Each turn lets one more answer of the workers come before everything ends.
      for (let answers = 0; answers < turn; answers++) await b.plane.stageHealth(stage);
      const ends = [() => a.plane.unpublish(stage, 'recruiter'), () => b.plane.closeStage(stage), () => a.plane.closeStage(stage)];
      for (let n = 0; n < ends.length; n++) await ends[(n + turn) % ends.length]?.();
      await Promise.all(joins);
      await b.plane.closeStage(stage);
      await vi.waitFor(() => {
        expect(whatIsOpen(a.plane)).toEqual(nothingOpen);
        expect(whatIsOpen(b.plane)).toEqual(nothingOpen);
      });
    }
  });

  it('leaves nothing behind, whatever happens on both hosts at once', async () => {
    const { a, b } = planes;
    const viewer = fc.constantFrom('v1', 'v2', 'v3');
    const host = fc.constantFrom(a.plane, b.plane);
    const sender = fc.constantFrom('lead', 'guest');
    const action = fc.oneof(
      fc.record({ do: fc.constant('join' as const), host, id: viewer }),
      fc.record({ do: fc.constant('leave' as const), host, id: viewer }),
      fc.record({ do: fc.constant('send' as const), host, id: sender }),
      fc.record({ do: fc.constant('stop' as const), host, id: sender }),
      fc.record({ do: fc.constant('wait' as const), host, id: fc.constant('') }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 10, maxLength: 60 }), async (actions) => {
        const id = begin();
        const running: Promise<unknown>[] = [];
        for (const [n, step] of actions.entries()) {
          const plane = step.host;
          const name = plane === a.plane ? `a-${step.id}` : `b-${step.id}`;
          const seat = step.id === 'guest' ? ({ seat: 'guest', guests: 2 } as const) : {};
          const source = { ...microphone, rtpParameters: { ...microphone.rtpParameters, encodings: [{ ssrc: 100 + n }] } };
          // What is refused, or overtaken by a leave, is no concern here.
          if (step.do === 'join') running.push(plane.subscribe(id, name, plane.routerRtpCapabilities).catch(() => undefined));
          else if (step.do === 'leave') running.push(plane.unsubscribe(id, name));
          else if (step.do === 'send') running.push(plane.ingestRtp(id, name, { ...source, ...seat }).catch(() => undefined));
          else if (step.do === 'stop') running.push(plane.unpublish(id, name));
          else await plane.stageHealth(id);
        }
        await Promise.all(running);
        await Promise.all([a.plane.closeStage(id), b.plane.closeStage(id)]);
        await vi.waitFor(() => {
          expect(whatIsOpen(a.plane)).toEqual(nothingOpen);
          expect(whatIsOpen(b.plane)).toEqual(nothingOpen);
        });
      }),
      { numRuns: 15 },
    );
  }, 60_000);
});

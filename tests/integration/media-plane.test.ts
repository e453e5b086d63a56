import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type SyntheticRecruiter, startSyntheticRecruiter } from '../../media/simulate/recruiter.ts';
import type { MediaPlane, RtpIngestOptions } from '../../media/types.ts';
import { MediaError } from '../../media/types.ts';
import { kindsOf, nextEvent, openTestPlane, type TestPlane, watch, whatIsOpen, workersOf } from '../support/media-plane.ts';
import { descendants } from '../support/processes.ts';
import { quietLog } from '../support/quiet-log.ts';
import { requestablePicture, sendPicture } from '../support/rtp-sender.ts';

const audio = (ssrc: number): RtpIngestOptions => ({
  kind: 'audio',
  source: 'microphone',
  rtpParameters: {
    codecs: [{ mimeType: 'audio/opus', payloadType: 100, clockRate: 48_000, channels: 2, parameters: {} }],
    encodings: [{ ssrc }],
  },
});

const nothingOpen = { routers: 0, transports: 0, consumers: 0 };
const faultOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no fault',
    (error: unknown) => (error instanceof MediaError ? error.fault : error),
  );

const encoders = () => descendants().filter(({ name }) => name === 'ffmpeg');

let test: TestPlane;
let plane: MediaPlane;
let stages = 0;
let stage: string;

beforeAll(async () => {
  // A cost of nothing spreads even a small stage over all workers.
  test = await openTestPlane({ edgeCost: 0 });
  plane = test.plane;
});
afterAll(() => plane.close());
afterEach(async () => {
  await plane.closeStage(stage);
  await vi.waitFor(() => expect(whatIsOpen(plane)).toEqual(nothingOpen));
});
const newStage = (): string => {
  stage = `stage-${++stages}`;
  return stage;
};

describe('a stage with the synthetic recruiter', () => {
  let recruiter: SyntheticRecruiter;
  const start = async (stageId: string) => {
    recruiter = await startSyntheticRecruiter({ plane, stageId, publisherId: 'recruiter', label: () => '正在讲解：焊工', log: quietLog });
  };
  afterEach(() => recruiter.stop());

  it('sends picture and sound to viewers on every worker, one pipe per producer and edge', async () => {
    const id = newStage();
    await start(id);
    const viewers = await Promise.all(
      ['v1', 'v2', 'v3', 'v4'].map(async (viewer) => {
        const subscription = await plane.subscribe(id, viewer, plane.routerRtpCapabilities);
        expect(kindsOf(subscription.consumers)).toBe('audio video');
        return watch(plane, id, viewer, subscription);
      }),
    );
    await Promise.all(viewers.flatMap((viewer) => [viewer.receives('video', 20_000), viewer.receives('audio', 2_000)]));
    // 4 viewers with 2 consumers, 2 pipe consumers; 4 viewers, 2 ingests, the 2 ends of the pipe.
    expect(whatIsOpen(plane)).toEqual({ routers: 2, transports: 8, consumers: 10 });
    expect(workersOf(plane).map(({ routers }) => routers)).toEqual([1, 1]);
    expect(await plane.stageHealth(id)).toMatchObject({ publishers: 1, subscribers: 4 });
    await vi.waitFor(async () =>
      expect((await plane.stageHealth(id)).producers.map(({ bitrate }) => bitrate > 10_000)).toEqual([true, true]),
    );
    for (const viewer of viewers) viewer.close();
  });

  it('pauses and resumes what a viewer asks for', async () => {
    const id = newStage();
    await start(id);
    const subscription = await plane.subscribe(id, 'viewer', plane.routerRtpCapabilities);
    const viewer = await watch(plane, id, 'viewer', subscription);
    await viewer.receives('video', 5_000);
    const video = subscription.consumers.find(({ kind }) => kind === 'video')?.id ?? '';
    await plane.pause(id, 'viewer', [video]);
    // What was on its way when the pause was answered arrives before the next sound does.
    await viewer.receives('audio', 2_000);
    const before = viewer.received().video;
    await viewer.receives('audio', 4_000);
    expect(viewer.received().video).toBe(before);
    await plane.resume(id, 'viewer', [video]);
    await viewer.receives('video', 5_000);
    await plane.preferLayer(id, 'viewer', video, 0);
    expect(await faultOf(plane.resume(id, 'viewer', ['unknown']))).toBe('not-found');
    viewer.close();
  });

  it('moves everybody to a living worker after a kill -9 and starts the dead one anew', async () => {
    const id = newStage();
    await start(id);
    const viewers = new Map<string, Awaited<ReturnType<typeof watch>>>();
    const join = async (viewer: string) => {
      const subscription = await plane.subscribe(id, viewer, plane.routerRtpCapabilities);
      // After a loss the recruiter may still be on the way back.
      if (subscription.consumers.length === 0) {
        await vi.waitFor(async () => expect((await plane.stageHealth(id)).producers).toHaveLength(2), { timeout: 10_000, interval: 50 });
        return join(viewer);
      }
      viewers.get(viewer)?.close();
      viewers.set(viewer, await watch(plane, id, viewer, subscription));
    };
    for (const viewer of ['v1', 'v2', 'v3', 'v4']) await join(viewer);
    const lost: string[] = [];
    const closed: string[] = [];
    const noteLost = ({ subscriberId }: { subscriberId: string }) => lost.push(subscriberId);
    const noteClosed = ({ subscriberId }: { subscriberId: string }) => closed.push(subscriberId);
    plane.on('subscriberLost', noteLost);
    plane.on('consumerClosed', noteClosed);
    const ended = nextEvent(plane, 'publisherLost');
    const died = nextEvent(plane, 'workerDied');
    const [origin, edge] = workersOf(plane);
    if (!origin || !edge) throw new Error('two workers expected');
    process.kill(origin.pid, 'SIGKILL');
    expect(await died).toMatchObject({ pid: origin.pid });
    expect(await ended).toEqual({ stageId: id, publisherId: 'recruiter', reason: 'worker-died' });
    // Half of the viewers were on it; the others keep their transport and are told that both consumers ended.
    await vi.waitFor(() => {
      expect(lost).toHaveLength(2);
      expect(closed).toHaveLength(4);
    });
    for (const viewer of lost) await join(viewer);
    await vi.waitFor(async () => expect((await plane.stageHealth(id)).producers).toHaveLength(2), { timeout: 10_000, interval: 50 });
    await Promise.all(lost.map((viewer) => viewers.get(viewer)?.receives('video', 5_000)));
    await vi.waitFor(() => expect(workersOf(plane).every(({ alive }) => alive)).toBe(true));
    expect(workersOf(plane).map(({ pid }) => pid)).not.toContain(origin.pid);
    plane.off('subscriberLost', noteLost);
    plane.off('consumerClosed', noteClosed);
    for (const viewer of viewers.values()) viewer.close();
  });

  it('comes back after its encoder was killed', async () => {
    const id = newStage();
    await start(id);
    const first = (await plane.stageHealth(id)).producers.map((producer) => producer.id);
    await vi.waitFor(() => expect(encoders()).toHaveLength(1));
    for (const { pid } of encoders()) process.kill(pid, 'SIGKILL');
    await vi.waitFor(
      async () => {
        const { producers } = await plane.stageHealth(id);
        expect(producers.filter((producer) => !first.includes(producer.id) && producer.bitrate > 0)).toHaveLength(2);
      },
      { timeout: 10_000, interval: 50 },
    );
  });

  it('leaves no process and no ingest when it is stopped', async () => {
    const id = newStage();
    await start(id);
    await vi.waitFor(async () => expect((await plane.stageHealth(id)).producers.every(({ bitrate }) => bitrate > 0)).toBe(true));
    const gone = nextEvent(plane, 'publishing');
    expect(encoders()).toHaveLength(1);
    await recruiter.stop();
    expect(encoders()).toEqual([]);
    expect(await gone).toEqual({ stageId: id, publishing: false });
    expect(whatIsOpen(plane)).toEqual(nothingOpen);
  });
});

describe('publishers', () => {
  it('tells subscribers of what is produced later and what ends', async () => {
    const id = newStage();
    const early = await plane.subscribe(id, 'viewer', plane.routerRtpCapabilities);
    expect(early.consumers).toEqual([]);
    const publishing = nextEvent(plane, 'publishing');
    const added = nextEvent(plane, 'consumerAdded');
    const { producerId } = await plane.ingestRtp(id, 'recruiter', audio(1));
    expect(await publishing).toEqual({ stageId: id, publishing: true });
    expect(await added).toMatchObject({
      stageId: id,
      subscriberId: 'viewer',
      consumer: { producerId, source: 'microphone', publisherId: 'recruiter' },
    });
    const closed = nextEvent(plane, 'consumerClosed');
    await plane.closeProducer(id, 'recruiter', producerId);
    expect(await closed).toMatchObject({ stageId: id, subscriberId: 'viewer' });
  });

  it('are asked for one key frame when many viewers come in the same moment', async () => {
    const id = newStage();
    const stop = sendPicture(await plane.ingestRtp(id, 'recruiter', requestablePicture));
    const sent = test.producers.at(-1);
    if (!sent) throw new Error('nothing was produced');
    const requests = async () => (await sent.getStats()).reduce((sum, { pliCount }) => sum + pliCount, 0);
    await vi.waitFor(async () => expect((await plane.stageHealth(id)).producers[0]?.bitrate).toBeGreaterThan(0));
    const subscriptions = await Promise.all(
      Array.from({ length: 12 }, (_, viewer) => plane.subscribe(id, `v${viewer}`, plane.routerRtpCapabilities)),
    );
    const viewers = await Promise.all(subscriptions.map((subscription, viewer) => watch(plane, id, `v${viewer}`, subscription)));
    // More than the padding by which a new transport probes its bandwidth.
    await Promise.all(viewers.map((viewer) => viewer.receives('video', 40_000)));
    // The first, and at most one more for all who came in the second after it.
    expect(await requests()).toBeGreaterThanOrEqual(1);
    expect(await requests()).toBeLessThanOrEqual(2);
    for (const viewer of viewers) viewer.close();
    stop();
  });

  it('refuses another owner, and lets the same owner take over', async () => {
    const id = newStage();
    await plane.publish(id, 'first', { owner: 'account' });
    expect(await faultOf(plane.publish(id, 'stranger', { owner: 'other' }))).toBe('busy');
    const lost = nextEvent(plane, 'publisherLost');
    await plane.publish(id, 'second', { owner: 'account' });
    expect(await lost).toEqual({ stageId: id, publisherId: 'first', reason: 'replaced' });
    expect(await plane.stageHealth(id)).toMatchObject({ publishers: 1 });
    expect(whatIsOpen(plane)).toEqual({ routers: 1, transports: 1, consumers: 0 });
    await plane.unpublish(id, 'first');
    expect(await faultOf(plane.publish(id, 'stranger', { owner: 'other' }))).toBe('busy');
  });

  it('refuses media that makes no sense, and keeps nothing of it', async () => {
    const id = newStage();
    expect(await faultOf(plane.ingestRtp(id, 'recruiter', { ...audio(1), source: 'camera' }))).toBe('unsupported');
    const none = { ...audio(1), rtpParameters: { codecs: [], encodings: [] } };
    expect(await faultOf(plane.ingestRtp(id, 'recruiter', none))).toBe('unsupported');
    const encodings = [1, 2, 3, 4].map((ssrc) => ({ ssrc }));
    expect(await faultOf(plane.ingestRtp(id, 'recruiter', { ...audio(1), rtpParameters: { ...audio(1).rtpParameters, encodings } }))).toBe(
      'unsupported',
    );
    expect(whatIsOpen(plane)).toEqual(nothingOpen);
    const transport = await plane.publish(id, 'recruiter');
    expect(await faultOf(plane.produce(id, 'recruiter', { ...audio(1), transportId: 'other' }))).toBe('not-found');
    await plane.produce(id, 'recruiter', { ...audio(1), transportId: transport.id });
    await plane.produce(id, 'recruiter', { ...audio(2), transportId: transport.id });
    expect((await plane.stageHealth(id)).producers).toHaveLength(1);
    expect(await faultOf(plane.produce(id, 'recruiter', { ...audio(2), source: 'screen-audio', transportId: transport.id }))).toBe(
      'unsupported',
    );
  });

  it('answers not-found for participants and stages that are not there', async () => {
    const id = newStage();
    const dtls = { fingerprints: [] };
    expect(await faultOf(plane.connectSubscriber(id, 'nobody', 'transport', dtls))).toBe('not-found');
    await plane.subscribe(id, 'viewer', plane.routerRtpCapabilities);
    expect(await faultOf(plane.connectSubscriber(id, 'viewer', 'transport', dtls))).toBe('not-found');
    expect(await faultOf(plane.restartIce(id, 'viewer', 'transport'))).toBe('not-found');
    expect(await faultOf(plane.closeProducer(id, 'viewer', 'producer'))).toBe('not-found');
    await plane.unsubscribe(id, 'nobody');
    await plane.unpublish('no-stage', 'nobody');
  });

  it('restarts ICE of both kinds of participants', async () => {
    const id = newStage();
    const { transport } = await plane.subscribe(id, 'viewer', plane.routerRtpCapabilities);
    expect((await plane.restartIce(id, 'viewer', transport.id)).usernameFragment).not.toBe(transport.iceParameters.usernameFragment);
    const sending = await plane.publish(id, 'viewer');
    expect((await plane.restartIce(id, 'viewer', sending.id)).password).not.toBe(sending.iceParameters.password);
  });
});

describe('nothing leaks', () => {
  const leftInWorkers = async () => {
    const dumps = await Promise.all(test.workers.filter((worker) => !worker.closed).map((worker) => worker.dump()));
    return dumps.flatMap((dump) => dump.routerIds);
  };

  it('when 200 viewers join and leave while producers come and go', async () => {
    const id = newStage();
    let ssrc = 0;
    const produce = async () => {
      for (let turn = 0; turn < 20; turn++) {
        const { producerId } = await plane.ingestRtp(id, 'recruiter', audio(++ssrc));
        await plane.closeProducer(id, 'recruiter', producerId);
      }
    };
    const comeAndGo = async (viewer: number) => {
      const joined = plane.subscribe(id, `viewer-${viewer % 150}`, plane.routerRtpCapabilities);
      // Every other one leaves without waiting for the answer.
      if (viewer % 2 === 0) await joined.catch(() => undefined);
      await plane.unsubscribe(id, `viewer-${viewer % 150}`);
      const outcome = await faultOf(joined);
      expect(['no fault', 'not-found']).toContain(outcome);
    };
    await Promise.all([produce(), ...Array.from({ length: 200 }, (_, viewer) => comeAndGo(viewer))]);
    await vi.waitFor(() => expect(whatIsOpen(plane)).toEqual(nothingOpen));
    await vi.waitFor(async () => expect(await leftInWorkers()).toEqual([]));
  });

  it('when a stage closes in the middle of joins, publishing and piping', async () => {
    for (let turn = 0; turn < 10; turn++) {
      const id = newStage();
      await plane.ingestRtp(id, 'recruiter', audio(1));
      const joins = Array.from({ length: 20 }, (_, viewer) =>
        faultOf(plane.subscribe(id, `viewer-${viewer}`, plane.routerRtpCapabilities)),
      );
      const more = faultOf(plane.publish(id, 'recruiter'));
      // Let some of the requests reach the worker: each turn closes one answer later.
      for (let answers = 0; answers < turn; answers++) await plane.stageHealth(id);
      await plane.closeStage(id);
      for (const outcome of await Promise.all([...joins, more])) expect(['no fault', 'not-found', 'unavailable']).toContain(outcome);
      await vi.waitFor(() => expect(whatIsOpen(plane)).toEqual(nothingOpen));
    }
    await vi.waitFor(async () => expect(await leftInWorkers()).toEqual([]));
  });
});

import type { RtpCapabilities } from 'mediasoup/types';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type SyntheticRecruiter, startSyntheticRecruiter } from '../../media/simulate/recruiter.ts';
import type { MediaHost, RtpIngestOptions } from '../../media/types.ts';
import { MediaError } from '../../media/types.ts';
import { nextEvent, nextHostEvent, openTestPlane, watch, whatIsOpen, workersOf } from '../support/media-plane.ts';
import { quietLog } from '../support/quiet-log.ts';

const microphone = (ssrc: number): RtpIngestOptions => ({
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

let plane: MediaHost;
let stages = 0;
let stage: string;
let recruiter: SyntheticRecruiter | undefined;

beforeAll(async () => {
  ({ plane } = await openTestPlane({ edgeCost: 0, presence: { connectMs: 500, silenceMs: 15_000 } }));
});
afterAll(() => plane.close());
afterEach(async () => {
  await recruiter?.stop();
  recruiter = undefined;
  await plane.closeStage(stage);
  await vi.waitFor(() => expect(whatIsOpen(plane)).toEqual(nothingOpen));
});
const newStage = (): string => {
  stage = `stage-${++stages}`;
  return stage;
};
const start = async () => {
  recruiter = await startSyntheticRecruiter({ plane, stageId: stage, publisherId: 'recruiter', label: () => '', log: quietLog });
};

describe('who sends and receives at once', () => {
  it('is not sent back what it sends itself, nor when it comes later', async () => {
    const id = newStage();
    await plane.ingestRtp(id, 'ann', { ...microphone(1), owner: 'ann', seat: 'guest', guests: 2 });
    const { consumers } = await plane.subscribe(id, 'ann', plane.routerRtpCapabilities);
    expect(consumers).toEqual([]);
    const added = vi.fn();
    plane.on('consumerAdded', added);
    await plane.ingestRtp(id, 'ann', { ...microphone(2), owner: 'ann', seat: 'guest', guests: 2 });
    await plane.ingestRtp(id, 'bob', { ...microphone(3), owner: 'bob', seat: 'guest', guests: 2 });
    await vi.waitFor(() => expect(added).toHaveBeenCalled());
    expect(added.mock.calls.map(([{ consumer }]) => consumer.publisherId)).toEqual(['bob']);
    plane.off('consumerAdded', added);
  });
});

describe('seats', () => {
  it('let guests send beside the lead, up to a number, each in the place of its earlier connection', async () => {
    const id = newStage();
    const publishing = vi.fn();
    plane.on('publishing', publishing);
    await plane.ingestRtp(id, 'g1', { ...microphone(1), owner: 'ann', seat: 'guest', guests: 2 });
    await plane.ingestRtp(id, 'g2', { ...microphone(2), owner: 'bob', seat: 'guest', guests: 2 });
    expect(await faultOf(plane.publish(id, 'g3', { owner: 'eve', seat: 'guest', guests: 2 }))).toBe('full');
    expect(publishing).not.toHaveBeenCalled();
    await plane.ingestRtp(id, 'lead', { ...microphone(3), owner: 'recruiter' });
    expect(publishing).toHaveBeenCalledWith({ stageId: id, publishing: true });
    const { consumers } = await plane.subscribe(id, 'viewer', plane.routerRtpCapabilities);
    expect(consumers.map(({ seat, publisherId }) => [publisherId, seat]).sort()).toEqual([
      ['g1', 'guest'],
      ['g2', 'guest'],
      ['lead', 'lead'],
    ]);
    const replaced = nextEvent(plane, 'publisherLost');
    await plane.ingestRtp(id, 'g1-again', { ...microphone(4), owner: 'ann', seat: 'guest', guests: 2 });
    expect(await replaced).toEqual({ stageId: id, publisherId: 'g1', reason: 'replaced' });
    expect(await faultOf(plane.publish(id, 'lead-2', { owner: 'eve' }))).toBe('busy');
    await plane.unpublish(id, 'lead');
    expect(publishing).toHaveBeenLastCalledWith({ stageId: id, publishing: false });
    expect((await plane.stageHealth(id)).publishers).toBe(2);
    plane.off('publishing', publishing);
  });
});

describe('a producer', () => {
  it('is silent while it is paused, and says so', async () => {
    const id = newStage();
    await start();
    const subscription = await plane.subscribe(id, 'viewer', plane.routerRtpCapabilities);
    const viewer = await watch(plane, id, 'viewer', subscription);
    await viewer.receives('video', 5_000);
    const video = plane.producers(id).find(({ kind }) => kind === 'video')?.producerId ?? '';
    const paused = nextHostEvent(plane, 'producerPaused');
    await plane.pauseProducer(id, 'recruiter', video, true);
    expect(await paused).toEqual({ stageId: id, producerId: video, paused: true });
    expect((await plane.stageHealth(id)).producers.find((producer) => producer.id === video)?.paused).toBe(true);
    await viewer.receives('audio', 2_000);
    const before = viewer.received().video;
    await viewer.receives('audio', 4_000);
    expect(viewer.received().video).toBe(before);
    for (let toggle = 0; toggle < 20; toggle++) await plane.pauseProducer(id, 'recruiter', video, toggle % 2 === 0);
    await viewer.receives('video', 5_000);
    expect(await faultOf(plane.pauseProducer(id, 'recruiter', 'unknown', true))).toBe('not-found');
    viewer.close();
  });
});

describe('a viewer', () => {
  it('is given what it can decode, and nothing when its capabilities make no sense', async () => {
    const id = newStage();
    await start();
    const { codecs = [] } = plane.routerRtpCapabilities;
    const listener = await plane.subscribe(id, 'listener', { codecs: codecs.filter(({ kind }) => kind === 'audio') });
    expect(listener.consumers.map(({ kind }) => kind)).toEqual(['audio']);
    expect((await plane.subscribe(id, 'no-codecs', {})).consumers).toEqual([]);
    const nonsense = { codecs: [{ kind: 'video', mimeType: 'nonsense', clockRate: -1 }] } as RtpCapabilities;
    expect((await plane.subscribe(id, 'nonsense', nonsense)).consumers).toEqual([]);
    const video = await plane.subscribe(id, 'viewer', plane.routerRtpCapabilities);
    expect(video.consumers).toHaveLength(2);
  });
});

describe('participants without a connection behind them', () => {
  it('are taken off and reported when they never connect', async () => {
    const id = newStage();
    await plane.ingestRtp(id, 'recruiter', microphone(1));
    const lost = Promise.all([nextEvent(plane, 'subscriberLost'), nextEvent(plane, 'publisherLost')]);
    await plane.subscribe(id, 'player', plane.routerRtpCapabilities, { detached: true });
    await plane.subscribe(id, 'viewer', plane.routerRtpCapabilities);
    await plane.publish(id, 'encoder', { owner: 'encoder', seat: 'guest', guests: 1, detached: true });
    expect(await lost).toEqual([
      { stageId: id, subscriberId: 'player' },
      { stageId: id, publisherId: 'encoder', reason: 'disconnected' },
    ]);
    expect(await plane.stageHealth(id)).toMatchObject({ publishers: 1, subscribers: 1 });
  });

  it('stay while they are connected, and go when nobody answers any more', async () => {
    const id = newStage();
    await start();
    const subscription = await plane.subscribe(id, 'player', plane.routerRtpCapabilities, { detached: true });
    const player = await watch(plane, id, 'player', subscription);
    // Longer than a player may take to connect.
    await player.receives('audio', 5_000);
    expect((await plane.stageHealth(id)).subscribers).toBe(1);
    const lost = nextEvent(plane, 'subscriberLost');
    player.close();
    expect(await lost).toEqual({ stageId: id, subscriberId: 'player' });
    expect((await plane.stageHealth(id)).subscribers).toBe(0);
  }, 30_000);
});

describe('a receiver with payload types of its own', () => {
  const types = { 'audio/opus': 111, 'video/h264': 96 };
  const capabilities: RtpCapabilities = {
    codecs: [
      {
        kind: 'audio',
        mimeType: 'audio/opus',
        preferredPayloadType: 111,
        clockRate: 48_000,
        channels: 2,
        parameters: {},
        rtcpFeedback: [],
      },
      {
        kind: 'video',
        mimeType: 'video/H264',
        preferredPayloadType: 96,
        clockRate: 90_000,
        parameters: { 'packetization-mode': 1, 'profile-level-id': '42e01f', 'level-asymmetry-allowed': 1 },
        rtcpFeedback: [{ type: 'nack', parameter: 'pli' }],
      },
    ],
    headerExtensions: [],
  };

  it('gets them, shares a router with its equals, and leaves none behind', async () => {
    const id = newStage();
    await start();
    const players = await Promise.all(
      ['p1', 'p2', 'p3', 'p4'].map(async (player) => {
        const subscription = await plane.subscribe(id, player, structuredClone(capabilities), { detached: true, payloadTypes: types });
        const sent = subscription.consumers.flatMap(({ rtpParameters: { codecs } }) => codecs.map((codec) => codec.payloadType));
        expect(sent.sort()).toEqual([111, 96]);
        expect(subscription.consumers.every(({ rtpParameters }) => rtpParameters.headerExtensions?.length === 0)).toBe(true);
        const known = plane.producers(id).map(({ producerId }) => producerId);
        expect(subscription.consumers.map(({ producerId }) => producerId).sort()).toEqual(known.sort());
        return watch(plane, id, player, subscription);
      }),
    );
    await Promise.all(players.flatMap((player) => [player.receives('video', 10_000), player.receives('audio', 2_000)]));
    // On each of both workers the stage's router and one for all who speak so.
    expect(workersOf(plane).map(({ routers }) => routers)).toEqual([2, 2]);
    const viewer = await watch(plane, id, 'viewer', await plane.subscribe(id, 'viewer', plane.routerRtpCapabilities));
    await viewer.receives('video', 5_000);
    viewer.close();
    for (const player of players) player.close();
    for (const gone of ['p1', 'p2', 'p3', 'p4', 'viewer']) await plane.unsubscribe(id, gone);
    await vi.waitFor(() => expect(whatIsOpen(plane)).toEqual({ routers: 1, transports: 2, consumers: 0 }));
  });

  it('is told when a producer begins and ends', async () => {
    const id = newStage();
    await plane.subscribe(id, 'player', structuredClone(capabilities), { payloadTypes: types });
    const added = nextEvent(plane, 'consumerAdded');
    const { producerId } = await plane.ingestRtp(id, 'recruiter', microphone(1));
    expect((await added).consumer).toMatchObject({ producerId, rtpParameters: { codecs: [{ payloadType: 111 }] } });
    const closed = nextEvent(plane, 'consumerClosed');
    await plane.unpublish(id, 'recruiter');
    expect((await closed).consumerId).toBe((await added).consumer.id);
  });

  it('is refused when there is nothing in common', async () => {
    const id = newStage();
    expect(await faultOf(plane.subscribe(id, 'player', structuredClone(capabilities), { payloadTypes: { 'video/av1': 96 } }))).toBe(
      'unsupported',
    );
  });
});

describe('the health of a stage', () => {
  it('tells what is sent, over which workers, and how it is received', async () => {
    const id = newStage();
    await start();
    const ids = ['v1', 'v2', 'v3', 'v4'];
    const viewers = await Promise.all(
      ids.map(async (viewer) => watch(plane, id, viewer, await plane.subscribe(id, viewer, plane.routerRtpCapabilities))),
    );
    await Promise.all(viewers.map((viewer) => viewer.receives('video', 20_000)));
    const told = nextEvent(plane, 'stageCondition');
    await vi.waitFor(async () => {
      const health = await plane.stageHealth(id);
      expect(health).toMatchObject({ publishers: 1, subscribers: 4, reception: { lowered: 0, audioOnly: 0 } });
      // On a machine that is busy with other things a viewer may lose packets.
      expect(health.reception.good + health.reception.fair).toBe(4);
      expect(['good', 'fair']).toContain(health.condition);
      expect(health.producers.map(({ codec, layers }) => [codec, layers.length]).sort()).toEqual([
        ['audio/opus', 1],
        ['video/H264', 1],
      ]);
      expect(health.producers.every(({ loss, jitterMs }) => loss < 0.05 && jitterMs < 100)).toBe(true);
      expect(health.producers.every(({ bitrate, score }) => bitrate > 10_000 && score > 0)).toBe(true);
      expect(health.edges.map(({ origin }) => origin).sort()).toEqual([false, true]);
      expect(health.edges.map(({ subscribers, consumers }) => [subscribers, consumers])).toEqual([
        [2, 4],
        [2, 4],
      ]);
      expect(health.edges.every(({ bitrate, hostId }) => bitrate > 100_000 && hostId === plane.hostId)).toBe(true);
    }, 10_000);
    // Consumers of one who has not connected are paused; its sound is resumed first.
    const { consumers } = await plane.subscribe(id, 'v5', plane.routerRtpCapabilities);
    await plane.resume(id, 'v5', [consumers.find(({ kind }) => kind === 'audio')?.id ?? '']);
    expect((await plane.stageHealth(id)).reception.audioOnly).toBe(1);
    expect(await told).toMatchObject({ stageId: id, condition: expect.not.stringMatching('none') });
    const ended = nextEvent(plane, 'stageCondition');
    await recruiter?.stop();
    expect(await ended).toEqual({ stageId: id, condition: 'none', reasons: [] });
    expect((await plane.stageHealth(id)).condition).toBe('none');
    for (const viewer of viewers) viewer.close();
  }, 30_000);

  it('is told when the publisher stalls, after a few seconds', async () => {
    const id = newStage();
    // Nothing is ever sent to its port.
    await plane.ingestRtp(id, 'recruiter', microphone(1));
    expect(await nextEvent(plane, 'stageCondition')).toEqual({ stageId: id, condition: 'poor', reasons: ['publisher-stalled'] });
  }, 15_000);

  it('of a worker is measured', async () => {
    const id = newStage();
    await start();
    const viewer = await watch(plane, id, 'viewer', await plane.subscribe(id, 'viewer', plane.routerRtpCapabilities));
    await vi.waitFor(
      () => {
        const busy = workersOf(plane).find(({ bitrate }) => bitrate > 50_000);
        expect(busy?.cpu).toBeGreaterThan(0);
        expect(busy?.lagMs).toBeGreaterThan(0);
        expect(workersOf(plane).reduce((sum, { participants }) => sum + participants, 0)).toBe(2);
      },
      { timeout: 10_000 },
    );
    viewer.close();
  });
});

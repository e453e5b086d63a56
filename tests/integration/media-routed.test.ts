import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startSyntheticRecruiter } from '../../media/simulate/recruiter.ts';
import { MediaError, type RtpIngestOptions } from '../../media/types.ts';
import { keys, type MediaNode, startMediaNode } from '../support/media-node.ts';
import { kindsOf, nextEvent, watch, whatIsOpen } from '../support/media-plane.ts';
import { quietLog } from '../support/quiet-log.ts';
import { openTestRedis, type TestRedis } from '../support/services.ts';

const microphone: RtpIngestOptions = {
  kind: 'audio',
  source: 'microphone',
  rtpParameters: {
    codecs: [{ mimeType: 'audio/opus', payloadType: 100, clockRate: 48_000, channels: 2, parameters: {} }],
    encodings: [{ ssrc: 7 }],
  },
};
const nothingOpen = { routers: 0, transports: 0, consumers: 0 };

let redis: TestRedis;
let probe: Redis;
let a: MediaNode;
let b: MediaNode;

beforeEach(async () => {
  redis = await openTestRedis();
  probe = new Redis(redis.url);
  [a, b] = await Promise.all([startMediaNode({ redisUrl: redis.url }), startMediaNode({ redisUrl: redis.url })]);
  await known(a, b);
});
afterEach(async () => {
  await Promise.all([a.close(), b.close()]);
  probe.disconnect();
  await redis.close();
});
const originOf = (stage: string) => probe.get(keys.stageOrigin(stage));
/** Every node has heard of every host. */
const known = (...nodes: MediaNode[]) =>
  vi.waitFor(() => {
    const hosts = nodes.filter(({ local }) => local).length;
    for (const { plane } of nodes) expect(plane.hosts()).toHaveLength(hosts);
  }, 10_000);

describe('a stage over two nodes', () => {
  it('carries a publisher of one node to a viewer of the other', async () => {
    const recruiter = await startSyntheticRecruiter({
      plane: a.plane,
      stageId: 's',
      publisherId: 'recruiter',
      label: () => '',
      log: quietLog,
    });
    expect(await originOf('s')).toBe(a.id);
    const subscription = await b.plane.subscribe('s', 'viewer', b.plane.routerRtpCapabilities);
    expect(kindsOf(subscription.consumers)).toBe('audio video');
    const viewer = await watch(b.plane, 's', 'viewer', subscription);
    await Promise.all([viewer.receives('video', 10_000), viewer.receives('audio', 1_000)]);
    expect(await b.plane.stageHealth('s')).toMatchObject({ publishers: 1, subscribers: 1 });
    expect(whatIsOpen(b.plane)).toEqual(nothingOpen);
    viewer.close();
    await b.plane.unsubscribe('s', 'viewer');
    await recruiter.stop();
    expect(whatIsOpen(a.plane)).toEqual(nothingOpen);
    await vi.waitFor(async () => expect(await originOf('s')).toBeNull());
  });

  it('tells a viewer of the other node what begins and ends, and nobody else', async () => {
    await a.plane.subscribe('s', 'near', a.plane.routerRtpCapabilities);
    await b.plane.subscribe('s', 'far', b.plane.routerRtpCapabilities);
    const far = nextEvent(b.plane, 'consumerAdded');
    const near = nextEvent(a.plane, 'consumerAdded');
    const publishing = vi.fn();
    a.plane.on('publishing', publishing);
    b.plane.on('publishing', publishing);
    const { producerId } = await b.plane.ingestRtp('s', 'recruiter', microphone);
    expect(await far).toMatchObject({ subscriberId: 'far', consumer: { producerId } });
    expect(await near).toMatchObject({ subscriberId: 'near', consumer: { producerId } });
    await b.plane.resume('s', 'far', [(await far).consumer.id]);
    const closed = nextEvent(b.plane, 'consumerClosed');
    await b.plane.unpublish('s', 'recruiter');
    expect(await closed).toEqual({ stageId: 's', subscriberId: 'far', consumerId: (await far).consumer.id });
    expect(publishing.mock.calls).toEqual([[{ stageId: 's', publishing: true }], [{ stageId: 's', publishing: false }]]);
  });

  it('refuses and takes over as on one node', async () => {
    await a.plane.publish('s', 'first', { owner: 'account' });
    const busy = b.plane.publish('s', 'stranger', { owner: 'other' });
    await expect(busy).rejects.toBeInstanceOf(MediaError);
    await expect(busy).rejects.toMatchObject({ fault: 'busy' });
    const replaced = nextEvent(a.plane, 'publisherLost');
    await b.plane.publish('s', 'second', { owner: 'account' });
    expect(await replaced).toEqual({ stageId: 's', publisherId: 'first', reason: 'replaced' });
    await expect(
      b.plane.connectPublisher('s', 'second', 'unknown', { fingerprints: [{ algorithm: 'sha-256', value: 'AA' }] }),
    ).rejects.toMatchObject({ fault: 'not-found' });
    await expect(b.plane.resume('unknown', 'viewer', [])).rejects.toMatchObject({ fault: 'not-found' });
  });

  it('moves everybody to the living node within about two seconds after the owner was killed', async () => {
    await a.plane.ingestRtp('s', 'recruiter', microphone);
    await b.plane.subscribe('s', 'viewer', b.plane.routerRtpCapabilities);
    expect(await originOf('s')).toBe(a.id);
    const lost = nextEvent(b.plane, 'subscriberLost');
    const killedAt = performance.now();
    await a.kill();
    expect(await lost).toEqual({ stageId: 's', subscriberId: 'viewer' });
    expect(performance.now() - killedAt).toBeLessThan(5_000);
    const recruiter = await startSyntheticRecruiter({
      plane: b.plane,
      stageId: 's',
      publisherId: 'recruiter',
      label: () => '',
      log: quietLog,
    });
    expect(await originOf('s')).toBe(b.id);
    const viewer = await watch(b.plane, 's', 'viewer', await b.plane.subscribe('s', 'viewer', b.plane.routerRtpCapabilities));
    await viewer.receives('video', 5_000);
    viewer.close();
    await recruiter.stop();
  });

  it('claims the stage anew for a call that comes while the dead owner still holds it', async () => {
    await a.plane.subscribe('s', 'near', a.plane.routerRtpCapabilities);
    await a.kill();
    expect((await b.plane.subscribe('s', 'viewer', b.plane.routerRtpCapabilities)).consumers).toEqual([]);
    expect(await originOf('s')).toBe(b.id);
  });

  it('lets participants of a killed node leave', async () => {
    await a.plane.subscribe('s', 'near', a.plane.routerRtpCapabilities);
    await b.plane.ingestRtp('s', 'recruiter', microphone);
    expect(await a.plane.stageHealth('s')).toMatchObject({ publishers: 1, subscribers: 1 });
    await b.kill();
    await vi.waitFor(async () => expect(await a.plane.stageHealth('s')).toMatchObject({ publishers: 0, subscribers: 1 }), {
      timeout: 5_000,
    });
  });

  it('hands its stages over when a node stops in order', async () => {
    await a.plane.subscribe('s', 'near', a.plane.routerRtpCapabilities);
    await b.plane.subscribe('s', 'far', b.plane.routerRtpCapabilities);
    const lost = nextEvent(b.plane, 'subscriberLost');
    await a.close();
    expect(await lost).toEqual({ stageId: 's', subscriberId: 'far' });
    await b.plane.subscribe('s', 'far', b.plane.routerRtpCapabilities);
    expect(await originOf('s')).toBe(b.id);
  });

  it('ends a stage from any node without telling its participants', async () => {
    await a.plane.ingestRtp('s', 'recruiter', microphone);
    await b.plane.subscribe('s', 'far', b.plane.routerRtpCapabilities);
    const lost = vi.fn();
    b.plane.on('subscriberLost', lost);
    await b.plane.closeStage('s');
    await vi.waitFor(async () => expect(await originOf('s')).toBeNull());
    expect(whatIsOpen(a.plane)).toEqual(nothingOpen);
    // A new owner of the same stage must not be taken for the death of the old one.
    await b.plane.subscribe('s', 'other', b.plane.routerRtpCapabilities);
    expect(await originOf('s')).toBe(b.id);
    expect(lost).not.toHaveBeenCalled();
  });

  it('gives way when another host took the stage during a stall: publishers move, viewers keep their place', async () => {
    await a.plane.subscribe('s', 'near', a.plane.routerRtpCapabilities);
    await a.plane.ingestRtp('s', 'recruiter', microphone);
    const lost = nextEvent(a.plane, 'publisherLost');
    const ended = nextEvent(a.plane, 'consumerClosed');
    await probe.set(keys.stageOrigin('s'), b.id);
    expect(await lost).toEqual({ stageId: 's', publisherId: 'recruiter', reason: 'worker-died' });
    expect(await ended).toMatchObject({ subscriberId: 'near' });
    const again = nextEvent(a.plane, 'consumerAdded');
    const { producerId } = await a.plane.ingestRtp('s', 'recruiter', microphone);
    expect(await again).toMatchObject({ subscriberId: 'near', consumer: { producerId } });
    expect(b.local?.producers('s')).toMatchObject([{ producerId }]);
    expect(await a.plane.stageHealth('s')).toMatchObject({ publishers: 1, subscribers: 1 });
  });

  it('leaves nothing open after 100 joins and leaves on both nodes', async () => {
    const comeAndGo = async (viewer: number) => {
      const { plane } = viewer % 2 ? a : b;
      const joined = plane.subscribe('s', `v${viewer}`, plane.routerRtpCapabilities).catch(() => undefined);
      if (viewer % 3) await joined;
      await plane.unsubscribe('s', `v${viewer}`);
      await joined;
      await plane.unsubscribe('s', `v${viewer}`);
    };
    await Promise.all(Array.from({ length: 100 }, (_, viewer) => comeAndGo(viewer)));
    await vi.waitFor(async () => {
      expect(whatIsOpen(a.plane)).toEqual(nothingOpen);
      expect(whatIsOpen(b.plane)).toEqual(nothingOpen);
      expect(await originOf('s')).toBeNull();
    });
  });
});

import { setTimeout as pause } from 'node:timers/promises';
import { startSwarm } from '../../../media/simulate/swarm-crowd.ts';
import { until } from '../../support/until.ts';
import { type Benchmark, measurement, median, percentile } from '../measurement.ts';
import { startSfuProcess } from './sfu/sfu.ts';
import { letIn } from './sfu/window.ts';
import { smallProfile, startSource } from './source/source.ts';

const QUIET_VIEWERS = 20;
const VIEWERS = 300;
const STORM_MS = 3_000;
const QUIET_MS = 4_000;
const WATCHING_WITHIN_MS = 30_000;
const MOST_REQUESTS = 1;
/** The window may begin and end with one. */
const REQUESTS_SEEN = MOST_REQUESTS + 1000 / STORM_MS;
/** What so many key frames add to the stream. */
const KEY_FRAME_PACKETS = smallProfile.packetsPerKeyFrame - smallProfile.packetsPerFrame;
const MOST_GROWTH = 1 + (REQUESTS_SEEN * KEY_FRAME_PACKETS) / (smallProfile.framesPerSecond * smallProfile.packetsPerFrame);

interface Storm {
  /** Key frames asked of the publisher, a second. */
  requests: number;
  /** The publisher's bitrate during the storm, as a multiple of that before it. */
  bitrate: number;
  /** From asking to subscribe to the first packet of a key frame, ms. */
  firstPackets: number[];
}

const now = (): number => performance.timeOrigin + performance.now();

async function storm(kind: 'gangbo' | 'bare'): Promise<Storm> {
  const swarm = await startSwarm(2);
  // Key frames come only when they are asked for, so that the publisher's bitrate tells of it.
  const source = startSource({ ...smallProfile, keyFrameEveryMs: 600_000 });
  const sfu = await startSfuProcess(kind, 2);
  try {
    source.sendTo(sfu.ingest);
    await letIn(
      sfu,
      swarm,
      Array.from({ length: QUIET_VIEWERS }, (_, viewer) => `quiet ${viewer}`),
    );
    // The requests of those are over.
    await pause(2_000);
    const before = await source.count();
    await pause(QUIET_MS);
    const quiet = await source.count();
    const startedAt = performance.now();
    const asked = new Map<string, number>();
    await Promise.all(
      Array.from({ length: VIEWERS }, async (_, viewer) => {
        await pause((viewer * STORM_MS) / VIEWERS);
        const id = `viewer ${viewer}`;
        asked.set(id, now());
        await sfu.watch(swarm, id);
      }),
    );
    await pause(Math.max(0, STORM_MS - (performance.now() - startedAt)));
    const lastedMs = performance.now() - startedAt;
    const stormy = await source.count();
    await until(async () => (await swarm.count()).every(({ firstPacketAt }) => firstPacketAt !== null), WATCHING_WITHIN_MS);
    const firstPackets = (await swarm.count()).flatMap(({ id, firstPacketAt }) => {
      const askedAt = asked.get(id);
      return askedAt === undefined || firstPacketAt === null ? [] : [firstPacketAt - askedAt];
    });
    const quietRate = (quiet.bytes - before.bytes) / QUIET_MS;
    return {
      requests: ((stormy.requests - quiet.requests) * 1000) / lastedMs,
      bitrate: (stormy.bytes - quiet.bytes) / lastedMs / quietRate,
      firstPackets,
    };
  } finally {
    await source.close();
    await swarm.close();
    await sfu.stop();
  }
}

export const mediaStorm: Benchmark = {
  name: 'media-storm',
  group: 'media',
  summary: `${VIEWERS} viewers join a stage within ${STORM_MS / 1000} s, at the plane: key frames asked of the publisher, its bitrate, and how soon the first picture comes`,
  baseline: 'bare mediasoup with its defaults, which asks for a key frame whenever a consumer does and none is on its way',
  async run(progress) {
    const own = await storm('gangbo');
    const tell = ({ requests, bitrate }: Storm) => `${requests.toFixed(2)} requests/s, bitrate × ${bitrate.toFixed(2)}`;
    progress(`Gangbo: ${tell(own)}`);
    const bare = await storm('bare');
    progress(`bare mediasoup: ${tell(bare)}`);
    const fast = { text: 'p99 under 1500 ms', keeps: () => percentile(own.firstPackets, 0.99) < 1_500 };
    return [
      measurement('key frames asked of the publisher in a join storm', '1/s', own.requests, bare.requests, {
        text: `at most ${MOST_REQUESTS} a second`,
        keeps: (value) => value <= REQUESTS_SEEN,
      }),
      measurement('publisher’s bitrate in a join storm', '× quiet', own.bitrate, bare.bitrate, {
        text: `at most ${MOST_GROWTH.toFixed(2)} of quiet`,
        keeps: (value) => value <= MOST_GROWTH,
      }),
      measurement('subscribe → first packet in a join storm, median', 'ms', median(own.firstPackets), median(bare.firstPackets), fast),
      measurement(
        'subscribe → first packet in a join storm, p99',
        'ms',
        percentile(own.firstPackets, 0.99),
        percentile(bare.firstPackets, 0.99),
        fast,
      ),
    ];
  },
};

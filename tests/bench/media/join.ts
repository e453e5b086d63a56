import { setTimeout as pause } from 'node:timers/promises';
import { startSwarm } from '../../../media/simulate/swarm-crowd.ts';
import { organizerSettings } from '../../support/fair.ts';
import { startServer } from '../../support/server.ts';
import { until } from '../../support/until.ts';
import { type Benchmark, type Measurement, measurement, median, percentile } from '../measurement.ts';
import { openBareHouse } from './house/bare-house.ts';
import { type Arrival, type House, loopback, type Network, networkOf, openOwnHouse } from './house/own-house.ts';

const VIEWERS = 300;
const WITHIN_MS = 3_000;
const ENTERING_AT_ONCE = 10;
const WATCHING_WITHIN_MS = 60_000;
const ROUND_TRIP_MS = 40;
const LOOPBACK_P99_MS = 500;
/** They come at 100 a second. */
const LEAST_RATE = 90;

interface Joined {
  /** From asking to join until ICE and DTLS are done, and until the first packet, ms. */
  connected: number[];
  firstPacket: number[];
  /** How long it took until everybody was connected, from the first who asked, ms. */
  lasted: number;
}

const now = (): number => performance.timeOrigin + performance.now();

/** The program as a user starts it. */
async function openProgram(network: Network): Promise<House> {
  const server = await startServer({ ...organizerSettings, GANGBO_REQUESTS_PER_MINUTE: '1000000' });
  return openOwnHouse(server.origin, server.stop, network);
}

async function joinAll(open: () => Promise<House>, progress: (line: string) => void): Promise<Joined> {
  const swarm = await startSwarm(2);
  const house = await open();
  const arrivals: Arrival[] = [];
  try {
    while (arrivals.length < VIEWERS) {
      const more = Math.min(ENTERING_AT_ONCE, VIEWERS - arrivals.length);
      arrivals.push(...(await Promise.all(Array.from({ length: more }, () => house.arrive()))));
    }
    progress(`${VIEWERS} viewers at the door`);
    const asked = new Map<string, number>();
    await Promise.all(
      arrivals.map(async (arrival, viewer) => {
        await pause((viewer * WITHIN_MS) / VIEWERS);
        const id = `viewer ${viewer}`;
        asked.set(id, now());
        await arrival.join(swarm, id);
      }),
    );
    await until(async () => (await swarm.count()).every(({ firstPacketAt }) => firstPacketAt !== null), WATCHING_WITHIN_MS);
    const counts = await swarm.count();
    const since = (time: 'connectedAt' | 'firstPacketAt') =>
      counts.map((count) => (count[time] ?? Number.NaN) - (asked.get(count.id) ?? 0));
    return {
      connected: since('connectedAt'),
      firstPacket: since('firstPacketAt'),
      lasted: Math.max(...counts.map(({ connectedAt }) => connectedAt ?? Number.NaN)) - Math.min(...asked.values()),
    };
  } finally {
    for (const arrival of arrivals) arrival.close();
    await swarm.close();
    await house.stop();
  }
}

export const mediaJoin: Benchmark = {
  name: 'media-join',
  group: 'media',
  summary: `${VIEWERS} viewers join a live session within ${WITHIN_MS / 1000} s over socket.io: room.join (the visit counted, snapshot, transport, consumers), media.connect → ICE and DTLS done; on loopback, and with ${ROUND_TRIP_MS} ms for each request as over a phone’s network`,
  baseline:
    'bare mediasoup behind socket.io with the usual five round trips one after the other (capabilities, transport, consume, connect, resume), no session, visit, count or chat',
  async run(progress) {
    const lines: Measurement[] = [];
    for (const [where, network] of [
      ['on loopback', loopback],
      [`at ${ROUND_TRIP_MS} ms a round trip`, networkOf(ROUND_TRIP_MS)],
    ] as const) {
      const own = await joinAll(
        () => openProgram(network),
        (line) => progress(`Gangbo ${where}: ${line}`),
      );
      const bare = await joinAll(
        () => openBareHouse(network),
        (line) => progress(`bare mediasoup ${where}: ${line}`),
      );
      // Without a network a round trip costs next to nothing, and counting a visit does.
      const goal =
        network === loopback
          ? { text: `p99 under ${LOOPBACK_P99_MS} ms`, keeps: () => percentile(own.connected, 0.99) < LOOPBACK_P99_MS }
          : { text: 'below the baseline', keeps: (_: number, ratio: number) => ratio < 1 };
      const fast = { text: 'under 2000 ms', keeps: (value: number) => value < 2_000 };
      const rate = { text: `over ${LEAST_RATE}`, keeps: (value: number) => value > LEAST_RATE };
      lines.push(
        measurement(`join → connected ${where}, median`, 'ms', median(own.connected), median(bare.connected), goal),
        measurement(`join → connected ${where}, p99`, 'ms', percentile(own.connected, 0.99), percentile(bare.connected, 0.99), goal),
        measurement(`join → first packet ${where}, p99`, 'ms', percentile(own.firstPacket, 0.99), percentile(bare.firstPacket, 0.99), fast),
        measurement(`viewers connected a second ${where}`, '1/s', perSecond(own), perSecond(bare), rate),
      );
    }
    return lines;
  },
};

const perSecond = ({ lasted }: Joined): number => (VIEWERS * 1000) / lasted;

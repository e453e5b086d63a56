import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSwarm } from '../../../media/simulate/swarm-crowd.ts';
import { startEmbeddedRedis } from '../../../src/store/embedded/index.ts';
import { organizerSettings } from '../../support/fair.ts';
import { startMediaHost } from '../../support/media-hosts.ts';
import { quietLog } from '../../support/quiet-log.ts';
import { startServer } from '../../support/server.ts';
import type { Benchmark } from '../measurement.ts';
import { openBareHouse } from './house/bare-house.ts';
import { cutAndWait, recoveryLines, timesInWords } from './house/cut.ts';
import { type Arrival, type House, type OwnHouse, openOwnHouse } from './house/own-house.ts';

const VIEWERS = 60;
const ROUNDS = 3;
const ENTERING_AT_ONCE = 10;
const HOSTS = ['127.0.0.2', '127.0.0.3'];

interface Installation extends OwnHouse {
  /** kill -9 of the media process that carries the stage. */
  kill(): Promise<void>;
}

/** The process that started a worker (proc_pid_stat(5), ppid). */
function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

/** One process for the rooms and two for the media, on one Redis. */
async function openInstallation(): Promise<Installation> {
  const folder = mkdtempSync(join(tmpdir(), 'gangbo-bench-'));
  const redis = await startEmbeddedRedis({ folder, log: quietLog, onExit: () => undefined });
  const hosts = await Promise.all(HOSTS.map((address) => startMediaHost(redis.url, address)));
  const room = await startServer({
    ...organizerSettings,
    GANGBO_ROLE: 'room',
    REDIS_URL: redis.url,
    GANGBO_REQUESTS_PER_MINUTE: '1000000',
  });
  const stop = async () => {
    await room.stop();
    await Promise.all(hosts.filter(({ process }) => process.exitCode === null && process.signalCode === null).map((host) => host.stop()));
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const house = await openOwnHouse(room.origin, stop);
  return {
    ...house,
    async kill() {
      const carrier = parentOf(await house.originPid());
      await hosts.find(({ process }) => process.pid === carrier)?.kill();
    },
  };
}

async function letEverybodyIn(house: House, swarm: Awaited<ReturnType<typeof startSwarm>>): Promise<Arrival[]> {
  const arrivals: Arrival[] = [];
  while (arrivals.length < VIEWERS) {
    const more = Array.from({ length: ENTERING_AT_ONCE }, () => house.arrive());
    const first = arrivals.length;
    arrivals.push(...(await Promise.all(more)));
    await Promise.all(arrivals.slice(first).map((arrival, viewer) => arrival.join(swarm, `viewer ${first + viewer}`)));
  }
  return arrivals;
}

async function measure<H extends House & { hit: Set<string>; kill(): unknown }>(open: () => Promise<H>): Promise<number[]> {
  const swarm = await startSwarm(2);
  const house = await open();
  const arrivals = await letEverybodyIn(house, swarm);
  try {
    return await cutAndWait(swarm, house.hit, () => house.kill());
  } finally {
    for (const arrival of arrivals) arrival.close();
    await swarm.close();
    await house.stop();
  }
}

export const mediaHostRecovery: Benchmark = {
  name: 'media-host-recovery',
  group: 'media',
  summary: `kill -9 of the media process that carries a stage with ${VIEWERS} viewers and the recruiter, who are connected to another process; a second media process takes over → the first packet of a key frame at every viewer, ${ROUNDS} rounds`,
  baseline:
    'a bare mediasoup process that a supervisor starts anew at once; its pages come back by the defaults of socket.io and rejoin in five round trips',
  async run(progress) {
    const own: number[] = [];
    const bare: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      const ours = await measure(openInstallation);
      own.push(...ours);
      progress(`${round}/${ROUNDS} Gangbo: ${timesInWords(ours)}`);
      const theirs = await measure(openBareHouse);
      bare.push(...theirs);
      progress(`${round}/${ROUNDS} bare mediasoup: ${timesInWords(theirs)}`);
    }
    return recoveryLines('media process', own, bare);
  },
};

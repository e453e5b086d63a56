import { setTimeout as pause } from 'node:timers/promises';
import { startSwarm, type ViewerCount } from '../../../media/simulate/swarm-crowd.ts';
import { until } from '../../support/until.ts';
import { type Benchmark, type Measurement, measurement, median, percentile } from '../measurement.ts';
import { followEvents } from './audience.ts';
import { startSfuProcess } from './sfu.ts';
import { smallProfile, startSource } from './source.ts';
import { letIn } from './window.ts';

const VIEWERS = 100;
const ROUNDS = 3;
const RECOVERED_WITHIN_MS = 20_000;
/** Frames come every 40 ms. */
const WATCHING_MS = 200;
const SETTLE_MS = 2_000;
const STEADY_MS = 1_000;
const WITHIN_MS = 2_000;

const now = (): number => performance.timeOrigin + performance.now();

/** How long after the kill each of the viewers that were hit had packets again, ms: the end of its longest gap. */
const timesToPicture = (viewers: readonly ViewerCount[], hit: ReadonlySet<string>, killedAt: number): number[] =>
  viewers.flatMap(({ id, gapEndedAt }) => (hit.has(id) && gapEndedAt !== null && gapEndedAt > killedAt ? [gapEndedAt - killedAt] : []));

interface Recovery {
  edge: number[];
  origin: number[];
}

/** One process whose workers are killed one after the other, an edge first. */
async function killWorkers(kind: 'gangbo' | 'bare'): Promise<Recovery> {
  const swarm = await startSwarm(2);
  const source = startSource(smallProfile);
  const sfu = await startSfuProcess(kind, 2);
  const audience = followEvents(sfu, swarm, source);
  const everybodyWatches = async (since: number) => {
    const at = now();
    if (at - since < STEADY_MS) return false;
    return (await swarm.count()).every(({ lastPacketAt }) => lastPacketAt !== null && at - lastPacketAt < WATCHING_MS);
  };
  const kill = async (pid: number): Promise<number[]> => {
    await until(() => everybodyWatches(0), RECOVERED_WITHIN_MS);
    // Until the requests for key frames of those who came are over.
    await pause(SETTLE_MS);
    await swarm.count({ anew: true });
    audience.hit.clear();
    const killedAt = now();
    process.kill(pid, 'SIGKILL');
    await until(() => everybodyWatches(killedAt), RECOVERED_WITHIN_MS);
    return timesToPicture(await swarm.count(), audience.hit, killedAt);
  };
  try {
    source.sendTo(sfu.ingest);
    await letIn(
      sfu,
      swarm,
      Array.from({ length: VIEWERS }, (_, viewer) => `viewer ${viewer}`),
    );
    const { pid } = await sfu.ask('origin', {});
    const { pids } = await sfu.ask('workers', {});
    const edgePid = pids.find((other) => other !== pid);
    return { edge: edgePid === undefined ? [] : await kill(edgePid), origin: await kill(pid) };
  } finally {
    await source.close();
    await swarm.close();
    await sfu.stop();
  }
}

function lines(name: string, own: readonly number[], bare: readonly number[]): Measurement[] {
  const goal = { text: `p99 within ${WITHIN_MS} ms`, keeps: () => percentile(own, 0.99) <= WITHIN_MS };
  return [
    measurement(`${name} killed → picture, median`, 'ms', median(own), median(bare), goal),
    measurement(`${name} killed → picture, p99`, 'ms', percentile(own, 0.99), percentile(bare, 0.99), goal),
  ];
}

export const mediaRecovery: Benchmark = {
  name: 'media-recovery',
  group: 'media',
  summary: `kill -9 of a worker under ${VIEWERS} viewers on two workers → the first packet of a key frame at every viewer whose stream was cut, ${ROUNDS} rounds: of a worker with viewers alone (an edge), and of the one with the publisher`,
  baseline: 'bare mediasoup whose owner starts another worker at once and tells everybody, who rejoin at once; its one worker has them all',
  async run(progress) {
    const own: Recovery = { edge: [], origin: [] };
    const bare: number[] = [];
    const tell = (times: number[]) =>
      `${times.length} viewers, p50 ${median(times).toFixed(0)} ms, p99 ${percentile(times, 0.99).toFixed(0)} ms`;
    for (let round = 1; round <= ROUNDS; round++) {
      const ours = await killWorkers('gangbo');
      own.edge.push(...ours.edge);
      own.origin.push(...ours.origin);
      progress(`${round}/${ROUNDS} edge: ${tell(ours.edge)}`);
      progress(`${round}/${ROUNDS} origin: ${tell(ours.origin)}`);
      const theirs = await killWorkers('bare');
      bare.push(...theirs.origin);
      progress(`${round}/${ROUNDS} bare: ${tell(theirs.origin)}`);
    }
    return [...lines('edge worker', own.edge, bare), ...lines('origin worker', own.origin, bare)];
  },
};

import { startSwarm } from '../../../media/simulate/swarm-crowd.ts';
import type { Benchmark } from '../measurement.ts';
import { untilAccepted } from './house/audience.ts';
import { cutAndWait, recoveryLines, timesInWords } from './house/cut.ts';
import { startSfuProcess } from './sfu/sfu.ts';
import { letIn } from './sfu/window.ts';
import { smallProfile, startSource } from './source/source.ts';

const VIEWERS = 100;
const ROUNDS = 3;
interface Recovery {
  edge: number[];
  origin: number[];
}

/** One process whose workers are killed one after the other, an edge first. */
async function killWorkers(kind: 'gangbo' | 'bare'): Promise<Recovery> {
  const swarm = await startSwarm(2);
  const source = startSource(smallProfile);
  const sfu = await startSfuProcess(kind, 2);
  sfu.onPublisherLost(() => {
    source.sendTo(null);
    void untilAccepted(async () => source.sendTo(await sfu.ask('ingest', {})));
  });
  const kill = (pid: number): Promise<number[]> => cutAndWait(swarm, sfu.hit, () => process.kill(pid, 'SIGKILL'));
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

export const mediaRecovery: Benchmark = {
  name: 'media-recovery',
  group: 'media',
  summary: `kill -9 of a worker under ${VIEWERS} viewers on two workers → the first packet of a key frame at every viewer whose stream was cut, ${ROUNDS} rounds: of a worker with viewers alone (an edge), and of the one with the publisher`,
  baseline: 'bare mediasoup whose owner starts another worker at once and tells everybody, who rejoin at once; its one worker has them all',
  async run(progress) {
    const own: Recovery = { edge: [], origin: [] };
    const bare: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      const ours = await killWorkers('gangbo');
      own.edge.push(...ours.edge);
      own.origin.push(...ours.origin);
      progress(`${round}/${ROUNDS} edge: ${timesInWords(ours.edge)}`);
      progress(`${round}/${ROUNDS} origin: ${timesInWords(ours.origin)}`);
      const theirs = await killWorkers('bare');
      bare.push(...theirs.origin);
      progress(`${round}/${ROUNDS} bare: ${timesInWords(theirs.origin)}`);
    }
    return [...recoveryLines('edge worker', own.edge, bare), ...recoveryLines('origin worker', own.origin, bare)];
  },
};

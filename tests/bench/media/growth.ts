import { startSwarm } from '../../../media/simulate/swarm-crowd.ts';
import { type Benchmark, type Measurement, measurement } from '../measurement.ts';
import { startSfuProcess } from './sfu/sfu.ts';
import { letIn, measureWindow } from './sfu/window.ts';
import { smallProfile, startSource } from './source/source.ts';

const STEPS = [50, 100, 200, 400];
/** Against which of them the last one is held. */
const COMPARED_WITH = 100;
const WORKERS = [1, 2];
const WINDOW_MS = 5_000;
const STRAIGHT = 0.98;
const MOST_GROWTH = 1.2;

const ARRIVED_PERCENT = 98;

type Point = [viewers: number, percent: number];

interface Grown {
  points: Point[];
  /** Of the packets of the last step, percent: what was dropped cost nothing. */
  arrived: number;
}

/** Least squares: the slope, and how much of the spread the line explains (r²). */
function leastSquares(points: readonly Point[]): { slope: number; rSquared: number } {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const meanX = mean(points.map(([x]) => x));
  const meanY = mean(points.map(([, y]) => y));
  const spreadX = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const spreadY = points.reduce((sum, [, y]) => sum + (y - meanY) ** 2, 0);
  const together = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return { slope: together / spreadX, rSquared: together ** 2 / (spreadX * spreadY) };
}

/** CPU of the plane at each number of viewers, percent of one core. */
async function grow(workers: number, progress: (line: string) => void): Promise<Grown> {
  const swarm = await startSwarm(2);
  const source = startSource(smallProfile);
  const sfu = await startSfuProcess('gangbo', workers);
  try {
    source.sendTo(sfu.ingest);
    const points: Point[] = [];
    let viewers = 0;
    let arrived = 0;
    for (const step of STEPS) {
      const more = Array.from({ length: step - viewers }, (_, viewer) => `viewer ${viewers + viewer}`);
      await letIn(sfu, swarm, more);
      viewers = step;
      const window = await measureWindow(sfu, swarm, source, viewers, WINDOW_MS);
      const percent = (window.cpuMs / window.lastedMs) * 100;
      points.push([viewers, percent]);
      arrived = window.arrived * 100;
      progress(`${workers} worker(s), ${viewers} viewers: ${percent.toFixed(1)} % of a core, ${arrived.toFixed(1)} % arrived`);
    }
    return { points, arrived };
  } finally {
    await source.close();
    await swarm.close();
    await sfu.stop();
  }
}

const perViewer = (points: readonly Point[], viewers: number): number => {
  const [, percent] = points.find(([x]) => x === viewers) ?? [0, Number.NaN];
  return (percent * 10) / viewers;
};

export const mediaGrowth: Benchmark = {
  name: 'media-growth',
  group: 'media',
  summary: `CPU of the plane (its process and all workers) while ${STEPS.join(', ')} viewers watch 0.48 Mb/s of video, on one worker and over two`,
  baseline: `what a viewer costs at ${COMPARED_WITH} viewers; for the straight line, a perfect one`,
  async run(progress) {
    const most = STEPS.at(-1) ?? 0;
    const lines: Measurement[] = [];
    const growth: Measurement['growth'] = { x: 'viewers', y: '% of a core', lines: [] };
    for (const workers of WORKERS) {
      const { points, arrived } = await grow(workers, progress);
      const name = workers === 1 ? 'one worker' : `${workers} workers`;
      const { slope, rSquared } = leastSquares(points);
      progress(`${name}: ${(slope * 10).toFixed(2)} ‰ of a core for each further viewer, r² ${rSquared.toFixed(4)}`);
      growth.lines.push({ name, points });
      lines.push(
        measurement(`CPU a viewer at ${most} viewers, ${name}`, '‰ of a core', perViewer(points, most), perViewer(points, COMPARED_WITH), {
          text: `at most ${MOST_GROWTH.toFixed(2)} of that at ${COMPARED_WITH}`,
          keeps: (_, ratio) => ratio <= MOST_GROWTH,
        }),
        measurement(`CPU is a straight line in viewers, ${name}`, 'r²', rSquared, 1, {
          text: `at least ${STRAIGHT}`,
          keeps: (value) => value >= STRAIGHT,
        }),
        measurement(`packets that arrived at ${most} viewers, ${name}`, '%', arrived, 100, {
          text: `over ${ARRIVED_PERCENT} %, or the machine was too full to tell`,
          keeps: (value) => value > ARRIVED_PERCENT,
        }),
      );
    }
    return lines.map((line, index) => (index === 0 ? { ...line, growth } : line));
  },
};

import { setTimeout as pause } from 'node:timers/promises';
import type { Swarm } from '../../../../media/simulate/swarm-crowd.ts';
import { until } from '../../../support/until.ts';
import { type Measurement, measurement, median, percentile } from '../../measurement.ts';

/** Frames come every 40 ms; who had none for so long is not watching. */
const WATCHING_MS = 250;
/** Until the requests for key frames of those who came are over. */
const SETTLE_MS = 2_000;
const STEADY_MS = 1_000;
const RECOVERED_WITHIN_MS = 30_000;
const WITHIN_MS = 2_000;

const now = (): number => performance.timeOrigin + performance.now();

async function everybodyWatches(swarm: Swarm): Promise<boolean> {
  const viewers = await swarm.count();
  const at = now();
  return viewers.every(({ lastPacketAt }) => lastPacketAt !== null && at - lastPacketAt < WATCHING_MS);
}

/**
 * Cuts the stream of some viewers and answers how long after it each of them had
 * packets again, ms: the end of its longest gap.
 * @param hit told of viewers while the cut is noticed
 */
export async function cutAndWait(swarm: Swarm, hit: Set<string>, cut: () => unknown): Promise<number[]> {
  await until(() => everybodyWatches(swarm), RECOVERED_WITHIN_MS);
  await pause(SETTLE_MS);
  await swarm.count({ anew: true });
  hit.clear();
  const cutAt = now();
  await cut();
  await until(async () => now() - cutAt > STEADY_MS && (await everybodyWatches(swarm)), RECOVERED_WITHIN_MS);
  return (await swarm.count()).flatMap(({ id, gapEndedAt }) =>
    hit.has(id) && gapEndedAt !== null && gapEndedAt > cutAt ? [gapEndedAt - cutAt] : [],
  );
}

export const timesInWords = (times: readonly number[]): string =>
  `${times.length} viewers, p50 ${median(times).toFixed(0)} ms, p99 ${percentile(times, 0.99).toFixed(0)} ms`;

export function recoveryLines(name: string, own: readonly number[], bare: readonly number[]): Measurement[] {
  const goal = { text: `p99 within ${WITHIN_MS} ms`, keeps: () => percentile(own, 0.99) <= WITHIN_MS };
  return [
    measurement(`${name} killed → picture, median`, 'ms', median(own), median(bare), goal),
    measurement(`${name} killed → picture, p99`, 'ms', percentile(own, 0.99), percentile(bare, 0.99), goal),
  ];
}

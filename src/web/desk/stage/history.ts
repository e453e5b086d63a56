import type { StageHealth } from '../../../contract/index.ts';

export interface StageSample {
  at: number;
  /** Connections that receive. */
  subscribers: number;
  /** Bits a second that publishers send. */
  received: number;
}

/** Ten minutes at one reading in three seconds. */
const KEPT = 200;

export const receivedOf = (health: StageHealth): number => health.producers.reduce((sum, { bitrate }) => sum + bitrate, 0);
export const sentOf = (health: StageHealth): number => health.edges.reduce((sum, { bitrate }) => sum + bitrate, 0);

/** What was read while the page was open, with the newest reading last; the oldest are dropped. */
export function addSample(samples: readonly StageSample[], health: StageHealth, at: number): StageSample[] {
  return [...samples.slice(-(KEPT - 1)), { at, subscribers: health.subscribers, received: receivedOf(health) }];
}

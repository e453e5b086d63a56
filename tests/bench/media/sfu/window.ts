import { setTimeout as pause } from 'node:timers/promises';
import type { Swarm } from '../../../../media/simulate/swarm-crowd.ts';
import { until } from '../../../support/until.ts';
import type { Source } from '../source/source.ts';
import type { Sfu } from './sfu.ts';

/** What one SFU spent and delivered in a stretch of quiet watching. */
export interface Window {
  viewers: number;
  /** CPU of the SFU, ms, and how long was measured. */
  cpuMs: number;
  lastedMs: number;
  /** Packets that arrived at all viewers, and the share of those that should have. */
  packets: number;
  arrived: number;
}

const CONNECTED_WITHIN_MS = 30_000;
/** Until joins, key frames and bandwidth probes are over. */
const SETTLE_MS = 2_000;
/** Joins under way at once. */
const AT_ONCE = 10;

/** Lets viewers in, ten at a time, and waits until each has its first packet. */
export async function letIn(sfu: Sfu, swarm: Swarm, viewerIds: readonly string[]): Promise<void> {
  for (let from = 0; from < viewerIds.length; from += AT_ONCE) {
    await Promise.all(viewerIds.slice(from, from + AT_ONCE).map((id) => sfu.watch(swarm, id)));
  }
  await until(async () => (await swarm.count()).every(({ firstPacketAt }) => firstPacketAt !== null), CONNECTED_WITHIN_MS);
}

export async function letOut(sfu: Sfu, swarm: Swarm, viewerIds: readonly string[]): Promise<void> {
  for (let from = 0; from < viewerIds.length; from += AT_ONCE) {
    await Promise.all(viewerIds.slice(from, from + AT_ONCE).map((id) => sfu.leave(swarm, id)));
  }
}

const packetsOf = async (swarm: Swarm): Promise<number> => (await swarm.count()).reduce((sum, { packets }) => sum + packets, 0);

/** Measures an SFU whose viewers are in. */
export async function measureWindow(sfu: Sfu, swarm: Swarm, source: Source, viewers: number, lengthMs: number): Promise<Window> {
  await pause(SETTLE_MS);
  const snapshot = async () => ({
    packets: await packetsOf(swarm),
    sent: (await source.count()).packets,
    cpuMs: await sfu.processorTimeMs(),
    at: performance.now(),
  });
  const before = await snapshot();
  await pause(lengthMs);
  const after = await snapshot();
  const packets = after.packets - before.packets;
  return {
    viewers,
    cpuMs: after.cpuMs - before.cpuMs,
    lastedMs: after.at - before.at,
    packets,
    arrived: packets / ((after.sent - before.sent) * viewers),
  };
}

export const microsecondsPerPacket = ({ cpuMs, packets }: Window): number => (cpuMs * 1000) / packets;
/** Thousandths of one core that one viewer costs. */
export const coreSharePerViewer = ({ cpuMs, lastedMs, viewers }: Window): number => ((cpuMs / lastedMs) * 1000) / viewers;

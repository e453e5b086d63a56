import { setTimeout as pause } from 'node:timers/promises';
import { isSubscriber, type ParticipantKey } from '../wire/calls.ts';
import type { HostedStage, Participant } from './hosted-stage.ts';

export interface DrainOptions {
  /** Time over which viewers are told to move, ms. */
  overMs: number;
  otherHost(onStage: readonly string[]): string | undefined;
  tellLost(stage: HostedStage, key: ParticipantKey, participant: Participant): void;
}

const sliceMs = 50;

/**
 * Empties a host in order: first every stage of which it is the origin gets
 * another, to which the publishers go and of which this host is an edge then;
 * after that its viewers are told to move, a few at a time, and keep their
 * picture until they have. Without another host there is nowhere to go.
 */
export async function drainHost(stages: readonly HostedStage[], { overMs, otherHost, tellLost }: DrainOptions): Promise<void> {
  await Promise.allSettled(
    stages.map(async ({ link }) => {
      const next = link.isOrigin ? otherHost(link.edges.all) : undefined;
      if (next !== undefined) await link.handOver(next);
    }),
  );
  if (otherHost([]) === undefined) return;
  const moving = stages.flatMap((stage) =>
    [...stage.participants].filter(([key]) => isSubscriber(key)).map(([key, participant]) => ({ stage, key, participant })),
  );
  const slices = Math.max(1, Math.floor(overMs / sliceMs));
  const perSlice = Math.ceil(moving.length / slices);
  for (let told = 0; told < moving.length; ) {
    for (const { stage, key, participant } of moving.slice(told, told + perSlice)) {
      // Whoever left or moved by itself needs no telling.
      if (stage.participants.get(key) === participant) tellLost(stage, key, participant);
    }
    told += perSlice;
    await pause(sliceMs);
  }
  // The last ones are on their way.
  if (moving.length > 0) await pause(sliceMs * 4);
}

import { z } from 'zod';
import { idSchema } from '../contract/index.ts';
import type { Log } from '../domain/ports.ts';

export const closeSessionSchema = z.object({ sessionId: idSchema, requestId: z.string().max(64).optional() });
export type CloseSession = z.infer<typeof closeSessionSchema>;

/** What closing needs of the services. */
export interface CloseSessionSteps {
  /** Ends the visits that are still open. */
  endVisits(sessionId: string): Promise<void>;
  closeStage(sessionId: string): Promise<void>;
  relayAll(): Promise<void>;
  /** @returns null when another node is draining */
  drain(subjectId: string): Promise<number | null>;
  /** Counts again what was lost between outbox and ledger. */
  restore(subjectId: string): Promise<number>;
  /** @returns the first sequence at fault, or null */
  verify(subjectId: string): Promise<number | null>;
  log: Log;
}

/** The stream is being drained by another node just now: worth another attempt. */
export class DrainBusy extends Error {}

/**
 * After a session's end: everything counted is in the ledger, and the ledger is
 * whole. Every step may be repeated, so a job that died half-way starts over.
 * @throws to be tried again
 */
export async function closeSession(payload: unknown, steps: CloseSessionSteps): Promise<void> {
  const { sessionId } = closeSessionSchema.parse(payload);
  await steps.closeStage(sessionId);
  await steps.endVisits(sessionId);
  await steps.relayAll();
  if ((await steps.drain(sessionId)) === null) throw new DrainBusy('the stream is being drained by another node');
  const restored = await steps.restore(sessionId);
  if (restored > 0) {
    steps.log.warn({ sessionId, restored }, 'recorded facts were missing from the stream and have been counted again');
    await steps.drain(sessionId);
  }
  const broken = await steps.verify(sessionId);
  if (broken !== null) steps.log.error({ sessionId, seq: broken }, 'the ledger was changed after the fact: its hash chain breaks');
  else steps.log.info({ sessionId }, 'the session is closed and its ledger is whole');
}

import type { Log } from '../ports.ts';
import type { FactStore, LedgerStore } from './store.ts';

export interface DrainOptions {
  facts: FactStore;
  ledger: LedgerStore;
  log: Log;
  onDrained?: (entries: number) => void;
  /** Facts in one transaction. */
  batch?: number;
}

/**
 * Moves facts from a subject's stream into its ledger, in order. Any node may
 * try: the head's row lock lets one through, and a crash at any moment leaves
 * the stream as it was or the batch committed.
 */
export function createDrainer({ facts, ledger, log, onDrained, batch = 500 }: DrainOptions) {
  async function drainBatch(subjectId: string): Promise<{ appended: number; full: boolean } | null> {
    let read = 0;
    const done = await ledger.append(subjectId, async (head) => {
      const streamed = await facts.after(subjectId, head.streamId, batch);
      read = streamed.length;
      const last = streamed.at(-1);
      if (!last) return null;
      const events = streamed.flatMap(({ streamId, event }) => {
        // It stays visible: the counters say one more than the ledger holds (rule R1).
        if (!event) log.error({ subjectId, streamId }, 'an entry of the stream is not a fact and cannot be put into the ledger');
        return event ? [event] : [];
      });
      return { events, streamId: last.streamId };
    });
    if (!done) return null;
    if (read > 0) await facts.trim(subjectId, done.streamId);
    if (done.appended > 0) onDrained?.(done.appended);
    return { appended: done.appended, full: read >= batch };
  }

  return {
    /** Drains one subject until its stream is read to the end. @returns entries appended; null when another node is at it */
    async drain(subjectId: string): Promise<number | null> {
      let total = 0;
      for (;;) {
        const done = await drainBatch(subjectId);
        if (!done) return null;
        total += done.appended;
        if (!done.full) return total;
      }
    },
    /** One round over all subjects. A subject that fails does not hold the others up. */
    async drainAll(): Promise<void> {
      const settled: string[] = [];
      for (const subjectId of await facts.subjects()) {
        try {
          if ((await this.drain(subjectId)) === 0) settled.push(subjectId);
        } catch (error) {
          log.error({ error, subjectId }, 'facts could not be put into the ledger; trying again');
        }
      }
      await facts.forgetUnused(settled);
    },
  };
}
export type Drainer = ReturnType<typeof createDrainer>;

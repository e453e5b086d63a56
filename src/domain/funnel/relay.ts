import type { FactEvent } from '../../contract/index.ts';
import type { FactStore, OutboxStore } from './store.ts';

export interface RelayOptions {
  outbox: OutboxStore;
  facts: FactStore;
  /** What must also have happened before a fact counts as relayed; it may be asked for again, on any node. */
  ensure?: (event: FactEvent) => Promise<void>;
  onRelayed?: (facts: number) => void;
  batch?: number;
}

/**
 * Takes recorded facts from the outbox to where they are counted. A fact that
 * was counted just before a crash is handed over again and counts once.
 */
export function createRelay({ outbox, facts, ensure, onRelayed, batch = 200 }: RelayOptions) {
  return {
    /** Relays until the outbox is empty. */
    async relayAll(): Promise<void> {
      for (;;) {
        const count = await outbox.relay(batch, async (events) => {
          for (const event of events) {
            await ensure?.(event);
            await facts.record(event);
          }
        });
        if (count > 0) onRelayed?.(count);
        if (count < batch) return;
      }
    },
    /** Counts again what was relayed once and lost before it reached the ledger. @returns how many were lost */
    async restore(subjectId: string): Promise<number> {
      const missing = await outbox.missing(subjectId);
      let restored = 0;
      for (const event of missing) if (await facts.record(event)) restored += 1;
      return restored;
    },
  };
}
export type Relay = ReturnType<typeof createRelay>;

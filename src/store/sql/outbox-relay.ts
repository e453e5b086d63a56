import { type FactEvent, factSchema } from '../../contract/index.ts';
import type { OutboxStore } from '../../domain/funnel/store.ts';
import type { Database } from './database.ts';

interface Row {
  event_id: string;
  subject_id: string;
  at: Date;
  fact: unknown;
}

const eventOf = (row: Row): FactEvent => ({
  id: row.event_id,
  subjectId: row.subject_id,
  at: row.at.getTime(),
  fact: factSchema.parse(row.fact),
});

/** The reading side of the outbox; {@link appendToOutbox} in outbox.ts is the writing side. */
export function createOutboxStore(database: Database): OutboxStore {
  return {
    relay(count, relay) {
      return database.transaction().execute(async (transaction) => {
        const rows = await transaction
          .selectFrom('outbox')
          .select(['id', 'event_id', 'subject_id', 'at', 'fact'])
          .where('relayed_at', 'is', null)
          .orderBy('id')
          .limit(count)
          .forUpdate()
          .skipLocked()
          .execute();
        if (rows.length === 0) return 0;
        await relay(rows.map(eventOf));
        await transaction
          .updateTable('outbox')
          .set({ relayed_at: new Date() })
          .where(
            'id',
            'in',
            rows.map((row) => row.id),
          )
          .execute();
        return rows.length;
      });
    },

    async missing(subjectId) {
      const rows = await database
        .selectFrom('outbox')
        .select(['event_id', 'subject_id', 'at', 'fact'])
        .where('subject_id', '=', subjectId)
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('ledger')
                .select('ledger.event_id')
                .whereRef('ledger.event_id', '=', 'outbox.event_id')
                .whereRef('ledger.subject_id', '=', 'outbox.subject_id'),
            ),
          ),
        )
        .orderBy('id')
        .execute();
      return rows.map(eventOf);
    },
  };
}

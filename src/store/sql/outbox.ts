import type { FactEvent, RecordedFact } from '../../contract/index.ts';
import type { Transacting } from './database.ts';

export type RecordedEvent = FactEvent & { fact: RecordedFact };

/** Writes facts into the outbox within the transaction of the change they tell of (rule R4). A repeated id is ignored. */
export async function appendToOutbox(transaction: Transacting, events: readonly RecordedEvent[]): Promise<void> {
  if (events.length === 0) return;
  await transaction
    .insertInto('outbox')
    .values(
      events.map((event) => ({
        event_id: event.id,
        subject_id: event.subjectId,
        at: new Date(event.at),
        fact: JSON.stringify(event.fact),
      })),
    )
    .onConflict((conflict) => conflict.column('event_id').doNothing())
    .execute();
}

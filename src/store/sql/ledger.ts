import { factSchema, type LedgerEntry } from '../../contract/index.ts';
import { chain, GENESIS } from '../../domain/funnel/chain.ts';
import type { LedgerHead, LedgerStore } from '../../domain/funnel/store.ts';
import type { Database } from './database.ts';

const hex = (hash: Buffer) => hash.toString('hex');
const bytes = (hash: string) => Buffer.from(hash, 'hex');

/** The ledger in SQL. A subject's head row is its lock: whoever has it is the only one to append. */
export function createLedgerStore(database: Database): LedgerStore {
  const readHead = (row: { seq: string; hash: Buffer; stream_id: string }): LedgerHead => ({
    seq: Number(row.seq),
    hash: hex(row.hash),
    streamId: row.stream_id,
  });

  return {
    async head(subjectId) {
      const row = await database.selectFrom('ledger_heads').selectAll().where('subject_id', '=', subjectId).executeTakeFirst();
      return row ? readHead(row) : null;
    },

    async entries(subjectId, afterSeq, count) {
      const rows = await database
        .selectFrom('ledger')
        .selectAll()
        .where('subject_id', '=', subjectId)
        .where('seq', '>', String(afterSeq))
        .orderBy('seq')
        .limit(count)
        .execute();
      return rows.map(
        (row): LedgerEntry => ({
          id: row.event_id,
          subjectId: row.subject_id,
          at: row.at.getTime(),
          fact: factSchema.parse(row.fact),
          seq: Number(row.seq),
          prevHash: hex(row.prev_hash),
          hash: hex(row.hash),
        }),
      );
    },

    async append(subjectId, next) {
      return database.transaction().execute(async (transaction) => {
        const select = () =>
          transaction
            .selectFrom('ledger_heads')
            .selectAll()
            .where('subject_id', '=', subjectId)
            .forUpdate()
            .skipLocked()
            .executeTakeFirst();
        let row = await select();
        if (!row) {
          await transaction
            .insertInto('ledger_heads')
            .values({ subject_id: subjectId, seq: 0, hash: bytes(GENESIS), stream_id: '0-0' })
            .onConflict((conflict) => conflict.column('subject_id').doNothing())
            .execute();
          row = await select();
        }
        if (!row) return null;
        const head = readHead(row);
        const given = await next(head);
        if (!given) return { appended: 0, streamId: head.streamId };

        const ids = given.events.map((event) => event.id);
        const known =
          ids.length === 0
            ? []
            : await transaction
                .selectFrom('ledger')
                .select('event_id')
                .where('subject_id', '=', subjectId)
                .where('event_id', 'in', ids)
                .execute();
        const seen = new Set(known.map((entry) => entry.event_id));
        const fresh = given.events.filter((event) => !seen.has(event.id) && seen.add(event.id));
        const entries = chain(head, fresh);
        if (entries.length > 0) {
          await transaction
            .insertInto('ledger')
            .values(
              entries.map((entry) => ({
                subject_id: subjectId,
                seq: entry.seq,
                event_id: entry.id,
                type: entry.fact.type,
                at: new Date(entry.at),
                fact: JSON.stringify(entry.fact),
                prev_hash: bytes(entry.prevHash),
                hash: bytes(entry.hash),
              })),
            )
            .execute();
        }
        const last = entries.at(-1);
        await transaction
          .updateTable('ledger_heads')
          .set({ stream_id: given.streamId, ...(last ? { seq: last.seq, hash: bytes(last.hash) } : {}) })
          .where('subject_id', '=', subjectId)
          .execute();
        return { appended: entries.length, streamId: given.streamId };
      });
    },
  };
}

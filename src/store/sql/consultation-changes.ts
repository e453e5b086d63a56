import { sql } from 'kysely';
import type { ConsultationChange } from '../../domain/consultation/store.ts';
import { enclose } from '../envelope.ts';
import { consultationRow, messageRow, selectConsultations, textPurpose } from './consultation-rows.ts';
import type { Transacting } from './database.ts';
import { appendToOutbox } from './outbox.ts';

/** The changes of consultations within one transaction; texts are encrypted under the viewer's key. */
export function changeConsultations(transaction: Transacting, viewerId: string, key: Buffer): ConsultationChange {
  return {
    async venue({ sessionId, companyId, positionId }) {
      const session = await transaction.selectFrom('sessions').select('status').where('id', '=', sessionId).forShare().executeTakeFirst();
      if (!session) return null;
      const company = await transaction
        .selectFrom('session_companies')
        .select('company_id')
        .where('session_id', '=', sessionId)
        .where('company_id', '=', companyId)
        .executeTakeFirst();
      const position =
        positionId === null
          ? null
          : await transaction
              .selectFrom('positions')
              .select('id')
              .where('id', '=', positionId)
              .where('company_id', '=', companyId)
              .where('status', '!=', 'draft')
              .executeTakeFirst();
      return { sessionStatus: session.status, companyTakesPart: company !== undefined, positionFits: position !== undefined };
    },

    async enqueue({ id, sessionId, companyId, accountId, positionId, askedAt }) {
      const queue = `consultations ${sessionId} ${companyId}`;
      await sql`select pg_advisory_xact_lock(hashtextextended(${queue}, 0))`.execute(transaction);
      const existing = await transaction
        .selectFrom('consultations')
        .select(['id', 'status', 'position_id'])
        .where('session_id', '=', sessionId)
        .where('company_id', '=', companyId)
        .where('account_id', '=', accountId)
        .forUpdate()
        .executeTakeFirst();
      if (existing && existing.status !== 'closed') return { id: existing.id, created: false };

      // The clocks of two nodes may differ; nobody may come before those who wait already.
      const last = await transaction
        .selectFrom('consultations')
        .select((column) => column.fn.max('asked_at').as('asked_at'))
        .where('session_id', '=', sessionId)
        .where('company_id', '=', companyId)
        .where('status', '=', 'waiting')
        .executeTakeFirst();
      const place = { asked_at: new Date(Math.max(askedAt, (last?.asked_at?.getTime() ?? 0) + 1)) };

      if (existing) {
        await transaction
          .updateTable('consultations')
          .set({ ...place, status: 'waiting', answered_at: null, closed_at: null, position_id: positionId ?? existing.position_id })
          .where('id', '=', existing.id)
          .execute();
        return { id: existing.id, created: false };
      }
      await transaction
        .insertInto('consultations')
        .values({ ...place, id, session_id: sessionId, company_id: companyId, account_id: accountId, position_id: positionId })
        .execute();
      return { id, created: true };
    },

    async lock(consultationId) {
      const row = await selectConsultations(transaction).where('c.id', '=', consultationId).forUpdate('c').executeTakeFirst();
      return row ? consultationRow(row) : null;
    },

    async sent(authorId, onceId) {
      const row = await transaction
        .selectFrom('consultation_messages')
        .innerJoin('consultations', 'consultations.id', 'consultation_messages.consultation_id')
        .selectAll('consultation_messages')
        .select('consultations.account_id')
        .where('author_id', '=', authorId)
        .where('once_id', '=', onceId)
        .executeTakeFirst();
      // A recruiter may have used the id with another viewer, whose text is under another key.
      return row ? messageRow(row, row.account_id === viewerId ? key : undefined) : null;
    },

    async addMessage({ id, consultationId, from, authorId, onceId, text, at }) {
      const last = await transaction
        .selectFrom('consultation_messages')
        .select((column) => column.fn.max('at').as('at'))
        .where('consultation_id', '=', consultationId)
        .executeTakeFirst();
      const row = await transaction
        .insertInto('consultation_messages')
        .values({
          id,
          consultation_id: consultationId,
          sender: from,
          author_id: authorId,
          once_id: onceId,
          text_sealed: enclose(key, textPurpose(id), Buffer.from(text)),
          // One after the other, so that a reader who pages forward misses none.
          at: new Date(Math.max(at, (last?.at?.getTime() ?? 0) + 1)),
        })
        .onConflict((conflict) => conflict.columns(['author_id', 'once_id']).doNothing())
        .returningAll()
        .executeTakeFirst();
      return row ? messageRow(row, key) : null;
    },

    async setStatus(consultationId, status, at) {
      const time = new Date(at);
      await transaction
        .updateTable('consultations')
        .set(status === 'active' ? { status, answered_at: time } : { status, closed_at: time })
        .where('id', '=', consultationId)
        .execute();
    },

    record: (event) => appendToOutbox(transaction, [event]),
  };
}

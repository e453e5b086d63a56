import { sql } from 'kysely';
import { type ConsultationStore, type ConsultationView, QUEUE_STEP } from '../../domain/consultation/store.ts';
import type { ApplicantKeys } from './applicant-keys.ts';
import { changeConsultations } from './consultation-changes.ts';
import { consultationRow, messageRow, type SelectedConsultation, selectConsultations } from './consultation-rows.ts';
import type { Database } from './database.ts';

// The sum must be one bigint expression that equals queueKey() of the domain.
const queueOrder = sql<string>`(case c.status when 'waiting' then 0 when 'active' then 1 else 2 end) * ${sql.lit(QUEUE_STEP)}::bigint
  + (extract(epoch from c.asked_at) * 1000)::bigint`;

export function createConsultationStore({ database, keys }: { database: Database; keys: ApplicantKeys }): ConsultationStore {
  async function withViews(rows: readonly SelectedConsultation[]): Promise<ConsultationView[]> {
    if (rows.length === 0) return [];
    const ids = rows.map((row) => row.id);
    const [places, lastMessages, dataKeys] = await Promise.all([
      placesOf(rows),
      database
        .selectFrom('consultation_messages')
        .distinctOn('consultation_id')
        .selectAll()
        .where('consultation_id', 'in', ids)
        .orderBy('consultation_id')
        .orderBy('at', 'desc')
        .orderBy('id', 'desc')
        .execute(),
      keys.find(rows.map((row) => row.account_id)),
    ]);
    const last = new Map(lastMessages.map((message) => [message.consultation_id, message]));
    return rows.map((row) => {
      const message = last.get(row.id);
      return {
        ...consultationRow(row),
        ahead: places.get(row.id) ?? 0,
        lastMessage: message ? messageRow(message, dataKeys.get(row.account_id)) : null,
      };
    });
  }

  /** How many wait before each of these that wait: one pass over the queues concerned. */
  async function placesOf(rows: readonly SelectedConsultation[]): Promise<Map<string, number>> {
    const waiting = rows.filter((row) => row.status === 'waiting');
    if (waiting.length === 0) return new Map();
    const places = await database
      .selectFrom((from) =>
        from
          .selectFrom('consultations')
          .select(['id', sql<string>`row_number() over (partition by session_id, company_id order by asked_at, id) - 1`.as('ahead')])
          .where('status', '=', 'waiting')
          .where('session_id', 'in', [...new Set(waiting.map((row) => row.session_id))])
          .where('company_id', 'in', [...new Set(waiting.map((row) => row.company_id))])
          .as('queue'),
      )
      .selectAll()
      .where(
        'id',
        'in',
        waiting.map((row) => row.id),
      )
      .execute();
    return new Map(places.map((place) => [place.id, Number(place.ahead)]));
  }

  return {
    async change(viewerId, work) {
      // Before the transaction, because it may need a connection of its own.
      const key = await keys.of(viewerId);
      return database.transaction().execute((transaction) => work(changeConsultations(transaction, viewerId, key)));
    },

    async find(consultationId) {
      const rows = await selectConsultations(database).where('c.id', '=', consultationId).execute();
      return (await withViews(rows))[0] ?? null;
    },

    async waitingBehind(row, limit) {
      const rows = await selectConsultations(database)
        .where('c.status', '=', 'waiting')
        .where('c.session_id', '=', row.sessionId)
        .where('c.company_id', '=', row.companyId)
        .where(sql<boolean>`(c.asked_at, c.id) > (${new Date(row.askedAt)}, ${row.id}::uuid)`)
        .orderBy('c.asked_at')
        .orderBy('c.id')
        .limit(limit)
        .execute();
      return withViews(rows);
    },

    async session(sessionId) {
      const session = await database.selectFrom('sessions').select('fair_id').where('id', '=', sessionId).executeTakeFirst();
      if (!session) return null;
      const companies = await database.selectFrom('session_companies').select('company_id').where('session_id', '=', sessionId).execute();
      return { fairId: session.fair_id, companyIds: companies.map((company) => company.company_id) };
    },

    async listOfSession(sessionId, companyIds, page) {
      const rows = await selectConsultations(database)
        .where('c.session_id', '=', sessionId)
        .where('c.company_id', 'in', [...companyIds])
        .$if(page.after !== null, (query) =>
          query.where(sql<boolean>`(${queueOrder}, c.id) > (${page.after?.at}, ${page.after?.id}::uuid)`),
        )
        .orderBy(queueOrder)
        .orderBy('c.id')
        .limit(page.limit + 1)
        .execute();
      return withViews(rows);
    },

    async listOfViewer(accountId, sessionId, page) {
      const rows = await selectConsultations(database)
        .where('c.account_id', '=', accountId)
        .$if(sessionId !== undefined, (query) => query.where('c.session_id', '=', sessionId ?? ''))
        .$if(page.after !== null, (query) => query.where('c.id', '<', page.after ?? ''))
        .orderBy('c.id', 'desc')
        .limit(page.limit + 1)
        .execute();
      return withViews(rows);
    },

    async messages(consultationId, page) {
      const rows = await database
        .selectFrom('consultation_messages')
        .innerJoin('consultations', 'consultations.id', 'consultation_messages.consultation_id')
        .selectAll('consultation_messages')
        .select('consultations.account_id')
        .where('consultation_id', '=', consultationId)
        .$if(page.after !== null, (query) =>
          query.where(
            sql<boolean>`(consultation_messages.at, consultation_messages.id) > (${new Date(page.after?.at ?? 0)}, ${page.after?.id}::uuid)`,
          ),
        )
        .orderBy('consultation_messages.at')
        .orderBy('consultation_messages.id')
        .limit(page.limit + 1)
        .execute();
      const dataKeys = await keys.find(rows.slice(0, 1).map((row) => row.account_id));
      return rows.map((row) => messageRow(row, dataKeys.get(row.account_id)));
    },
  };
}

import { type Session, sessionSchema } from '../../contract/index.ts';
import type { SessionStore } from '../../domain/session/store.ts';
import type { Database, Transacting } from './database.ts';
import { appendToOutbox } from './outbox.ts';
import { timeOf, timeOrNull } from './rows.ts';

const companySchema = sessionSchema.shape.companies.element;

/** Sessions in SQL with their fair's name and their companies in order. */
export function createSessionStore(database: Database): SessionStore {
  const rows = () =>
    database
      .selectFrom('sessions')
      .innerJoin('fairs', 'fairs.id', 'sessions.fair_id')
      .selectAll('sessions')
      .select('fairs.name as fair_name');
  type Row = Awaited<ReturnType<ReturnType<typeof rows>['executeTakeFirstOrThrow']>>;

  async function withCompanies(found: readonly Row[]): Promise<Session[]> {
    if (found.length === 0) return [];
    const companies = await database
      .selectFrom('session_companies')
      .innerJoin('companies', 'companies.id', 'session_companies.company_id')
      .select(['session_companies.session_id', 'companies.id', 'companies.name', 'companies.industry'])
      .where(
        'session_companies.session_id',
        'in',
        found.map((row) => row.id),
      )
      .orderBy('session_companies.place')
      .execute();
    return found.map((row) => ({
      id: row.id,
      fairId: row.fair_id,
      fairName: row.fair_name,
      title: row.title,
      companies: companies.filter((company) => company.session_id === row.id).map((company) => companySchema.parse(company)),
      startsAt: timeOf(row.starts_at),
      status: row.status,
      liveAt: timeOrNull(row.live_at),
      endedAt: timeOrNull(row.ended_at),
    }));
  }

  async function setCompanies(transaction: Transacting, sessionId: string, companyIds: readonly string[]): Promise<void> {
    await transaction.deleteFrom('session_companies').where('session_id', '=', sessionId).execute();
    await transaction
      .insertInto('session_companies')
      .values(companyIds.map((companyId, place) => ({ session_id: sessionId, company_id: companyId, place })))
      .execute();
  }

  return {
    async insert({ id, fairId, title, startsAt, companyIds, createdAt }) {
      await database.transaction().execute(async (transaction) => {
        await transaction
          .insertInto('sessions')
          .values({ id, fair_id: fairId, title, starts_at: new Date(startsAt), created_at: new Date(createdAt) })
          .execute();
        await setCompanies(transaction, id, companyIds);
      });
    },

    async find(sessionId) {
      const found = await rows().where('sessions.id', '=', sessionId).execute();
      return (await withCompanies(found))[0] ?? null;
    },

    async list({ fairId, status }, { limit, after }) {
      const found = await rows()
        .$if(fairId !== undefined, (query) => query.where('sessions.fair_id', '=', fairId ?? ''))
        .$if(status !== undefined, (query) => query.where('sessions.status', '=', status ?? 'scheduled'))
        .$if(after !== null, (query) =>
          query.where((where) =>
            where(where.refTuple('sessions.starts_at', 'sessions.id'), '<', where.tuple(new Date(after?.at ?? 0), after?.id ?? '')),
          ),
        )
        .orderBy('sessions.starts_at', 'desc')
        .orderBy('sessions.id', 'desc')
        .limit(limit + 1)
        .execute();
      return withCompanies(found);
    },

    async update(sessionId, { title, startsAt, companyIds }) {
      return database.transaction().execute(async (transaction) => {
        const locked = await transaction
          .selectFrom('sessions')
          .select('id')
          .where('id', '=', sessionId)
          .where('status', '=', 'scheduled')
          .forUpdate()
          .executeTakeFirst();
        if (!locked) return false;
        const columns = {
          ...(title === undefined ? {} : { title }),
          ...(startsAt === undefined ? {} : { starts_at: new Date(startsAt) }),
        };
        if (Object.keys(columns).length > 0) await transaction.updateTable('sessions').set(columns).where('id', '=', sessionId).execute();
        if (companyIds) await setCompanies(transaction, sessionId, companyIds);
        return true;
      });
    },

    async advance(sessionId, from, to, at) {
      return database.transaction().execute(async (transaction) => {
        // The lock makes two starts at once one start.
        const found = await transaction.selectFrom('sessions').select('status').where('id', '=', sessionId).forUpdate().executeTakeFirst();
        if (found?.status !== from) return found?.status ?? null;
        const time = new Date(at);
        await transaction
          .updateTable('sessions')
          .set(to === 'live' ? { status: to, live_at: time } : { status: to, ended_at: time })
          .where('id', '=', sessionId)
          .execute();
        const type = to === 'live' ? ('session.live' as const) : ('session.ended' as const);
        await appendToOutbox(transaction, [{ id: `${type}:${sessionId}`, subjectId: sessionId, at, fact: { type } }]);
        return from;
      });
    },
  };
}

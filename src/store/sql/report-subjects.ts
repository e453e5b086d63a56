import type { Session } from '../../contract/index.ts';
import type { ReportSubjects } from '../../domain/funnel/store.ts';
import type { Database } from './database.ts';

export interface ReportSubjectsOptions {
  database: Database;
  findSession: (sessionId: string) => Promise<Session | null>;
}

/** What the report of a fair is about, besides the facts: the offered positions count from their publication on. */
export function createReportSubjects({ database, findSession }: ReportSubjectsOptions): ReportSubjects {
  return {
    session: findSession,
    async fair(fairId) {
      const fair = await database.selectFrom('fairs').select('id').where('id', '=', fairId).executeTakeFirst();
      if (!fair) return null;
      const { companies } = await database
        .selectFrom('companies')
        .select(({ fn }) => fn.countAll<string>().as('companies'))
        .where('fair_id', '=', fairId)
        .executeTakeFirstOrThrow();
      const offered = await database
        .selectFrom('positions')
        .select(({ fn }) => [fn.countAll<string>().as('positions'), fn.sum<string | null>('headcount').as('headcount')])
        .where('fair_id', '=', fairId)
        .where('status', '!=', 'draft')
        .executeTakeFirstOrThrow();
      const ids = await database
        .selectFrom('sessions')
        .select('id')
        .where('fair_id', '=', fairId)
        .orderBy('starts_at')
        .orderBy('id')
        .execute();
      const sessions = await Promise.all(ids.map(({ id }) => findSession(id)));
      return {
        sessions: sessions.filter((session) => session !== null),
        companies: Number(companies),
        positions: Number(offered.positions),
        headcount: Number(offered.headcount ?? 0),
      };
    },
  };
}

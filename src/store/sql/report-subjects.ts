import type { Session } from '../../contract/index.ts';
import type { Database } from './database.ts';

/** What the report of a fair is about, besides the facts: the offered positions count from their publication on. */
export function createReportSubjects({ database, sessionsOf, session }: ReportSubjectOptions) {
  return {
    session,
    async fair(fairId: string) {
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
      return {
        sessions: await sessionsOf(fairId),
        companies: Number(companies),
        positions: Number(offered.positions),
        headcount: Number(offered.headcount ?? 0),
      };
    },
  };
}

export interface ReportSubjectOptions {
  database: Database;
  session: (sessionId: string) => Promise<Session | null>;
  /** All sessions of a fair, earliest first. */
  sessionsOf: (fairId: string) => Promise<Session[]>;
}

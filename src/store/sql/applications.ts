import { sql } from 'kysely';
import type { ApplicationStore, ApplicationView, Opening } from '../../domain/application/store.ts';
import type { ApplicantKeys } from './applicant-keys.ts';
import { changeApplications } from './application-changes.ts';
import {
  applicationRow,
  fileRow,
  openForm,
  outcomeRow,
  type SelectedApplication,
  selectApplications,
  selectTerms,
  termsRow,
} from './application-rows.ts';
import type { Database } from './database.ts';

export function createApplicationStore({ database, keys }: { database: Database; keys: ApplicantKeys }): ApplicationStore {
  async function withViews(rows: readonly SelectedApplication[]): Promise<ApplicationView[]> {
    if (rows.length === 0) return [];
    const fileIds = rows.flatMap((row) => row.file_id ?? []);
    const [files, outcomes, dataKeys] = await Promise.all([
      fileIds.length === 0 ? [] : database.selectFrom('resume_files').selectAll().where('id', 'in', fileIds).execute(),
      database
        .selectFrom('outcomes')
        .selectAll()
        .where(
          'application_id',
          'in',
          rows.map((row) => row.id),
        )
        .orderBy('at')
        .orderBy('id')
        .execute(),
      keys.find(rows.map((row) => row.account_id)),
    ]);
    return rows.map((row) => {
      const key = dataKeys.get(row.account_id);
      const file = files.find((candidate) => candidate.id === row.file_id);
      return {
        ...applicationRow(row),
        form: key ? openForm(key, row.id, row.form_sealed) : null,
        file: key && file ? fileRow(file, key) : null,
        outcomes: outcomes.flatMap((outcome) => {
          if (outcome.application_id !== row.id) return [];
          const { applicationId, ...rest } = outcomeRow(outcome);
          return [rest];
        }),
      };
    });
  }

  return {
    async change(applicantId, work) {
      // Before the transaction, because it may need a connection of its own.
      const key = await keys.of(applicantId);
      return database.transaction().execute((transaction) => work(changeApplications(transaction, key)));
    },

    async position(positionId) {
      const row = await selectTerms(database, positionId).executeTakeFirst();
      return row ? termsRow(row) : null;
    },

    async find(applicationId) {
      const rows = await selectApplications(database).where('a.id', '=', applicationId).execute();
      return (await withViews(rows))[0] ?? null;
    },

    async findSubmission(accountId, positionId, onceId) {
      const rows = await selectApplications(database)
        .where('a.account_id', '=', accountId)
        .where('a.position_id', '=', positionId)
        .where(({ exists, selectFrom }) =>
          exists(
            selectFrom('consents').select('consents.id').whereRef('application_id', '=', 'a.id').where('consents.once_id', '=', onceId),
          ),
        )
        .execute();
      return (await withViews(rows))[0] ?? null;
    },

    async isKept(storageKey) {
      const row = await database
        .selectFrom('resume_files')
        .select('id')
        .where('storage_key', '=', storageKey)
        .where('deleted_at', 'is', null)
        .executeTakeFirst();
      return row !== undefined;
    },

    async listOfApplicant(accountId, page) {
      const rows = await selectApplications(database)
        .where('a.account_id', '=', accountId)
        .$if(page.after !== null, (query) => query.where('a.id', '<', page.after ?? ''))
        .orderBy('a.id', 'desc')
        .limit(page.limit + 1)
        .execute();
      return withViews(rows);
    },

    async listWithin(grants, filter, page) {
      if (grants.length === 0) return [];
      const rows = await selectApplications(database)
        .where(({ and, or, eb, val }) =>
          or(
            grants.map((grant) =>
              and([
                val(true),
                ...(grant.fairId === null ? [] : [eb('a.fair_id', '=', grant.fairId)]),
                ...(grant.companyId === null ? [] : [eb('a.company_id', '=', grant.companyId)]),
                ...(grant.sessionId === null ? [] : [eb('a.session_id', '=', grant.sessionId)]),
              ]),
            ),
          ),
        )
        .$if(filter.fairId !== undefined, (query) => query.where('a.fair_id', '=', filter.fairId ?? ''))
        .$if(filter.companyId !== undefined, (query) => query.where('a.company_id', '=', filter.companyId ?? ''))
        .$if(filter.sessionId !== undefined, (query) => query.where('a.session_id', '=', filter.sessionId ?? ''))
        .$if(filter.positionId !== undefined, (query) => query.where('a.position_id', '=', filter.positionId ?? ''))
        .$if(page.after !== null, (query) => query.where('a.id', '<', page.after ?? ''))
        .orderBy('a.id', 'desc')
        .limit(page.limit + 1)
        .execute();
      return withViews(rows);
    },

    async openings(applicationIds, limitEach) {
      const found = new Map<string, Opening[]>();
      if (applicationIds.length === 0) return found;
      const rows = await database
        .selectFrom((from) =>
          from
            .selectFrom('resume_openings')
            .select(['id', 'application_id', 'staff_id', 'at'])
            .select(sql<string>`row_number() over (partition by application_id order by at desc, id desc)`.as('place'))
            .where('application_id', 'in', [...applicationIds])
            .as('latest'),
        )
        .selectAll()
        .where('place', '<=', String(limitEach))
        .orderBy('at', 'desc')
        .orderBy('id', 'desc')
        .execute();
      for (const { application_id, staff_id, at } of rows) {
        found.set(application_id, [...(found.get(application_id) ?? []), { staffId: staff_id, at: at.getTime() }]);
      }
      return found;
    },

    async outcome(outcomeId) {
      const row = await database.selectFrom('outcomes').selectAll().where('id', '=', outcomeId).executeTakeFirst();
      return row ? outcomeRow(row) : null;
    },

    async grantsOf(staffId) {
      const rows = await database
        .selectFrom('grants')
        .innerJoin('accounts', 'accounts.id', 'grants.account_id')
        .select(['role', 'fair_id', 'company_id', 'session_id'])
        .where('grants.account_id', '=', staffId)
        .where('accounts.disabled_at', 'is', null)
        .execute();
      return rows.map((row) => ({ role: row.role, fairId: row.fair_id, companyId: row.company_id, sessionId: row.session_id }));
    },
  };
}

import { sql } from 'kysely';
import type { ApplicationChange, ResumeFile, Submission } from '../../domain/application/store.ts';
import { applicationRow, outcomeRow, sealFileName, sealForm, selectApplications, selectTerms, termsRow } from './application-rows.ts';
import type { Transacting } from './database.ts';
import { appendToOutbox } from './outbox.ts';

/** The changes of applications within one transaction; the résumé is encrypted under the applicant's key. */
export function changeApplications(transaction: Transacting, key: Buffer): ApplicationChange {
  async function addFile(accountId: string, file: ResumeFile): Promise<void> {
    await transaction
      .insertInto('resume_files')
      .values({
        id: file.id,
        account_id: accountId,
        storage_key: file.storageKey,
        name_sealed: sealFileName(key, file.id, file.name),
        media_type: file.mediaType,
        bytes: file.bytes,
      })
      .execute();
  }

  async function addConsent(submission: Submission, companyId: string): Promise<void> {
    const { consent } = submission;
    await transaction
      .insertInto('consents')
      .values({
        id: consent.id,
        application_id: submission.id,
        once_id: submission.onceId,
        purpose: consent.purpose,
        company_id: companyId,
        position_id: submission.positionId,
        fields: JSON.stringify(consent.fields),
        until: consent.until,
        given_at: new Date(submission.at),
      })
      .execute();
  }

  return {
    async position(positionId) {
      const row = await selectTerms(transaction, positionId).forShare('positions').executeTakeFirst();
      return row ? termsRow(row) : null;
    },

    async session(sessionId) {
      const row = await transaction.selectFrom('sessions').select(['fair_id', 'status']).where('id', '=', sessionId).executeTakeFirst();
      return row ? { fairId: row.fair_id, status: row.status } : null;
    },

    async lockSubmission(accountId, positionId) {
      // There may be no row to lock yet.
      const name = `application ${accountId} ${positionId}`;
      await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(transaction);
      const row = await selectApplications(transaction)
        .where('a.account_id', '=', accountId)
        .where('a.position_id', '=', positionId)
        .forUpdate('a')
        .executeTakeFirst();
      return row ? applicationRow(row) : null;
    },

    async lock(applicationId) {
      const row = await selectApplications(transaction).where('a.id', '=', applicationId).forUpdate('a').executeTakeFirst();
      return row ? applicationRow(row) : null;
    },

    async accepted(applicationId, onceId) {
      const row = await transaction
        .selectFrom('consents')
        .select('id')
        .where('application_id', '=', applicationId)
        .where('once_id', '=', onceId)
        .executeTakeFirst();
      return row !== undefined;
    },

    async insert({ terms, sessionId, campus, ...submission }) {
      const { id, accountId, form, file, at } = submission;
      if (file) await addFile(accountId, file);
      await transaction
        .insertInto('applications')
        .values({
          id,
          fair_id: terms.fairId,
          company_id: terms.companyId,
          position_id: submission.positionId,
          account_id: accountId,
          session_id: sessionId,
          campus_code: campus,
          once_id: submission.onceId,
          applicant_group: form.group,
          form_sealed: sealForm(key, id, form),
          file_id: file?.id ?? null,
          submitted_at: new Date(at),
          updated_at: new Date(at),
        })
        .execute();
      await addConsent(submission, terms.companyId);
    },

    async replace(submission, earlier) {
      const { id, form, file, at } = submission;
      if (file) await addFile(submission.accountId, file);
      const withoutEarlier = file !== null || earlier.status === 'withdrawn';
      await transaction
        .updateTable('applications')
        .set({
          once_id: submission.onceId,
          applicant_group: form.group,
          form_sealed: sealForm(key, id, form),
          status: 'submitted',
          updated_at: new Date(at),
          withdrawn_at: null,
          ...(withoutEarlier ? { file_id: file?.id ?? null } : {}),
        })
        .where('id', '=', id)
        .execute();
      await addConsent(submission, earlier.companyId);
      if (!withoutEarlier || earlier.fileId === null) return null;
      const removed = await transaction
        .updateTable('resume_files')
        .set({ deleted_at: new Date(at) })
        .where('id', '=', earlier.fileId)
        .returning('storage_key')
        .executeTakeFirst();
      return removed?.storage_key ?? null;
    },

    async withdraw(applicationId, at) {
      const time = new Date(at);
      await transaction
        .updateTable('applications')
        .set({ status: 'withdrawn', withdrawn_at: time, updated_at: time })
        .where('id', '=', applicationId)
        .execute();
      await transaction
        .updateTable('consents')
        .set({ withdrawn_at: time })
        .where('application_id', '=', applicationId)
        .where('withdrawn_at', 'is', null)
        .execute();
    },

    async addOpening({ id, applicationId, staffId, kind, at }) {
      const time = new Date(at);
      await transaction
        .insertInto('resume_openings')
        .values({ id, application_id: applicationId, staff_id: staffId, kind, at: time })
        .execute();
      await transaction
        .updateTable('applications')
        .set({ status: 'viewed', updated_at: time })
        .where('id', '=', applicationId)
        .where('status', '=', 'submitted')
        .execute();
    },

    async addOutcome({ id, applicationId, kind, at, onceId, staffId }) {
      const created = await transaction
        .insertInto('outcomes')
        .values({ id, application_id: applicationId, kind, once_id: onceId, recorded_by: staffId, at: new Date(at) })
        .onConflict((conflict) => conflict.columns(['application_id', 'kind']).doNothing())
        .returningAll()
        .executeTakeFirst();
      if (created) return { outcome: outcomeRow(created), created: true };
      const first = await transaction
        .selectFrom('outcomes')
        .selectAll()
        .where('application_id', '=', applicationId)
        .where('kind', '=', kind)
        .executeTakeFirstOrThrow();
      return { outcome: outcomeRow(first), created: false };
    },

    async confirmOutcome(outcomeId, at) {
      const confirmed = await transaction
        .updateTable('outcomes')
        .set({ confirmed_at: new Date(at) })
        .where('id', '=', outcomeId)
        .where('confirmed_at', 'is', null)
        .executeTakeFirst();
      return confirmed.numUpdatedRows > 0n;
    },

    record: (event) => appendToOutbox(transaction, [event]),
  };
}

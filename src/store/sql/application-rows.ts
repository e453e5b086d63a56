import { type Selectable, sql } from 'kysely';
import { type Outcome, type ResumeForm, resumeFormSchema } from '../../contract/index.ts';
import type { ApplicationRow, PositionTerms, ResumeFile, ResumeMediaType } from '../../domain/application/store.ts';
import { disclose, enclose } from '../envelope.ts';
import type { Database } from './database.ts';
import type { Schema } from './schema.ts';

// The purposes bind each ciphertext to its row.
const formPurpose = (applicationId: string) => `application form ${applicationId}`;
const namePurpose = (fileId: string) => `résumé file name ${fileId}`;

export const sealForm = (key: Buffer, applicationId: string, form: ResumeForm): Buffer =>
  enclose(key, formPurpose(applicationId), Buffer.from(JSON.stringify(form)));

export const openForm = (key: Buffer, applicationId: string, sealed: Buffer): ResumeForm =>
  resumeFormSchema.parse(JSON.parse(disclose(key, formPurpose(applicationId), sealed).toString('utf8')));

export const sealFileName = (key: Buffer, fileId: string, name: string): Buffer => enclose(key, namePurpose(fileId), Buffer.from(name));

/** Selects what an ApplicationRow is made of, and the encrypted form. */
export function selectApplications(database: Pick<Database, 'selectFrom'>) {
  return database
    .selectFrom('applications as a')
    .innerJoin('fairs', 'fairs.id', 'a.fair_id')
    .innerJoin('companies', 'companies.id', 'a.company_id')
    .innerJoin('positions', 'positions.id', 'a.position_id')
    .selectAll('a')
    .select([
      'fairs.time_zone',
      'companies.name as company_name',
      'positions.title as position_title',
      sql<string>`(select until from consents where application_id = a.id order by given_at desc, id desc limit 1)`.as('consent_until'),
    ]);
}

export type SelectedApplication = Selectable<Schema['applications']> & {
  time_zone: string;
  company_name: string;
  position_title: string;
  consent_until: string;
};

export const applicationRow = (row: SelectedApplication): ApplicationRow => ({
  id: row.id,
  fairId: row.fair_id,
  timeZone: row.time_zone,
  companyId: row.company_id,
  companyName: row.company_name,
  positionId: row.position_id,
  positionTitle: row.position_title,
  accountId: row.account_id,
  sessionId: row.session_id,
  group: row.applicant_group as ApplicationRow['group'],
  status: row.status,
  submittedAt: row.submitted_at.getTime(),
  withdrawnAt: row.withdrawn_at?.getTime() ?? null,
  consentUntil: row.consent_until,
  fileId: row.file_id,
});

export const fileRow = (row: Selectable<Schema['resume_files']>, key: Buffer): ResumeFile => ({
  id: row.id,
  storageKey: row.storage_key,
  name: disclose(key, namePurpose(row.id), row.name_sealed).toString('utf8'),
  mediaType: row.media_type as ResumeMediaType,
  bytes: row.bytes,
});

export const outcomeRow = (row: Selectable<Schema['outcomes']>): Outcome => ({
  id: row.id,
  applicationId: row.application_id,
  kind: row.kind,
  at: row.at.getTime(),
  confirmedAt: row.confirmed_at?.getTime() ?? null,
});

/** Selects the terms of a position; inside a transaction it may be locked as `positions`. */
export function selectTerms(database: Pick<Database, 'selectFrom'>, positionId: string) {
  return database
    .selectFrom('positions')
    .innerJoin('fairs', 'fairs.id', 'positions.fair_id')
    .select(['positions.fair_id', 'positions.company_id', 'positions.status', 'positions.expires_on', 'fairs.time_zone'])
    .where('positions.id', '=', positionId);
}

export const termsRow = (row: {
  fair_id: string;
  company_id: string;
  status: PositionTerms['status'];
  expires_on: string | null;
  time_zone: string;
}): PositionTerms => ({
  fairId: row.fair_id,
  companyId: row.company_id,
  status: row.status,
  expiresOn: row.expires_on,
  timeZone: row.time_zone,
});

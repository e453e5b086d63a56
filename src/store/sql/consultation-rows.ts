import type { Selectable } from 'kysely';
import type { ConsultationRow, MessageRow } from '../../domain/consultation/store.ts';
import { disclose } from '../envelope.ts';
import type { Database } from './database.ts';
import type { Schema } from './schema.ts';

/** Binds the ciphertext of a text to its message. */
export const textPurpose = (messageId: string) => `consultation message ${messageId}`;

/** Selects what a ConsultationRow is made of. */
export function selectConsultations(database: Pick<Database, 'selectFrom'>) {
  return database
    .selectFrom('consultations as c')
    .innerJoin('companies', 'companies.id', 'c.company_id')
    .selectAll('c')
    .select(['companies.name as company_name', 'companies.fair_id']);
}

export type SelectedConsultation = Selectable<Schema['consultations']> & { company_name: string; fair_id: string };

export const consultationRow = (row: SelectedConsultation): ConsultationRow => ({
  id: row.id,
  sessionId: row.session_id,
  fairId: row.fair_id,
  companyId: row.company_id,
  companyName: row.company_name,
  accountId: row.account_id,
  positionId: row.position_id,
  status: row.status,
  askedAt: row.asked_at.getTime(),
  answeredAt: row.answered_at?.getTime() ?? null,
  closedAt: row.closed_at?.getTime() ?? null,
});

/** Decrypts a message under its viewer's key; without the key its text is gone. */
export function messageRow(row: Selectable<Schema['consultation_messages']>, key: Buffer | undefined): MessageRow {
  return {
    id: row.id,
    consultationId: row.consultation_id,
    from: row.sender,
    authorId: row.author_id,
    text: key ? disclose(key, textPurpose(row.id), row.text_sealed).toString('utf8') : '',
    at: row.at.getTime(),
  };
}

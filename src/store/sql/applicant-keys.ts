import type { Sealer } from '../../domain/ports.ts';
import { newKey } from '../envelope.ts';
import type { Database } from './database.ts';

/**
 * One data key an applicant: everything the applicant gives (résumé forms and
 * files, consultation texts) is encrypted under it, so that destroying the row
 * erases all of it. At rest the key is wrapped by the master key.
 */
export interface ApplicantKeys {
  /** The key of an applicant, made on first use. */
  of(accountId: string): Promise<Buffer>;
  /** The keys there are; those of erased applicants are absent. */
  find(accountIds: readonly string[]): Promise<ReadonlyMap<string, Buffer>>;
}

const purposeOf = (accountId: string) => `applicant key ${accountId}`;

/**
 * Keys are read from SQL each time and never kept: a destroyed key is gone on
 * every node at once. Must not be called within a transaction, which would hold
 * one connection of the pool while waiting for another.
 */
export function createApplicantKeys({ database, sealer }: { database: Database; sealer: Sealer }): ApplicantKeys {
  const masterKeyId = sealer.index('master key id', '').subarray(0, 8).toString('hex');
  const unwrap = (accountId: string, wrapped: Buffer) => Buffer.from(sealer.open(purposeOf(accountId), wrapped), 'base64');

  async function find(accountIds: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
    if (accountIds.length === 0) return new Map();
    const rows = await database
      .selectFrom('applicant_keys')
      .select(['account_id', 'wrapped_key'])
      .where('account_id', 'in', [...new Set(accountIds)])
      .execute();
    return new Map(rows.map((row) => [row.account_id, unwrap(row.account_id, row.wrapped_key)]));
  }

  return {
    find,
    async of(accountId) {
      const found = (await find([accountId])).get(accountId);
      if (found) return found;
      await database
        .insertInto('applicant_keys')
        .values({
          account_id: accountId,
          wrapped_key: sealer.seal(purposeOf(accountId), newKey().toString('base64')),
          master_key_id: masterKeyId,
        })
        // Another request may have been first; its key counts.
        .onConflict((conflict) => conflict.column('account_id').doNothing())
        .execute();
      const made = (await find([accountId])).get(accountId);
      if (!made) throw new Error('the key of an applicant vanished while it was made');
      return made;
    },
  };
}

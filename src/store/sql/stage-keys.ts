import type { Selectable } from 'kysely';
import type { StageKeyStore, StoredStageKey } from '../../domain/stage/links/keys-store.ts';
import type { Database } from './database.ts';
import { timeOf, timeOrNull } from './rows.ts';
import type { Schema } from './schema.ts';

const toKey = (row: Selectable<Schema['stage_keys']>): StoredStageKey => ({
  id: row.id,
  sessionId: row.session_id,
  purpose: row.purpose,
  createdBy: row.created_by,
  createdAt: timeOf(row.created_at),
  expiresAt: timeOf(row.expires_at),
  lastUsedAt: timeOrNull(row.last_used_at),
});

export function createStageKeyStore(database: Database): StageKeyStore {
  /** Neither withdrawn nor expired, and made by an account that may still sign in. */
  const valid = (at: number, through: Database = database) =>
    through
      .selectFrom('stage_keys')
      .innerJoin('accounts', 'accounts.id', 'stage_keys.created_by')
      .selectAll('stage_keys')
      .where('accounts.disabled_at', 'is', null)
      .where('stage_keys.withdrawn_at', 'is', null)
      .where('stage_keys.expires_at', '>', new Date(at));

  return {
    insert: (key, most) =>
      database.transaction().execute(async (transaction) => {
        // The session's row stays locked until the end: of two keys made at once the second counts the first.
        await transaction.selectFrom('sessions').select('id').where('id', '=', key.sessionId).forUpdate().executeTakeFirst();
        const known = await valid(key.createdAt, transaction).where('stage_keys.session_id', '=', key.sessionId).execute();
        if (known.length >= most) return false;
        await transaction
          .insertInto('stage_keys')
          .values({
            id: key.id,
            session_id: key.sessionId,
            purpose: key.purpose,
            token_hash: key.tokenHash,
            created_by: key.createdBy,
            created_at: new Date(key.createdAt),
            expires_at: new Date(key.expiresAt),
          })
          .execute();
        return true;
      }),

    async list(sessionId, at) {
      const rows = await valid(at).where('stage_keys.session_id', '=', sessionId).orderBy('stage_keys.created_at').execute();
      return rows.map(toKey);
    },

    async findByToken(tokenHash, at) {
      const row = await valid(at).where('stage_keys.token_hash', '=', tokenHash).executeTakeFirst();
      return row ? toKey(row) : null;
    },

    async validAmong(keyIds, at) {
      const rows = await valid(at).where('stage_keys.id', 'in', keyIds).execute();
      return rows.map(({ id }) => id);
    },

    async used(keyId, at) {
      await database
        .updateTable('stage_keys')
        .set({ last_used_at: new Date(at) })
        .where('id', '=', keyId)
        .execute();
    },

    async withdraw(sessionId, keyId, at) {
      const { numUpdatedRows } = await database
        .updateTable('stage_keys')
        .set({ withdrawn_at: new Date(at) })
        .where('id', '=', keyId)
        .where('session_id', '=', sessionId)
        .where('withdrawn_at', 'is', null)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
  };
}

import type { SignInStore } from '../../domain/account/store.ts';
import type { Database } from './database.ts';
import { timeOf } from './rows.ts';

/** Sign-ins: only hashes of refresh tokens are kept. */
export function createSignInStore(database: Database): SignInStore {
  return {
    async insert({ id, accountId, refreshHash, at, expiresAt }) {
      await database
        .insertInto('sign_ins')
        .values({
          id,
          account_id: accountId,
          refresh_hash: refreshHash,
          renewed_at: new Date(at),
          expires_at: new Date(expiresAt),
        })
        .execute();
    },

    async find(signInId) {
      const row = await database.selectFrom('sign_ins').selectAll().where('id', '=', signInId).executeTakeFirst();
      if (!row) return null;
      return {
        id: row.id,
        accountId: row.account_id,
        refreshHash: row.refresh_hash,
        previousHash: row.previous_hash,
        renewedAt: timeOf(row.renewed_at),
        expiresAt: timeOf(row.expires_at),
        ended: row.ended_at !== null,
      };
    },

    async rotate(signInId, from, to, at, expiresAt) {
      const result = await database
        .updateTable('sign_ins')
        .set({ refresh_hash: to, previous_hash: from, renewed_at: new Date(at), expires_at: new Date(expiresAt) })
        .where('id', '=', signInId)
        .where('refresh_hash', '=', from)
        .where('ended_at', 'is', null)
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },

    async end(signInId, at) {
      await database
        .updateTable('sign_ins')
        .set({ ended_at: new Date(at) })
        .where('id', '=', signInId)
        .where('ended_at', 'is', null)
        .execute();
    },

    async endedAmong(signInIds, now) {
      if (signInIds.length === 0) return [];
      const open = await database
        .selectFrom('sign_ins')
        .select('id')
        .where('id', 'in', signInIds)
        .where('ended_at', 'is', null)
        .where('expires_at', '>', new Date(now))
        .execute();
      const stillOpen = new Set(open.map((row) => row.id));
      return signInIds.filter((id) => !stillOpen.has(id));
    },
  };
}

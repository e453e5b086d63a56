import { sql } from 'kysely';
import type { AccountStore, NewStaff, StoredAccount } from '../../domain/account/store.ts';
import type { Sealer } from '../../domain/ports.ts';
import type { Database, Transacting } from './database.ts';
import { isUniqueViolation } from './rows.ts';

interface AccountRow {
  id: string;
  kind: 'viewer' | 'staff';
  login: string | null;
  name_sealed: Buffer;
  disabled_at: Date | null;
}

const columns = ['id', 'kind', 'login', 'name_sealed', 'disabled_at'] as const;
const namePurpose = (accountId: string) => `account name ${accountId}`;
const phonePurpose = (accountId: string) => `account phone ${accountId}`;

/** Inserts a staff account with its grant. @throws a unique violation when the login is taken */
export async function insertStaff(
  transaction: Transacting,
  sealer: Sealer,
  { id, login, passwordHash, name, grant }: NewStaff,
): Promise<void> {
  await transaction
    .insertInto('accounts')
    .values({ id, kind: 'staff', login, password_hash: passwordHash, name_sealed: sealer.seal(namePurpose(id), name) })
    .execute();
  await transaction
    .insertInto('grants')
    .values({
      id: grant.id,
      account_id: id,
      role: grant.role,
      fair_id: grant.fairId,
      company_id: grant.companyId,
      session_id: grant.sessionId,
    })
    .execute();
}

/** Accounts and their grants. Names and phones are sealed; a phone is found by its keyed hash. */
export function createAccountStore(database: Database, sealer: Sealer): AccountStore {
  async function withGrants(rows: readonly AccountRow[]): Promise<StoredAccount[]> {
    if (rows.length === 0) return [];
    const grants = await database
      .selectFrom('grants')
      .select(['account_id', 'role', 'fair_id', 'company_id', 'session_id'])
      .where(
        'account_id',
        'in',
        rows.map((row) => row.id),
      )
      .orderBy('id')
      .execute();
    return rows.map((row) => ({
      id: row.id,
      kind: row.kind,
      name: sealer.open(namePurpose(row.id), row.name_sealed),
      login: row.login,
      disabled: row.disabled_at !== null,
      grants: grants
        .filter((grant) => grant.account_id === row.id)
        .map((grant) => ({ role: grant.role, fairId: grant.fair_id, companyId: grant.company_id, sessionId: grant.session_id })),
    }));
  }

  const byId = (accountId: string) => database.selectFrom('accounts').select(columns).where('id', '=', accountId).executeTakeFirst();

  const store: AccountStore = {
    async find(accountId) {
      const row = await byId(accountId);
      return row ? ((await withGrants([row]))[0] ?? null) : null;
    },

    async findByLogin(login) {
      const row = await database
        .selectFrom('accounts')
        .select([...columns, 'password_hash'])
        .where('login', '=', login)
        .where('kind', '=', 'staff')
        .executeTakeFirst();
      const [account] = row ? await withGrants([row]) : [];
      return account && row?.password_hash ? { account, passwordHash: row.password_hash } : null;
    },

    async namesOf(accountIds) {
      if (accountIds.length === 0) return new Map();
      const rows = await database
        .selectFrom('accounts')
        .select(['id', 'name_sealed'])
        .where('id', 'in', [...new Set(accountIds)])
        .execute();
      return new Map(rows.map((row) => [row.id, sealer.open(namePurpose(row.id), row.name_sealed)]));
    },

    async hasStaff() {
      return (await database.selectFrom('accounts').select('id').where('kind', '=', 'staff').limit(1).executeTakeFirst()) !== undefined;
    },

    async insertStaff(staff) {
      try {
        await database.transaction().execute((transaction) => insertStaff(transaction, sealer, staff));
        return true;
      } catch (error) {
        if (isUniqueViolation(error)) return false;
        throw error;
      }
    },

    async findOrCreateViewer({ id, phone, name }) {
      const index = sealer.index('account.phone', phone);
      await database
        .insertInto('accounts')
        .values({
          id,
          kind: 'viewer',
          name_sealed: sealer.seal(namePurpose(id), name ?? ''),
          phone_sealed: sealer.seal(phonePurpose(id), phone),
          phone_index: index,
        })
        .onConflict((conflict) => conflict.column('phone_index').doNothing())
        .execute();
      const row = await database.selectFrom('accounts').select('id').where('phone_index', '=', index).executeTakeFirstOrThrow();
      if (name !== undefined && row.id !== id) {
        await database
          .updateTable('accounts')
          .set({ name_sealed: sealer.seal(namePurpose(row.id), name) })
          .where('id', '=', row.id)
          .execute();
      }
      const account = await store.find(row.id);
      if (!account) throw new Error('the account of a phone is gone');
      return account;
    },

    async linkDevice(deviceId, accountId, at) {
      await database
        .insertInto('devices')
        .values({ id: deviceId, account_id: accountId, linked_at: new Date(at) })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ account_id: accountId, linked_at: new Date(at) }))
        .execute();
    },

    async listStaff(fairIds, { limit, after }) {
      if (fairIds?.length === 0) return [];
      const rows = await database
        .selectFrom('accounts')
        .select(columns)
        .where('kind', '=', 'staff')
        .$if(after !== null, (query) => query.where('id', '>', after))
        .$if(fairIds !== null, (query) =>
          query.where((where) =>
            where.exists(
              where
                .selectFrom('grants')
                .select(sql`1`.as('one'))
                .whereRef('grants.account_id', '=', 'accounts.id')
                .where('grants.fair_id', 'in', fairIds),
            ),
          ),
        )
        .orderBy('id')
        .limit(limit + 1)
        .execute();
      return withGrants(rows);
    },

    async revoke(accountId, at) {
      return database.transaction().execute(async (transaction) => {
        await transaction
          .updateTable('accounts')
          .set({ disabled_at: new Date(at) })
          .where('id', '=', accountId)
          .where('disabled_at', 'is', null)
          .execute();
        await transaction.deleteFrom('grants').where('account_id', '=', accountId).execute();
        const ended = await transaction
          .updateTable('sign_ins')
          .set({ ended_at: new Date(at) })
          .where('account_id', '=', accountId)
          .where('ended_at', 'is', null)
          .returning('id')
          .execute();
        return ended.map((row) => row.id);
      });
    },
  };
  return store;
}

import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import { Migrator } from 'kysely/migration';
import pg from 'pg';
import * as first from './migrations/0001-first.ts';
import * as stageKeys from './migrations/0002-stage-keys.ts';
import type { Schema } from './schema.ts';

export type Database = Kysely<Schema>;
export type Transacting = Transaction<Schema>;

// Calendar dates stay text: a JavaScript Date would move them across time zones.
const parsers = new pg.TypeOverrides();
parsers.setTypeParser(pg.types.builtins.DATE, (text) => text);

/** A pool of at most `connections` connections. `statementTimeoutMs` bounds every statement. */
export function openDatabase(url: string, connections: number, onPoolError: (error: Error) => void, statementTimeoutMs = 15_000): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    types: parsers,
    statement_timeout: statementTimeoutMs,
    connectionTimeoutMillis: 10_000,
    application_name: 'gangbo',
  });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', onPoolError);
  // The same for one that breaks between two statements of whoever has borrowed it, who is told by the next.
  pool.on('connect', (client) => client.on('error', onPoolError));
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
}

const migrations = { '0001-first': first, '0002-stage-keys': stageKeys };

/** Brings the schema up to date. Kysely holds an advisory lock, so nodes may start at once. */
export async function migrate(database: Database): Promise<string[]> {
  const migrator = new Migrator({ db: database, provider: { getMigrations: async () => migrations } });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error) throw error;
  return results.map((result) => result.migrationName);
}

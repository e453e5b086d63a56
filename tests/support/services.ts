import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import { startEmbeddedRedis } from '../../src/store/embedded/index.ts';
import { type Database, openDatabase } from '../../src/store/sql/database.ts';
import { quietLog } from './quiet-log.ts';

export interface TestDatabase {
  /** For a second connection, or another process. */
  url: string;
  database: Database;
  /** Ends the connections and drops the database. */
  close(): Promise<void>;
}

/** A fresh, migrated database of its own: a copy of the one that was migrated when the run began. Takes about 50 ms. */
export async function openTestDatabase(connections = 5): Promise<TestDatabase> {
  const { url: template, template: templateName } = inject('postgres');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const admin = new URL(template);
  admin.pathname = '/postgres';
  await execute(admin.href, `create database ${name} template ${templateName}`);
  const own = new URL(template);
  own.pathname = `/${name}`;
  const database = openDatabase(own.href, connections, () => undefined);
  return {
    url: own.href,
    database,
    close: async () => {
      await database.destroy();
      await execute(admin.href, `drop database ${name} with (force)`);
    },
  };
}

export interface TestRedis {
  /** A socket path; `new Redis(url)` of ioredis takes it. */
  url: string;
  /** For tests that kill it. */
  pid: number;
  close(): Promise<void>;
}

/** A fresh Redis of its own, in about 50 ms, so that neither keys nor channels are shared between tests. */
export async function openTestRedis(): Promise<TestRedis> {
  const folder = temporaryFolder();
  const redis = await startEmbeddedRedis({ folder, log: quietLog, onExit: () => undefined });
  const close = async () => {
    process.off('exit', kill);
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  // A test worker that ends without closing must not leave it behind.
  const kill = () => {
    try {
      process.kill(redis.pid, 'SIGKILL');
    } catch {
      // It is gone already.
    }
    rmSync(folder, { recursive: true, force: true });
  };
  process.on('exit', kill);
  return { url: redis.url, pid: redis.pid, close };
}

/** A new folder that embedded databases can be started in; the caller removes it. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gangbo-test-'));
  chmodSync(folder, 0o711);
  return folder;
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

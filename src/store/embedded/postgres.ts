import { execFile } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import type { Log } from '../../domain/ports.ts';
import { startChild, stopStale, untilReady } from './child.ts';
import { isRoot, socketFolder } from './folder.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import type { EmbeddedOptions } from './redis.ts';

export interface EmbeddedPostgres {
  /** A `postgresql://` URL over the private unix socket. */
  url: string;
  pid: number;
  stop(): Promise<void>;
}

const run = promisify(execFile);
const USER = 'gangbo';
const DATABASE = 'gangbo';
/** Names the socket `.s.PGSQL.5432`; nothing listens on TCP. */
const PORT = 5432;
/** Crash recovery after a kill replays the log written since the last checkpoint. */
const READY_TIMEOUT_MS = 120_000;

const settings = {
  listen_addresses: '',
  port: String(PORT),
  unix_socket_permissions: '0700',
  max_connections: '120',
  shared_buffers: '64MB',
  fsync: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
  logging_collector: 'off',
};

/**
 * A real PostgreSQL on a unix socket in a private folder, as a child process. As
 * root it runs as the system's postgres user, which is made when it is missing:
 * PostgreSQL refuses to run as root. Whoever can open the folder may connect.
 * @throws when it cannot be initialized or does not start
 */
export async function startEmbeddedPostgres({ folder, log, onExit }: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const identity = isRoot() ? await postgresIdentity() : undefined;
  const own = join(folder, 'postgres');
  mkdirSync(own, { recursive: true, mode: 0o700 });
  if (identity) chownSync(own, identity.uid, identity.gid);
  const cluster = join(own, 'cluster');
  const binaries = await postgresBinaries(folder);
  await stopStale(join(cluster, 'postmaster.pid'), 'postgres', cluster, 'SIGINT', log);
  if (!existsSync(join(cluster, 'PG_VERSION'))) await initialize(binaries.initdb, cluster, identity, log);

  const sockets = socketFolder(own, `.s.PGSQL.${PORT}.lock`);
  if (identity && sockets.path !== own) chownSync(sockets.path, identity.uid, identity.gid);
  const child = await startChild({
    name: 'postgres',
    command: binaries.postgres,
    args: [
      '-D',
      cluster,
      ...Object.entries({ ...settings, unix_socket_directories: sockets.path }).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    identity,
    log,
    // "Fast": ends connections and writes a checkpoint. SIGTERM would wait for the clients.
    stopSignal: 'SIGINT',
    onExit,
  });
  const stop = async () => {
    await child.stop();
    sockets.remove();
  };
  const urlOf = (database: string) => `postgresql://${USER}@localhost:${PORT}/${database}?host=${encodeURIComponent(sockets.path)}`;
  try {
    await untilReady(child, 'postgres', () => ensureDatabase(urlOf('postgres')), READY_TIMEOUT_MS);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: urlOf(DATABASE), pid: child.pid, stop };
}

/** initdb into a folder beside the final one, so that one cut short leaves nothing half made. */
async function initialize(initdb: string, cluster: string, identity: { uid: number; gid: number } | undefined, log: Log): Promise<void> {
  const began = Date.now();
  const fresh = `${cluster}.new`;
  rmSync(fresh, { recursive: true, force: true });
  const args = [
    '-D',
    fresh,
    '-U',
    USER,
    '-E',
    'UTF8',
    '--auth=trust',
    '--locale-provider=builtin',
    '--locale=C.UTF-8',
    '--no-instructions',
  ];
  // The builtin provider needs a plain locale for the rest; C exists everywhere.
  await run(initdb, [...args, '--lc-collate=C', '--lc-ctype=C', '--lc-messages=C'], {
    ...identity,
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' },
  });
  renameSync(fresh, cluster);
  log.info({ ms: Date.now() - began }, 'initialized the embedded PostgreSQL');
}

/** Whether the server answers; makes our database on the way if it is not there yet. */
async function ensureDatabase(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const found = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (found.rowCount === 0) await client.query(`create database ${DATABASE}`);
    return true;
  } catch (error) {
    // ENOENT and ECONNREFUSED: not listening yet; 57P03: still starting.
    if (['ENOENT', 'ECONNREFUSED', 'ECONNRESET', '57P03'].includes((error as { code?: string }).code ?? '')) return false;
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The ids of the user `postgres`, who is added to the system when missing. */
async function postgresIdentity(): Promise<{ uid: number; gid: number }> {
  const idOf = async (flag: '-u' | '-g') => Number.parseInt((await run('id', [flag, 'postgres'])).stdout, 10);
  try {
    return { uid: await idOf('-u'), gid: await idOf('-g') };
  } catch {
    await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres']);
    return { uid: await idOf('-u'), gid: await idOf('-g') };
  }
}

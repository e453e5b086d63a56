import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockDataFolder, makeDataFolder, startEmbeddedPostgres, startEmbeddedRedis } from '../../src/store/embedded/index.ts';
import { quietLog } from '../support/quiet-log.ts';
import { openTestDatabase, openTestRedis, temporaryFolder } from '../support/services.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const options = (onExit: (reason: string) => void = () => undefined) => ({ folder, log: quietLog, onExit });

async function ask(url: string, query: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(query)).rows[0];
  } finally {
    await client.end();
  }
}

describe('embedded Redis', () => {
  test('keeps what it was told over a kill, listens on no port, and is appendonly', async () => {
    const first = await startEmbeddedRedis(options());
    const client = new Redis(first.url, { lazyConnect: true });
    await client.connect();
    await client.set('place', '7');
    expect(await client.config('GET', 'appendonly')).toEqual(['appendonly', 'yes']);
    expect(await client.config('GET', 'port')).toEqual(['port', '0']);
    client.disconnect();
    const gone = new Promise<string>((resolve) => {
      process.kill(first.pid, 'SIGKILL');
      void first.stop().then(() => resolve('stopped'));
    });
    expect(await gone).toBe('stopped');
    const second = await startEmbeddedRedis(options());
    const again = new Redis(second.url);
    expect(await again.get('place')).toBe('7');
    again.disconnect();
    await second.stop();
    expect(existsSync(second.url)).toBe(false);
  });

  test('tells when it ends without having been asked to', async () => {
    let tell: (reason: string) => void = () => undefined;
    const told = new Promise<string>((resolve) => {
      tell = resolve;
    });
    const redis = await startEmbeddedRedis(options(tell));
    process.kill(redis.pid, 'SIGKILL');
    expect(await told).toContain('SIGKILL');
  });

  test('a pid file that names another Redis leaves that one alone', async () => {
    const other = await openTestRedis();
    mkdirSync(join(folder, 'redis'));
    writeFileSync(join(folder, 'redis/redis.pid'), `${other.pid}\n`);
    const redis = await startEmbeddedRedis(options());
    process.kill(other.pid, 0);
    await redis.stop();
    await other.close();
  });

  test('a socket path that is too long for the system moves to a short folder', async () => {
    const deep = join(folder, 'x'.repeat(100));
    const redis = await startEmbeddedRedis({ ...options(), folder: deep });
    expect(redis.url.length).toBeLessThan(104);
    await redis.stop();
  });
});

describe('embedded PostgreSQL', () => {
  test('keeps what was committed over a kill of the whole program, whose children the next start stops', async () => {
    const script = `
      import { startEmbeddedPostgres, startEmbeddedRedis } from './src/store/embedded/index.ts';
      import { quietLog } from './tests/support/quiet-log.ts';
      const options = { folder: process.env.FOLDER, log: quietLog, onExit() {} };
      const redis = await startEmbeddedRedis(options);
      const postgres = await startEmbeddedPostgres(options);
      console.log(JSON.stringify({ url: postgres.url, redis: redis.pid, postgres: postgres.pid }));
      setInterval(() => {}, 1000);`;
    const program = spawn(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, FOLDER: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(program.stdout, 'data');
    const started = JSON.parse(String(line)) as { url: string; redis: number; postgres: number };
    await ask(started.url, 'create table kept as select 5 as n');
    program.kill('SIGKILL');
    await once(program, 'exit');

    const redis = await startEmbeddedRedis(options());
    const postgres = await startEmbeddedPostgres(options());
    expect(redis.pid).not.toBe(started.redis);
    expect(postgres.pid).not.toBe(started.postgres);
    expect(() => process.kill(started.postgres, 0)).toThrow('ESRCH');
    expect(await ask(postgres.url, 'select n from kept')).toEqual({ n: 5 });
    expect(await ask(postgres.url, "select current_setting('fsync') as fsync, current_setting('listen_addresses') as tcp")).toEqual({
      fsync: 'on',
      tcp: '',
    });
    await Promise.all([redis.stop(), postgres.stop()]);
  });
});

describe('the data folder', () => {
  test('is made with the folders above it', () => {
    const deep = join(folder, 'a', 'b', 'c');
    makeDataFolder(deep);
    expect(statSync(deep).isDirectory()).toBe(true);
  });

  test('is refused by its setting where none can be made', () => {
    expect(() => makeDataFolder('/proc/gangbo/data')).toThrow(/GANGBO_DATA/);
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(() => makeDataFolder(join(file, 'data'))).toThrow(/GANGBO_DATA/);
  });
});

describe('lock of the data folder', () => {
  test('a second program is refused and told which process holds it; a killed one does not hold it', async () => {
    const script = `
      import { lockDataFolder } from './src/store/embedded/index.ts';
      lockDataFolder(process.env.FOLDER);
      console.log('locked');
      setInterval(() => {}, 1000);`;
    const program = spawn(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, FOLDER: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(program.stdout, 'data');
    expect(() => lockDataFolder(folder)).toThrow(`pid ${program.pid}`);
    program.kill('SIGKILL');
    await once(program, 'exit');
    const lock = lockDataFolder(folder);
    expect(() => lockDataFolder(folder)).toThrow('in use');
    lock.release();
    expect(existsSync(join(folder, 'lock'))).toBe(false);
  });

  test('a lock whose process id belongs to another program now is stale', () => {
    writeFileSync(join(folder, 'lock'), `${process.ppid} 1\n`);
    lockDataFolder(folder).release();
  });

  test('of many programs that find the same stale lock, one gets it', async () => {
    writeFileSync(join(folder, 'lock'), '999999 1\n');
    const script = `
      import { lockDataFolder } from './src/store/embedded/index.ts';
      try { lockDataFolder(process.env.FOLDER); console.log('locked'); setTimeout(() => {}, 3000); } catch { console.log('refused'); }`;
    const programs = Array.from({ length: 6 }, () => {
      const program = spawn(process.execPath, ['--input-type=module', '-e', script], {
        env: { ...process.env, FOLDER: folder },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      return { program, answer: once(program.stdout, 'data').then(([data]) => String(data).trim()) };
    });
    const answers = await Promise.all(programs.map(({ answer }) => answer));
    expect(answers.filter((answer) => answer === 'locked')).toHaveLength(1);
    for (const { program } of programs) program.kill('SIGKILL');
  });
});

describe('test services', () => {
  test('each test database is migrated, and its own', async () => {
    const [one, two] = await Promise.all([openTestDatabase(), openTestDatabase()]);
    await one.database.insertInto('devices').values({ id: '0190a000-0000-7000-8000-000000000001', account_id: null }).execute();
    expect(await two.database.selectFrom('devices').selectAll().execute()).toEqual([]);
    await Promise.all([one.close(), two.close()]);
  });

  test('each test Redis is its own', async () => {
    const redis = await openTestRedis();
    const client = new Redis(redis.url);
    expect(await client.dbsize()).toBe(0);
    client.disconnect();
    await redis.close();
    expect(() => execFileSync('kill', ['-0', String(redis.pid)], { stdio: 'ignore' })).toThrow();
  });
});

import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { openRoomSocket, type RoomSocket } from '../../src/client/socket.ts';
import { type Access, createAccess, newOnceId } from '../../src/demo/account.ts';
import { isAlive } from '../../src/store/embedded/child.ts';
import { openDatabase } from '../../src/store/sql/database.ts';
import { createSessionStore } from '../../src/store/sql/sessions.ts';
import { organizerLogin, organizerSettings, recruiterLogin, setUpFair, type TestFair } from '../support/fair.ts';
import { inDays } from '../support/people.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { temporaryFolder } from '../support/services.ts';
import { until } from '../support/until.ts';

const settings = { ...organizerSettings, GANGBO_REQUESTS_PER_MINUTE: '1000000', GANGBO_VISIT_GRACE_SECONDS: '1' };
const servers: RunningServer[] = [];
const sockets: RoomSocket[] = [];
const folders: string[] = [];

async function start(env: Record<string, string> = {}): Promise<RunningServer> {
  const server = await startServer({ ...settings, ...env });
  servers.push(server);
  return server;
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close();
  for (const server of servers.splice(0)) await server.stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = temporaryFolder();
  folders.push(folder);
  return folder;
}

async function signInStaff(origin: string, login: { login: string; password: string }): Promise<Access> {
  const access = createAccess(origin, 'staff');
  access.setToken((await access.api.call('signIn', { body: login })).token);
  return access;
}

async function signInViewer(origin: string, sessionId: string, phone: string): Promise<Access> {
  const access = createAccess(origin, 'viewer');
  await access.api.call('enterRoom', { params: { sessionId }, body: {} });
  const { developmentCode = '' } = await access.api.call('requestCode', { body: { phone } });
  access.setToken((await access.api.call('verifyCode', { body: { phone, code: developmentCode } })).token);
  return access;
}

function connect(origin: string, access: Access): RoomSocket {
  const socket = openRoomSocket({ origin, token: access.token, timeoutMs: 5_000 });
  sockets.push(socket);
  return socket;
}

const application = (fair: TestFair, position: 0 | 1, phone: string) => ({
  positionId: fair.positions[position].id,
  sessionId: fair.session.id,
  onceId: newOnceId(),
  form: { name: '张三', phone },
  consent: { accepted: true as const, until: inDays(90) },
});

/** The process ids of the embedded databases. */
const childrenOf = (folder: string) =>
  ['redis/redis.pid', 'postgres/cluster/postmaster.pid'].map((file) => Number.parseInt(readFileSync(join(folder, file), 'utf8'), 10));

async function kill(server: RunningServer): Promise<void> {
  const gone = once(server.process, 'exit');
  server.process.kill('SIGKILL');
  await gone;
}

/** The report once everything recorded has been counted and is in the ledger. */
async function settled(origin: string, sessionId: string) {
  const organizer = await signInStaff(origin, organizerLogin);
  const recruiter = await signInStaff(origin, recruiterLogin);
  const listed = await recruiter.api.call('listApplications', { query: { sessionId, limit: 200 } });
  const read = () => organizer.api.call('getSessionReport', { params: { sessionId } });
  await until(async () => {
    const { ledger, funnel } = await read();
    return ledger.pending === 0 && funnel.applications === listed.items.length;
  }, 15_000);
  return read();
}

describe('a program that is killed', () => {
  test('R4 A1 C1 V1: everything acknowledged is there once after the restart, and the books agree', async () => {
    const GANGBO_DATA = newFolder();
    const first = await start({ GANGBO_DATA });
    const fair = await setUpFair(first.origin);
    const sessionId = fair.session.id;
    await fair.recruiter.api.call('startSession', { params: { sessionId } });
    const phones = Array.from({ length: 6 }, (_, turn) => `1390000${String(turn).padStart(4, '0')}`);
    const viewers = await Promise.all(phones.map((phone) => signInViewer(first.origin, sessionId, phone)));
    const acknowledged = { applications: 0, consultations: 0, chat: [] as string[] };
    let killed: Promise<void> | undefined;
    const tell = () => {
      // In the middle of it all: half of what follows is on its way.
      if (acknowledged.applications + acknowledged.consultations + acknowledged.chat.length === 12) killed = kill(first);
    };
    const give = (work: Promise<void>) => work.then(tell, () => undefined);
    await Promise.all(
      viewers.map(async (access, turn) => {
        const phone = phones[turn] ?? '';
        const socket = connect(first.origin, access);
        await socket.request('room.join', { sessionId });
        const companyId = fair.company.id;
        const say = async (text: string) => {
          await socket.request('chat.send', { sessionId, id: newOnceId(), text });
          acknowledged.chat.push(text);
        };
        const apply = async (position: 0 | 1) => {
          await access.api.call('submitApplication', { body: application(fair, position, phone) });
          acknowledged.applications++;
        };
        const ask = async () => {
          await socket.request('consultation.ask', { sessionId, companyId, onceId: newOnceId(), text: '包住吗？' });
          acknowledged.consultations++;
        };
        await Promise.all([give(say(`${turn} 一`)), give(apply(0)), give(ask())]);
        if (!killed) await Promise.all([give(say(`${turn} 二`)), give(apply(1))]);
      }),
    );
    await killed;
    for (const socket of sockets.splice(0)) socket.close();
    expect(killed, 'the kill came in the middle').toBeDefined();

    const second = await start({ GANGBO_DATA });
    const report = await settled(second.origin, sessionId);
    expect(report.agrees).toBe(true);
    expect(report.funnel.applications).toBeGreaterThanOrEqual(acknowledged.applications);
    expect(report.funnel.consultations).toBeGreaterThanOrEqual(acknowledged.consultations);
    const recruiter = await signInStaff(second.origin, recruiterLogin);
    const watching = connect(second.origin, recruiter);
    const { session, feed } = await watching.request('room.join', { sessionId });
    expect(session.status).toBe('live');
    const said = feed.entries.flatMap((entry) => (entry.type === 'chat' ? [entry.text] : []));
    expect(new Set(said).size).toBe(said.length);
    expect(said).toEqual(expect.arrayContaining(acknowledged.chat));
    // V1: the visits of the dead node end after its silence and the grace.
    await until(async () => (await settled(second.origin, sessionId)).funnel.concurrentViewers === 0, 20_000);
    const children = childrenOf(GANGBO_DATA);
    watching.close();
    expect(await second.stop()).toBe(0);
    for (const pid of children) expect(isAlive(pid)).toBe(false);
  }, 90_000);

  test.each([
    ['Redis', 0],
    ['PostgreSQL', 1],
  ] as const)(
    'whose %s dies says so and ends in order; what was acknowledged is there after the restart',
    async (_name, index) => {
      const GANGBO_DATA = newFolder();
      const first = await start({ GANGBO_DATA });
      const fair = await setUpFair(first.origin);
      const sessionId = fair.session.id;
      await fair.recruiter.api.call('startSession', { params: { sessionId } });
      const access = await signInViewer(first.origin, sessionId, '13900009999');
      await access.api.call('submitApplication', { body: application(fair, 0, '13900009999') });
      const children = childrenOf(GANGBO_DATA);
      const gone = once(first.process, 'exit');
      process.kill(children[index] ?? 0, 'SIGKILL');
      expect(await gone).toEqual([1, null]);
      expect(first.output()).toContain('ended with SIGKILL');
      for (const pid of children) expect(isAlive(pid)).toBe(false);
      const second = await start({ GANGBO_DATA });
      const report = await settled(second.origin, sessionId);
      expect(report).toMatchObject({ agrees: true, funnel: { applications: 1 } });
    },
    60_000,
  );
});

describe('a program that is asked to stop', () => {
  test('answers every event and request it took, and ends with status 0', async () => {
    const GANGBO_DATA = newFolder();
    const server = await start({ GANGBO_DATA, GANGBO_EVENTS_PER_SECOND: '1000' });
    const fair = await setUpFair(server.origin);
    const sessionId = fair.session.id;
    await fair.recruiter.api.call('startSession', { params: { sessionId } });
    const socket = connect(server.origin, fair.recruiter);
    await socket.request('room.join', { sessionId });
    const texts = Array.from({ length: 200 }, (_, turn) => `第 ${turn} 句`);
    const acknowledged: string[] = [];
    const refused: string[] = [];
    const sending = texts.map((text) =>
      socket.request('chat.send', { sessionId, id: newOnceId(), text }).then(
        () => {
          acknowledged.push(text);
          // The first answer: the others are on their way.
          if (acknowledged.length === 1) server.process.kill('SIGTERM');
        },
        (error: Error) => void refused.push(`${error.message} ${error.cause}`),
      ),
    );
    const gone = once(server.process, 'exit');
    await Promise.all(sending);
    expect(await gone).toEqual([0, null]);
    expect(acknowledged.length + refused.length).toBe(texts.length);
    socket.close();
    const again = await start({ GANGBO_DATA });
    const recruiter = await signInStaff(again.origin, recruiterLogin);
    const watching = connect(again.origin, recruiter);
    await watching.request('room.join', { sessionId });
    const { entries } = await watching.request('room.catchUp', { sessionId, lastSeq: 0 });
    const said = entries.flatMap((entry) => (entry.type === 'chat' ? [entry.text] : []));
    // What was said and what was acknowledged are the same: nothing was done without an answer.
    expect(said.toSorted()).toEqual(acknowledged.toSorted());
  }, 60_000);

  test('the end of a session is announced and its visits end even if whoever committed it died at once', async () => {
    const server = await start();
    const fair = await setUpFair(server.origin);
    const sessionId = fair.session.id;
    await fair.recruiter.api.call('startSession', { params: { sessionId } });
    const viewer = await signInViewer(server.origin, sessionId, '13900008888');
    const socket = connect(server.origin, viewer);
    const heard: string[] = [];
    socket.raw.on('room.frame', ({ entries }) => {
      for (const entry of entries) if (entry.type === 'session') heard.push(entry.status);
    });
    await socket.request('room.join', { sessionId });
    // The commit of another node, which then is no more.
    const database = openDatabase(server.databaseUrl, 1, () => undefined);
    await createSessionStore(database).advance(sessionId, 'live', 'ended', Date.now());
    await database.destroy();
    await until(() => heard.includes('ended'));
    const organizer = await signInStaff(server.origin, organizerLogin);
    await until(async () => {
      const { funnel, ledger, agrees } = await organizer.api.call('getSessionReport', { params: { sessionId } });
      return funnel.concurrentViewers === 0 && ledger.pending === 0 && agrees;
    });
    expect(heard).toEqual(['ended']);
  }, 60_000);
});

describe('a program that cannot start', () => {
  const failing = (env: Record<string, string>) =>
    startServer({ ...settings, ...env }).then(
      () => '',
      (error: Error) => error.message,
    );

  test('names the setting whose database is out of reach, without the password, and ends', async () => {
    const GANGBO_DATA = newFolder();
    const [redis, postgres] = await Promise.all([
      failing({ GANGBO_DATA, REDIS_URL: 'redis://:s3cret-word@127.0.0.1:1', DATABASE_URL: 'postgresql://g:s3cret-word@127.0.0.1:1/g' }),
      failing({ GANGBO_DATA: newFolder(), DATABASE_URL: 'postgresql://g:s3cret-word@127.0.0.1:1/g' }),
    ]);
    expect(redis).toContain('could not start: Redis at 127.0.0.1:1 cannot be used (REDIS_URL)');
    expect(postgres).toContain('could not start: PostgreSQL at 127.0.0.1:1/g cannot be used (DATABASE_URL)');
    expect(redis + postgres).not.toContain('s3cret');
  }, 60_000);

  test('names the settings of a port that is taken, and the other user of a data folder, who goes on', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const GANGBO_DATA = newFolder();
    expect(await failing({ GANGBO_DATA, GANGBO_PORT: port })).toContain('GANGBO_PORT');
    taken.close();
    const running = await start({ GANGBO_DATA });
    expect(await failing({ GANGBO_DATA })).toContain(`in use by another gangbo (pid ${running.process.pid})`);
    expect((await fetch(`${running.origin}/readyz`)).status).toBe(200);
  }, 60_000);
});

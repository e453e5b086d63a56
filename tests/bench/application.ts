import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { createAccess, newOnceId } from '../../src/demo/account.ts';
import { organizerSettings, setUpFair } from '../support/fair.ts';
import { startServer } from '../support/server.ts';
import { type Benchmark, measurement, median, percentile } from './measurement.ts';

const APPLICANTS = 60;

/** A row of an application's size, written by a plain insert. */
async function plainInserts(url: string, count: number): Promise<number[]> {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  const database = new Kysely<Record<string, never>>({ dialect: new PostgresDialect({ pool }) });
  await sql`create table bench_rows (id bigint generated always as identity primary key, body bytea not null)`.execute(database);
  const body = Buffer.alloc(1_000, 1);
  const times: number[] = [];
  for (let row = 0; row < count; row++) {
    const start = performance.now();
    await sql`insert into bench_rows (body) values (${body})`.execute(database);
    times.push(performance.now() - start);
  }
  await sql`drop table bench_rows`.execute(database);
  await database.destroy();
  return times;
}

export const application: Benchmark = {
  name: 'application',
  summary: 'an application with its consent, submitted over HTTP → acknowledged, everything durable, one after another',
  baseline: 'one plain insert of a row of that size into the same PostgreSQL, one after another',
  async run(progress) {
    const server = await startServer({ ...organizerSettings, GANGBO_REQUESTS_PER_MINUTE: '1000000' });
    try {
      const { session, positions, recruiter } = await setUpFair(server.origin);
      await recruiter.api.call('startSession', { params: { sessionId: session.id } });
      const times: number[] = [];
      // One account applies to many positions: signing in is not what is measured.
      const access = createAccess(server.origin, 'viewer');
      const phone = '19900001234';
      await access.api.call('enterRoom', { params: { sessionId: session.id }, body: {} });
      const { developmentCode = '' } = await access.api.call('requestCode', { body: { phone } });
      access.setToken((await access.api.call('verifyCode', { body: { phone, code: developmentCode } })).token);
      progress(`${APPLICANTS} applications`);
      const { training, payMin, payMax, payPeriod, benefits, groups, expiresOn, kind, headcount, duties, conditions, place } = positions[0];
      for (let turn = 0; turn < APPLICANTS; turn++) {
        const input = { training, payMin, payMax, payPeriod, benefits, groups, expiresOn, kind, headcount, duties, conditions, place };
        const drafted = await recruiter.api.call('createPosition', {
          params: { companyId: positions[0].companyId },
          body: { ...input, title: `岗位 ${turn}` },
        });
        await recruiter.api.call('publishPosition', { params: { positionId: drafted.id } });
        const start = performance.now();
        await access.api.call('submitApplication', {
          body: {
            positionId: drafted.id,
            sessionId: session.id,
            onceId: newOnceId(),
            form: { name: '张三', phone, experience: '三年车间工作经历。'.repeat(20) },
            consent: { accepted: true, until: new Date(Date.now() + 90 * 86_400_000).toISOString().slice(0, 10) },
          },
        });
        times.push(performance.now() - start);
      }
      progress('plain inserts');
      const plain = await plainInserts(server.databaseUrl, APPLICANTS);
      return [
        measurement('application → acknowledged, median', 'ms', median(times), median(plain), {
          text: 'under 50 ms',
          keeps: (value) => value < 50,
        }),
        measurement('application → acknowledged, p99', 'ms', percentile(times, 0.99), percentile(plain, 0.99), {
          text: 'under 250 ms',
          keeps: (value) => value < 250,
        }),
      ];
    } finally {
      await server.stop();
    }
  },
};

import { randomBytes } from 'node:crypto';
import { fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHealthChecks } from '../../src/assembly/health.ts';
import { openRedis } from '../../src/store/redis/client.ts';
import { withScripts } from '../../src/store/redis/scripts.ts';
import { openDatabase } from '../../src/store/sql/database.ts';
import { registerHealth } from '../../src/telemetry/health.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { openTestDatabase, openTestRedis } from '../support/services.ts';
import { until } from '../support/until.ts';

const token = randomBytes(16).toString('hex');

describe('/readyz and /healthz', () => {
  const state = { accepting: true, workerAlive: true };
  let stop = async (): Promise<void> => undefined;
  let redisServer: Awaited<ReturnType<typeof openTestRedis>>;
  let testDatabase: Awaited<ReturnType<typeof openTestDatabase>>;
  let databaseGone = false;
  const app = fastify();

  beforeAll(async () => {
    [redisServer, testDatabase] = await Promise.all([openTestRedis(), openTestDatabase()]);
    const redis = withScripts(openRedis(redisServer.url, 'commands', () => undefined));
    const database = openDatabase(testDatabase.url, 2, () => undefined);
    const idle = { retired: false, routers: 0, transports: 0, consumers: 0, participants: 0, cpu: 0, lagMs: 0, bitrate: 0 };
    const hosts = () => [{ id: 'here', address: '127.0.0.1', workers: [{ ...idle, pid: 1, alive: state.workerAlive }] }];
    registerHealth(app, {
      checks: createHealthChecks({ stores: { redis, database }, plane: { hosts } }),
      metrics: createMetrics(),
      metricsToken: token,
      accepting: () => state.accepting,
      timeoutMs: 300,
    });
    stop = async () => {
      redis.disconnect();
      await database.destroy();
    };
  });
  afterAll(async () => {
    await app.close();
    await stop();
    await redisServer.close();
    if (!databaseGone) await testDatabase.close();
  });

  const ask = async () => {
    const answer = await app.inject('/readyz');
    const { accepting, checks } = answer.json().data as { accepting: boolean; checks: { name: string; ready: boolean; reason?: string }[] };
    return { status: answer.statusCode, accepting, bad: checks.filter((check) => !check.ready), text: answer.body };
  };

  it('says yes while everything answers', async () => {
    expect(await ask()).toMatchObject({ status: 200, accepting: true, bad: [] });
  });

  it('says no from the moment the program is asked to stop, and /healthz still yes', async () => {
    state.accepting = false;
    expect(await ask()).toMatchObject({ status: 503, accepting: false, bad: [] });
    expect((await app.inject('/healthz')).statusCode).toBe(200);
    state.accepting = true;
  });

  it('names the media workers when none is alive', async () => {
    state.workerAlive = false;
    expect(await ask()).toMatchObject({ status: 503, bad: [{ name: 'media workers', reason: 'failed' }] });
    state.workerAlive = true;
  });

  it('names Redis while it does not answer, asking once for all who want to know, and says yes once it does', async () => {
    process.kill(redisServer.pid, 'SIGSTOP');
    try {
      const started = performance.now();
      const answers = await Promise.all(Array.from({ length: 20 }, ask));
      for (const answer of answers)
        expect(answer).toMatchObject({ status: 503, bad: [{ name: 'redis', reason: 'no answer within 300 ms' }] });
      expect(performance.now() - started).toBeLessThan(2_000);
    } finally {
      process.kill(redisServer.pid, 'SIGCONT');
    }
    await until(async () => (await ask()).status === 200);
  });

  it('names PostgreSQL when its database is gone, without telling where it was', async () => {
    databaseGone = true;
    await testDatabase.close();
    const answer = await ask();
    expect(answer).toMatchObject({ status: 503, bad: [{ name: 'postgresql' }] });
    expect(answer.text).not.toContain(new URL(testDatabase.url).pathname.slice(1));
  });
});

describe('/metrics', () => {
  function open(metricsToken: string | undefined) {
    const app = fastify({ trustProxy: true });
    registerHealth(app, { checks: [], metrics: createMetrics(), metricsToken, accepting: () => true });
    return app;
  }

  it('demands its token where there is one, wherever the request comes from', async () => {
    const app = open(token);
    const status = async (authorization?: string) =>
      (await app.inject({ url: '/metrics', headers: authorization ? { authorization } : {} })).statusCode;
    expect(await status()).toBe(403);
    expect(await status('Bearer ')).toBe(403);
    expect(await status(`Bearer ${token}x`)).toBe(403);
    expect(await status(token)).toBe(403);
    expect(await status(`Bearer ${token}`)).toBe(200);
    await app.close();
  });

  it('without a token answers this machine alone: not others, not through a proxy, not who claims to be local', async () => {
    const app = open(undefined);
    const ask = (remoteAddress: string, headers: Record<string, string> = {}) => app.inject({ url: '/metrics', remoteAddress, headers });
    const own = await ask('127.0.0.1');
    expect(own.statusCode).toBe(200);
    expect(own.body).toContain('gangbo_connections');
    expect((await ask('::1')).statusCode).toBe(200);
    expect((await ask('192.0.2.7')).statusCode).toBe(403);
    expect((await ask('192.0.2.7', { 'x-forwarded-for': '127.0.0.1' })).statusCode).toBe(403);
    expect((await ask('127.0.0.1', { 'x-forwarded-for': '192.0.2.7' })).statusCode).toBe(403);
    expect((await ask('127.0.0.1', { forwarded: 'for=192.0.2.7' })).statusCode).toBe(403);
    await app.close();
  });
});

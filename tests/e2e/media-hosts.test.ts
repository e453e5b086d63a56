import { randomBytes } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, phone } from '../support/browser.ts';
import { organizerSettings, recruiterLogin, setUpFair, type TestFair } from '../support/fair.ts';
import { decodedFrames, waitForFrames } from '../support/media.ts';
import { type MediaHostProcess, startMediaHost } from '../support/media-hosts.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { openTestRedis, type TestRedis } from '../support/services.ts';
import { goLive, signInToStudio } from '../support/studio.ts';

const secrets = {
  GANGBO_TOKEN_SECRET: randomBytes(32).toString('base64url'),
  GANGBO_MASTER_KEY: randomBytes(32).toString('hex'),
};

describe('two nodes that serve people and two that carry media', () => {
  let redis: TestRedis;
  let hosts: MediaHostProcess[];
  let first: RunningServer;
  let second: RunningServer;
  let browser: Browser;
  let fair: TestFair;

  beforeAll(async () => {
    redis = await openTestRedis();
    const room = { ...secrets, GANGBO_ROLE: 'room', REDIS_URL: redis.url };
    [first, browser, ...hosts] = await Promise.all([
      startServer({ ...organizerSettings, ...room }),
      launchBrowser(),
      startMediaHost(redis.url, '127.0.0.2'),
      startMediaHost(redis.url, '127.0.0.3'),
    ]);
    second = await startServer({ ...room, DATABASE_URL: first.databaseUrl });
    fair = await setUpFair(first.origin);
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all((hosts ?? []).filter(({ process }) => process.exitCode === null && !process.killed).map((host) => host.stop()));
    await second?.stop();
    await first?.stop();
    await redis?.close();
  });

  it('V1: a viewer and the recruiter go on in the same page after the host between them was killed', async () => {
    const studio = await browser.newPage();
    await signInToStudio(studio, first.origin, recruiterLogin);
    await goLive(studio, fair.session.id);
    const room = await (await browser.newContext(phone)).newPage();
    await room.goto(`${second.origin}/s/${fair.session.id}`);
    await waitForFrames(room, 15);

    const { items } = await fair.organizer.api.call('listMediaHosts', {});
    const carrying = items.find(({ workers }) => workers.some(({ participants }) => participants > 0));
    const origin = hosts.find((host) => host.origin.includes(carrying?.address ?? 'none'));
    expect(origin).toBeDefined();
    let reloads = 0;
    for (const page of [studio, room]) page.on('load', () => reloads++);
    const before = await decodedFrames(room);
    await origin?.kill();
    await waitForFrames(room, 15);
    expect(reloads).toBe(0);
    expect(before).toBeGreaterThan(0);
    await expect.poll(() => room.getByTestId('viewer-count').getAttribute('data-value')).toBe('1');
    const report = await fair.organizer.api.call('getSessionReport', { params: { sessionId: fair.session.id } });
    expect(report.funnel.visits).toBe(1);
  });
});

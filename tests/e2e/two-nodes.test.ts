import { randomBytes } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, phone } from '../support/browser.ts';
import { organizerSettings, recruiterLogin, setUpFair, type TestFair } from '../support/fair.ts';
import { decodedFrames, waitForFrames } from '../support/media.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { goLive, signInToStudio } from '../support/studio.ts';

const secrets = {
  GANGBO_TOKEN_SECRET: randomBytes(32).toString('base64url'),
  GANGBO_MASTER_KEY: randomBytes(32).toString('hex'),
};

describe('two nodes of one installation', () => {
  let first: RunningServer;
  let second: RunningServer;
  let browser: Browser;
  let fair: TestFair;

  beforeAll(async () => {
    [first, browser] = await Promise.all([startServer({ ...organizerSettings, ...secrets }), launchBrowser()]);
    second = await startServer({ ...secrets, DATABASE_URL: first.databaseUrl, REDIS_URL: first.redisUrl });
    fair = await setUpFair(first.origin);
  });
  afterAll(async () => {
    await browser?.close();
    await second?.stop();
    await first?.stop();
  });

  it('a viewer on one node sees, hears of and talks to the recruiter on the other, and both count alike (V3)', async () => {
    const studio = await browser.newPage();
    await signInToStudio(studio, first.origin, recruiterLogin);
    await goLive(studio, fair.session.id);

    const room = await (await browser.newContext(phone)).newPage();
    await room.goto(`${second.origin}/s/${fair.session.id}`);
    await waitForFrames(room, 15);
    const seen = await decodedFrames(room);

    await room.getByTestId('chat-input').fill('第二个节点也能看到');
    await room.getByTestId('chat-send').click();
    await studio.getByTestId('chat-message').filter({ hasText: '第二个节点也能看到' }).waitFor();
    await studio.getByTestId(`pin-${fair.positions[0].id}`).click();
    await room.getByTestId('pinned-card').filter({ hasText: fair.positions[0].title }).waitFor();
    await expect.poll(() => decodedFrames(room)).toBeGreaterThan(seen);

    const elsewhere = await (await browser.newContext(phone)).newPage();
    await elsewhere.goto(`${first.origin}/s/${fair.session.id}`);
    for (const page of [room, elsewhere]) {
      await expect.poll(() => page.getByTestId('viewer-count').getAttribute('data-value'), { timeout: 10_000 }).toBe('2');
    }
  });
});

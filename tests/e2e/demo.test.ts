import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, phone } from '../support/browser.ts';
import { loudestSample, waitForFrames } from '../support/media.ts';
import { type RunningServer, startServer } from '../support/server.ts';

describe('the demo fair of an empty machine', () => {
  let server: RunningServer;
  let browser: Browser;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer({ GANGBO_DEMO: 'true' }), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  it('prints a room link that plays the synthetic recruiter: frames are decoded and the tone is heard', async () => {
    const link = /(http:\S+\/s\/\S+)/.exec(server.output())?.[1];
    if (!link) throw new Error(`no room link was printed:\n${server.output()}`);
    const page = await browser.newPage(phone);
    await page.goto(link);
    await waitForFrames(page, 30);
    expect(await loudestSample(page, 10_000)).toBeGreaterThan(0.01);
  });

  it('has viewers who take part: they chat, and a position is pinned', async () => {
    const link = /(http:\S+\/s\/\S+)/.exec(server.output())?.[1] ?? '';
    const page = await browser.newPage(phone);
    await page.goto(link);
    await page.getByTestId('chat-message').first().waitFor({ timeout: 30_000 });
    await page.getByTestId('pinned-card').waitFor({ timeout: 30_000 });
    expect(Number.parseInt((await page.getByTestId('viewer-count').textContent())?.replace(/\D/g, '') ?? '', 10)).toBeGreaterThan(1);
  });
});

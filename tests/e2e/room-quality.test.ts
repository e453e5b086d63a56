import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { desktop, launchBrowser, phone } from '../support/browser.ts';
import { organizerSettings, recruiterLogin, setUpFair, type TestFair } from '../support/fair.ts';
import { loudestSample, pictureLines, videoBytes, waitForFrames } from '../support/media.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { goLive, recordConnections, signInToStudio } from '../support/studio.ts';

/** The server's estimate of a viewer's bandwidth grows step by step. */
const SETTLED_WITHIN = { timeout: 45_000, interval: 500 };

describe('each viewer gets the picture that its tile and its wishes allow', () => {
  let server: RunningServer;
  let browser: Browser;
  let fair: TestFair;
  let wide: Page;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer(organizerSettings), launchBrowser()]);
    fair = await setUpFair(server.origin);
    const studio = await browser.newPage({ ...desktop, permissions: ['camera', 'microphone'] });
    await signInToStudio(studio, server.origin, recruiterLogin);
    await goLive(studio, fair.session.id);
    wide = await browser.newPage(desktop);
    await recordConnections(wide);
    await wide.goto(`${server.origin}/s/${fair.session.id}`);
    await waitForFrames(wide, 10);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  const choose = async (page: Page, quality: string) => {
    await page.getByTestId('quality-button').click();
    await page.getByTestId(`quality-${quality}`).click();
    await page.keyboard.press('Escape');
  };
  /** Bytes of pictures within a second and a half. */
  const videoFlow = async (page: Page) => {
    const before = await videoBytes(page);
    await page.waitForTimeout(1_500);
    return (await videoBytes(page)) - before;
  };

  it('a large picture gets the largest layer, a small one a smaller layer, without a new connection', async () => {
    await expect.poll(() => pictureLines(wide), SETTLED_WITHIN).toBe(720);
    await wide.setViewportSize({ width: 390, height: 844 });
    await expect.poll(() => pictureLines(wide), SETTLED_WITHIN).toBeLessThan(720);
    await wide.setViewportSize(desktop.viewport);
    await expect.poll(() => pictureLines(wide), SETTLED_WITHIN).toBe(720);
  });

  it('a phone gets no more lines than it can show', async () => {
    const narrow = await browser.newPage(phone);
    await narrow.goto(`${server.origin}/s/${fair.session.id}`);
    await waitForFrames(narrow, 10);
    await expect.poll(() => pictureLines(narrow), SETTLED_WITHIN).toBe(360);
    await narrow.close();
  });

  it('the data saver takes the smallest layer, and says so', async () => {
    await choose(wide, 'saver');
    await expect.poll(() => pictureLines(wide), SETTLED_WITHIN).toBe(180);
    await expect.poll(() => wide.getByTestId('quality-now').textContent(), SETTLED_WITHIN).toContain('180p');
  });

  it('sound only stops every byte of the picture, the sound goes on, and it is remembered on this device', async () => {
    await choose(wide, 'audio');
    await expect.poll(() => videoFlow(wide), SETTLED_WITHIN).toBe(0);
    expect(await loudestSample(wide, 5_000)).toBeGreaterThan(0.01);
    await wide.reload();
    await wide.locator('[data-testid="quality-button"][data-quality="audio"]').waitFor();
    await wide.locator('.veil[data-view="audioOnly"]').waitFor();
    await expect.poll(() => videoFlow(wide), SETTLED_WITHIN).toBe(0);
    await choose(wide, 'auto');
    await waitForFrames(wide, 10);
  });
});

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { desktop, launchBrowser, phone } from '../support/browser.ts';
import { organizerSettings, recruiterLogin, setUpFair } from '../support/fair.ts';
import { type Host, joinAsHost } from '../support/guests.ts';
import { decodedFrames, mediaWorkers, waitForFrames } from '../support/media.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { goLive, signInToStudio } from '../support/studio.ts';

/** What one page does reaches another with the feed's next frame, on a machine that does much else. */
const PATIENT = { timeout: 15_000 };

describe('a viewer on stage (連麥), seen from the room', () => {
  let server: RunningServer;
  let browser: Browser;
  let host: Host;
  let guest: Page;
  let other: Page;
  let sessionId: string;
  let key: string;
  let end: () => Promise<unknown>;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer(organizerSettings), launchBrowser()]);
    const fair = await setUpFair(server.origin);
    sessionId = fair.session.id;
    end = () => fair.recruiter.api.call('endSession', { params: { sessionId } });
    const studio = await browser.newPage({ ...desktop, permissions: ['camera', 'microphone'] });
    await signInToStudio(studio, server.origin, recruiterLogin);
    await goLive(studio, sessionId);
    host = await joinAsHost(server.origin, sessionId, () => fair.recruiter.token());
    guest = await (await browser.newContext({ ...phone, permissions: ['camera', 'microphone'] })).newPage();
    other = await browser.newPage(desktop);
    for (const page of [guest, other]) {
      await page.goto(`${server.origin}/s/${sessionId}`);
      await waitForFrames(page, 5);
    }
    key = await host.keyOf(guest, '我想上台问问培训的事');
  });
  afterAll(async () => {
    host?.socket.close();
    await browser?.close();
    await server?.stop();
  });

  const invite = () => host.socket.request('stage.invite', { sessionId, key });
  const tile = () => other.getByTestId('stage-guest');
  const sending = () => guest.locator('[data-testid="own-tile"][data-sending="sending"]').waitFor({ timeout: 30_000 });
  const seen = () => tile().locator('video.seen').waitFor({ timeout: 30_000 });
  /** Sounds that the other viewer's page plays just now. */
  const sounds = () => other.locator('audio').count();

  it('is asked, may look at itself first, and may say no', async () => {
    await invite();
    await guest.getByTestId('stage-invitation').waitFor();
    await guest.getByTestId('stage-preview').click();
    await guest.getByTestId('stage-invitation').locator('video').waitFor();
    await guest.getByTestId('stage-decline').click();
    await guest.getByTestId('stage-invitation').waitFor({ state: 'detached' });
    expect(await tile().count()).toBe(0);
  });

  it('is seen and heard by the others, whose main picture goes on meanwhile', async () => {
    expect(await sounds()).toBe(1);
    const element = await other.getByTestId('room-video').elementHandle();
    await invite();
    await guest.getByTestId('stage-accept').click();
    await Promise.all([sending(), seen()]);
    await expect.poll(sounds, PATIENT).toBe(2);
    expect(await other.getByTestId('room-video').evaluate((now, former) => now === former, element)).toBe(true);
    const before = await decodedFrames(other);
    await expect.poll(() => decodedFrames(other), PATIENT).toBeGreaterThan(before);
    // It neither sees nor hears itself come back from the server.
    expect(await guest.getByTestId('stage-guest').count()).toBe(0);
    expect(await guest.locator('audio').count()).toBe(1);
  });

  it('mutes itself, is muted by staff and then cannot unmute until it is allowed', async () => {
    const muted = () => tile().getAttribute('data-muted');
    await guest.getByTestId('stage-mute').click();
    await expect.poll(muted, PATIENT).toBe('true');
    await guest.getByTestId('stage-mute').click();
    await expect.poll(muted, PATIENT).toBe('false');
    await host.socket.request('stage.mute', { sessionId, key, muted: true });
    await expect.poll(muted, PATIENT).toBe('true');
    await expect.poll(() => guest.getByTestId('stage-mute').isDisabled(), PATIENT).toBe(true);
    await host.socket.request('stage.mute', { sessionId, key, muted: false });
    await guest.getByTestId('stage-mute').click();
    await expect.poll(muted, PATIENT).toBe('false');
  });

  it('is back on every screen after every media worker was killed', async () => {
    const workers = mediaWorkers(server);
    expect(workers.length).toBeGreaterThan(0);
    for (const pid of workers) process.kill(pid, 'SIGKILL');
    const picture = tile().locator('video');
    const frames = () => picture.evaluate((video: HTMLVideoElement) => video.getVideoPlaybackQuality().totalVideoFrames);
    // First it stands still; only what comes after that is news.
    await guest.locator('[data-testid="own-tile"]:not([data-sending="sending"])').waitFor({ timeout: 10_000 });
    await Promise.all([sending(), seen()]);
    const before = await frames();
    await expect.poll(frames, { timeout: 20_000 }).toBeGreaterThan(before + 5);
    await expect.poll(sounds, PATIENT).toBe(2);
  });

  it('keeps its seat through a reload and goes on with a touch', async () => {
    await guest.reload();
    await guest.getByTestId('stage-go-on').click();
    await Promise.all([sending(), seen()]);
  });

  it('goes on in another tab, from which the first can take it back', async () => {
    const tab = await guest.context().newPage();
    await tab.goto(`${server.origin}/s/${sessionId}`);
    await tab.getByTestId('stage-go-on').click();
    await guest.getByTestId('stage-seated').waitFor();
    await tab.close();
    await guest.getByTestId('stage-go-on').click();
    await Promise.all([sending(), seen()]);
  });

  it('is off when staff takes it off: its page stops sending, its tile is gone', async () => {
    await host.socket.request('stage.remove', { sessionId, key });
    await guest.getByTestId('own-tile').waitFor({ state: 'detached' });
    await tile().waitFor({ state: 'detached' });
    await expect.poll(sounds, PATIENT).toBe(1);
  });

  it('is off when the session ends: its camera does not stay on', async () => {
    await invite();
    await guest.getByTestId('stage-accept').click();
    await sending();
    await end();
    await guest.getByTestId('session-ended').waitFor();
    await guest.getByTestId('own-tile').waitFor({ state: 'detached' });
    await tile().waitFor({ state: 'detached' });
  });
});

describe('a viewer without camera and microphone', () => {
  it('is told why it cannot come on stage, and the room goes on', async () => {
    const [server, browser] = await Promise.all([startServer(organizerSettings), launchBrowser()]);
    try {
      const fair = await setUpFair(server.origin);
      const sessionId = fair.session.id;
      await fair.recruiter.api.call('startSession', { params: { sessionId } });
      const host = await joinAsHost(server.origin, sessionId, () => fair.recruiter.token());
      const page = await browser.newPage(phone);
      await page.addInitScript(() => {
        navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no device', 'NotFoundError'));
      });
      await page.goto(`${server.origin}/s/${sessionId}`);
      await host.socket.request('stage.invite', { sessionId, key: await host.keyOf(page, '我没有摄像头') });
      await page.getByTestId('stage-accept').click();
      await expect.poll(() => page.getByTestId('stage-invitation').textContent(), PATIENT).toContain('没有找到摄像头或麦克风');
      expect(await page.getByTestId('stage-accept').isDisabled()).toBe(true);
      await page.getByTestId('stage-decline').click();
      await page.getByTestId('stage-invitation').waitFor({ state: 'detached' });
      host.socket.close();
    } finally {
      await browser.close();
      await server.stop();
    }
  });
});

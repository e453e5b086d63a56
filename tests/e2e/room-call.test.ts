import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAccess } from '../../src/demo/account.ts';
import { desktop, launchBrowser, phone } from '../support/browser.ts';
import { organizerSettings, recruiterLogin, setUpFair, type TestFair } from '../support/fair.ts';
import { mediaWorkers, videoBytes } from '../support/media.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { recordConnections, signInToStudio } from '../support/studio.ts';

const PHONE = '13900139000';

describe('a one-to-one call, on both pages', () => {
  let server: RunningServer;
  let browser: Browser;
  let studio: Page;
  let room: Page;
  let fair: TestFair;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer(organizerSettings), launchBrowser()]);
    fair = await setUpFair(server.origin);
    const sessionId = fair.session.id;
    await fair.recruiter.api.call('startSession', { params: { sessionId } });
    studio = await browser.newPage({ ...desktop, permissions: ['camera', 'microphone'] });
    room = await browser.newPage({ ...phone, permissions: ['camera', 'microphone'] });
    await recordConnections(room);
    await signInToStudio(studio, server.origin, recruiterLogin);
    await enterSession(studio);
    await room.goto(`${server.origin}/s/${sessionId}`);
    await consult();
    await studio.getByTestId('consultation-item').first().click();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  const enterSession = (page: Page) => page.locator(`[data-testid="session-item"][data-session-id="${fair.session.id}"]`).click();

  /** The viewer signs in and asks. */
  async function consult(): Promise<void> {
    await room.getByTestId('bar-consult').click();
    await room.getByTestId('consultation-input').fill('请问培训多久？');
    await room.getByTestId('consultation-send').click();
    await room.getByTestId('sign-in-phone').fill(PHONE);
    await room.getByTestId('sign-in-request').click();
    const code = room.getByTestId('development-code');
    await code.waitFor();
    await room.getByTestId('sign-in-code').fill(/\d{6}/.exec((await code.textContent()) ?? '')?.[0] ?? '');
    await room.getByTestId('sign-in-submit').click();
    await room.getByTestId('consultation-message').first().waitFor();
  }
  const talking = (page: Page) => page.locator('[data-testid="call-view"][data-phase="talking"]').waitFor({ timeout: 30_000 });
  /** Frames of the other's picture that the page has decoded. */
  const frames = (page: Page) =>
    page.getByTestId('call-other').evaluate((video: HTMLVideoElement) => video.getVideoPlaybackQuality().totalVideoFrames);
  const seesOther = async (page: Page) => {
    const before = await frames(page);
    await expect.poll(() => frames(page), { timeout: 30_000 }).toBeGreaterThan(before + 10);
    // Nothing is said over a picture that is well.
    await expect.poll(() => page.getByTestId('call-state').textContent(), { timeout: 10_000 }).toBe('');
  };

  it('that the viewer declines ends for both', async () => {
    await studio.getByTestId('call-start').click();
    await studio.locator('[data-testid="call-view"][data-phase="outgoing"]').waitFor();
    await room.getByTestId('call-decline').click();
    await studio.locator('[data-testid="call-ended"][data-reason="declined"]').waitFor();
    await studio.getByTestId('call-dismiss').click();
    expect(await room.getByTestId('call-ringing').count()).toBe(0);
  });

  it('that the viewer answers shows each the other, for a limited time', async () => {
    await studio.getByTestId('call-start').click();
    await room.getByTestId('call-accept').click();
    await Promise.all([talking(studio), talking(room)]);
    await Promise.all([seesOther(studio), seesOther(room)]);
    expect(await room.getByTestId('call-left').textContent()).toMatch(/\d+:\d\d/);
    expect(await room.locator('audio').count()).toBe(1);
  });

  it('keeps the focus inside and does not end by Escape', async () => {
    await room.keyboard.press('Escape');
    expect(await room.getByTestId('call-view').count()).toBe(1);
    for (let step = 0; step < 8; step += 1) await room.keyboard.press('Tab');
    expect(await room.evaluate(() => document.activeElement?.closest('dialog')?.querySelector('[data-testid="call-view"]') !== null)).toBe(
      true,
    );
  });

  it('sends no picture while the camera is off, and says so to the other', async () => {
    await studio.getByTestId('call-camera').click();
    await expect
      .poll(
        async () => {
          const before = await videoBytes(room);
          await room.waitForTimeout(1_000);
          return (await videoBytes(room)) - before;
        },
        { timeout: 15_000 },
      )
      .toBe(0);
    await expect.poll(() => room.getByTestId('call-state').textContent(), { timeout: 15_000 }).toContain('没有打开摄像头');
    await studio.getByTestId('call-camera').click();
    await seesOther(room);
  });

  it('goes on by itself after every media worker was killed', async () => {
    const workers = mediaWorkers(server);
    expect(workers.length).toBeGreaterThan(0);
    for (const pid of workers) process.kill(pid, 'SIGKILL');
    await Promise.all([seesOther(room), seesOther(studio)]);
  });

  it('comes back by itself after seconds without a network', async () => {
    await room.context().setOffline(true);
    await studio.getByTestId('call-state').filter({ hasText: '暂时离开' }).waitFor();
    await room.context().setOffline(false);
    await Promise.all([seesOther(room), seesOther(studio)]);
    expect(await room.getByTestId('call-ringing').count()).toBe(0);
  });

  it('is found again after a reload, and goes on', async () => {
    await room.reload();
    await room.getByTestId('call-accept').click();
    await talking(room);
    await Promise.all([seesOther(room), seesOther(studio)]);
  });

  it('goes on with a colleague to whom it is handed over, while the viewer stays', async () => {
    const login = { login: 'recruiter-two', password: 'recruiter-password-2' };
    const { api } = fair.organizer;
    const invitation = await api.call('createInvitation', {
      body: { role: 'recruiter', fairId: fair.fair.id, companyId: fair.company.id },
    });
    await createAccess(server.origin, 'staff').api.call('acceptInvitation', {
      body: { token: new URL(invitation.link).hash.slice(1), name: '李同事', ...login },
    });
    const colleague = await (await browser.newContext({ ...desktop, permissions: ['camera', 'microphone'] })).newPage();
    await signInToStudio(colleague, server.origin, login);
    await enterSession(colleague);
    await colleague.getByTestId('consultation-item').first().waitFor();
    await studio.getByTestId('call-hand-over').click();
    await studio.getByTestId('call-colleague').click();
    await colleague.getByTestId('call-accept').click();
    await talking(colleague);
    await studio.locator('[data-testid="call-ended"][data-reason="handed-over"]').waitFor();
    await Promise.all([seesOther(room), seesOther(colleague)]);
    expect(await room.getByTestId('call-view').textContent()).toContain('李同事');
    studio = colleague;
  });

  it('ends for both when one hangs up', async () => {
    await studio.getByTestId('call-hang-up').click();
    await room.locator('[data-testid="call-ended"][data-reason="hung-up"]').waitFor();
    await room.getByTestId('call-dismiss').click();
    await room.getByTestId('chat-input').waitFor();
  });
});

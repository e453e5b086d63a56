import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { desktop, launchBrowser, phone } from '../support/browser.ts';
import { organizerSettings, recruiterLogin, setUpFair, type TestFair } from '../support/fair.ts';
import { waitForFrames } from '../support/media.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { goLive, signInToStudio } from '../support/studio.ts';

describe('a one-to-one call from a consultation, while the session is live', () => {
  let server: RunningServer;
  let browser: Browser;
  let fair: TestFair;
  let studio: Page;
  let viewer: Page;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer(organizerSettings), launchBrowser()]);
    fair = await setUpFair(server.origin);
    const permissions = ['camera', 'microphone'];
    studio = await browser.newPage({ ...desktop, permissions });
    viewer = await browser.newPage({ ...phone, permissions });
    await signInToStudio(studio, server.origin, recruiterLogin);
    await goLive(studio, fair.session.id);
    await viewer.goto(`${server.origin}/s/${fair.session.id}`);
    await waitForFrames(viewer, 10);
    await viewer.getByTestId('bar-consult').click();
    await viewer.getByTestId('consultation-input').fill('可以视频聊聊吗？');
    await viewer.getByTestId('consultation-send').click();
    await viewer.getByTestId('sign-in-phone').fill('13800001234');
    await viewer.getByTestId('sign-in-request').click();
    const shown = viewer.getByTestId('development-code');
    await shown.waitFor();
    await viewer.getByTestId('sign-in-code').fill(/\d{6}/.exec((await shown.textContent()) ?? '')?.[0] ?? '');
    await viewer.getByTestId('sign-in-submit').click();
    await viewer.getByTestId('consultation-message').waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  /** Whether the studio's switch says that the room does not hear the recruiter. */
  const silenced = () => studio.getByTestId('mute-microphone').getAttribute('aria-pressed');
  /** Frames of the other one's picture that the page has drawn. */
  const seen = (page: Page) =>
    page.getByTestId('call-other').evaluate((video: HTMLVideoElement) => video.getVideoPlaybackQuality().totalVideoFrames);

  it('rings the viewer, and both see each other once it is answered', async () => {
    await studio.getByTestId('consultation-item').first().click();
    await studio.getByTestId('call-start').click();
    await viewer.getByTestId('call-accept').click();
    for (const page of [studio, viewer]) await expect.poll(() => seen(page), { timeout: 30_000 }).toBeGreaterThan(10);
  });

  it('is not heard in the room, which goes on seeing the recruiter', async () => {
    expect(await silenced()).toBe('true');
    expect(await studio.getByTestId('stage-state').getAttribute('data-state')).toBe('live');
  });

  it('lets the room hear the recruiter again when it is over', async () => {
    await studio.getByTestId('call-hang-up').click();
    await viewer.getByTestId('call-ended').waitFor();
    await expect.poll(silenced).toBe('false');
    await expect.poll(() => studio.getByTestId('stage-state').getAttribute('data-state')).toBe('live');
  });
});

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BarePage, serveBarePage } from '../support/bare-page.ts';
import { desktop, launchBrowser, phone } from '../support/browser.ts';
import { organizerSettings, recruiterLogin, setUpFair, type TestFair } from '../support/fair.ts';
import { waitForFrames } from '../support/media.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { goLive, pictures, recordConnections, signInToStudio } from '../support/studio.ts';

/** An encoder on a bare peer connection, without any of our code: posts an offer by WHIP (RFC 9725, section 4.2). */
async function startEncoder(page: Page, url: string, token: string): Promise<number> {
  return page.evaluate(
    async ({ url, token }) => {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 640, height: 360 } });
      const peer = new RTCPeerConnection();
      for (const track of stream.getTracks()) peer.addTransceiver(track, { direction: 'sendonly', streams: [stream] });
      await peer.setLocalDescription();
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/sdp' };
      const response = await fetch(url, { method: 'POST', headers, body: peer.localDescription?.sdp ?? '' });
      if (response.status === 201) await peer.setRemoteDescription({ type: 'answer', sdp: await response.text() });
      Object.assign(globalThis, { encoder: peer });
      return response.status;
    },
    { url, token },
  );
}

describe('a recruiter who sends from an encoder', () => {
  let server: RunningServer;
  let browser: Browser;
  let fair: TestFair;
  let studio: Page;
  let viewer: Page;
  let encoder: Page;
  let bare: BarePage;
  let key: { url: string; token: string };

  const stateIs = (state: string) => studio.locator(`[data-testid="stage-state"][data-state="${state}"]`).waitFor({ timeout: 20_000 });

  beforeAll(async () => {
    [server, browser, bare] = await Promise.all([startServer(organizerSettings), launchBrowser(), serveBarePage()]);
    fair = await setUpFair(server.origin);
    const permissions = ['camera', 'microphone'];
    studio = await browser.newPage({ ...desktop, permissions });
    encoder = await browser.newPage({ ...desktop, permissions });
    viewer = await browser.newPage(phone);
    await Promise.all([recordConnections(studio), signInToStudio(studio, server.origin, recruiterLogin)]);
    await goLive(studio, fair.session.id);
    await viewer.goto(`${server.origin}/s/${fair.session.id}`);
    await waitForFrames(viewer, 10);
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([server?.stop(), bare?.close()]);
  });

  it('gets a URL and a token that are shown once', async () => {
    await studio.getByTestId('open-encoder').click();
    await studio.getByTestId('make-publish-key').click();
    key = {
      url: await studio.getByTestId('new-key-url').locator('input').inputValue(),
      token: await studio.getByTestId('new-key-token').locator('input').inputValue(),
    };
    expect(key.url).toContain(`/whip/${fair.session.id}`);
    await studio.getByTestId('stage-key').waitFor();
    await studio.keyboard.press('Escape');
    await studio.getByTestId('open-encoder').click();
    await studio.getByTestId('stage-key').waitFor();
    expect(await studio.getByTestId('new-key').count()).toBe(0);
    await studio.keyboard.press('Escape');
  });

  it('is told that the encoder has taken over, sees its picture, and is not in its way', async () => {
    await encoder.goto(bare.origin);
    expect(await startEncoder(encoder, key.url, key.token)).toBe(201);
    await stateIs('replaced');
    await waitForFrames(viewer, 20);
    await expect
      .poll(async () => (await pictures(studio, 'received')).filter(({ frames }) => frames > 10).length, { timeout: 20_000 })
      .toBe(1);
    // Nothing takes the stage back by itself, not even after the connection was lost for a moment.
    await studio.context().setOffline(true);
    await studio.context().setOffline(false);
    await waitForFrames(viewer, 60);
    await stateIs('replaced');
  });

  it('takes over again from the page when asked to', async () => {
    await studio.getByTestId('go-live').click();
    await studio.getByTestId('confirm').click();
    await stateIs('live');
    await waitForFrames(viewer, 20);
    const encoderState = () =>
      encoder.evaluate(() => (globalThis as typeof globalThis & { encoder: RTCPeerConnection }).encoder.connectionState);
    await expect.poll(encoderState, { timeout: 30_000 }).not.toBe('connected');
  });

  it('withdraws the key, which then opens nothing', async () => {
    await studio.getByTestId('open-encoder').click();
    await studio.getByTestId('stage-key').getByRole('button').click();
    await studio.getByTestId('confirm').click();
    await studio.getByTestId('stage-key').waitFor({ state: 'detached' });
    expect(await startEncoder(encoder, key.url, key.token)).toBe(401);
  });
});

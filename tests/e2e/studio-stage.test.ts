import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { desktop, launchBrowser, phone } from '../support/browser.ts';
import { organizerSettings, recruiterLogin, setUpFair, type TestFair } from '../support/fair.ts';
import { waitForFrames } from '../support/media.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { goLive, type Picture, pictures, recordConnections, signInToStudio } from '../support/studio.ts';

describe('the recruiter’s stage', () => {
  let server: RunningServer;
  let browser: Browser;
  let fair: TestFair;
  let studio: Page;
  let viewer: Page;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer(organizerSettings), launchBrowser()]);
    fair = await setUpFair(server.origin);
    studio = await browser.newPage({ ...desktop, permissions: ['camera', 'microphone'] });
    viewer = await browser.newPage({ ...phone, permissions: ['camera', 'microphone'] });
    await Promise.all([recordConnections(studio), recordConnections(viewer)]);
    await signInToStudio(studio, server.origin, recruiterLogin);
    await goLive(studio, fair.session.id);
    await viewer.goto(`${server.origin}/s/${fair.session.id}`);
    await waitForFrames(viewer, 10);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  /** Of what the viewer receives: which pictures went on growing since `before`. */
  const growing = async (before: Picture[]): Promise<string[]> => {
    const now = await pictures(viewer, 'received');
    const earlier = new Map(before.map(({ connection, mid, frames }) => [`${connection}/${mid}`, frames]));
    return now
      .filter(({ connection, mid, frames }) => frames > (earlier.get(`${connection}/${mid}`) ?? 0))
      .map(({ connection, mid }) => `${connection}/${mid}`);
  };
  /** Waits until exactly so many pictures are flowing to the viewer; answers them. */
  const flowing = async (count: number): Promise<string[]> => {
    let found: string[] = [];
    await expect
      .poll(
        async () => {
          const before = await pictures(viewer, 'received');
          await viewer.waitForTimeout(1_000);
          found = await growing(before);
          return found.length;
        },
        { timeout: 30_000 },
      )
      .toBe(count);
    return found;
  };

  it('shows a shared screen beside the camera, without a new connection or a break in what plays', async () => {
    const [camera] = await flowing(1);
    await studio.getByTestId('share-screen').click();
    const both = await flowing(2);
    expect(both).toContain(camera);
    expect(new Set(both.map((picture) => picture.split('/')[0])).size).toBe(1);
    const screen = (await pictures(studio, 'sent')).find(({ scalabilityMode }) => scalabilityMode?.startsWith('L3'));
    expect(screen?.codec).toBe('video/VP9');
    await studio.getByTestId('share-screen').click();
    expect(await flowing(1)).toEqual([camera]);
  });

  it('shows a second camera in the same way', async () => {
    const [camera] = await flowing(1);
    await studio.getByTestId('second-camera').click();
    await studio.getByTestId('second-camera-choice').click();
    await studio.getByRole('option', { name: 'fake_device_2' }).click();
    await studio.getByTestId('inset-second').waitFor();
    expect(await flowing(2)).toContain(camera);
    await studio.getByTestId('second-camera').click();
    expect(await flowing(1)).toEqual([camera]);
  });

  it('says in words how it is received', async () => {
    await expect.poll(() => studio.getByTestId('reception').textContent(), { timeout: 20_000 }).toMatch(/\d 人/);
    await studio.getByTestId('reception-more').click();
    await expect
      .poll(() => studio.locator('#reception-figures').textContent(), { timeout: 10_000 })
      .toMatch(/摄像头.*H264.*节点 1：1 路接收/s);
  });

  it('brings a viewer on stage who was invited from the chat, is seen and heard, muted and taken off', async () => {
    await viewer.getByTestId('chat-input').fill('我想上台问一个问题');
    await viewer.getByTestId('chat-send').click();
    await studio.getByTestId('invite').click();
    await studio.getByTestId('invitation').waitFor();
    await viewer.getByTestId('stage-accept').click();

    const tile = studio.getByTestId('guest');
    await tile.locator('video').waitFor({ timeout: 30_000 });
    await expect
      .poll(async () => (await pictures(studio, 'received')).filter(({ frames }) => frames > 10).length, { timeout: 20_000 })
      .toBe(1);
    expect(await studio.getByTestId('seats').textContent()).toContain('1/3');
    // Nobody can be invited twice.
    await expect.poll(() => studio.getByTestId('invite').count()).toBe(0);

    await tile.getByTestId('guest-mute').click();
    await expect.poll(() => tile.getByTestId('guest-mute').getAttribute('aria-pressed')).toBe('true');
    await tile.getByTestId('guest-off').click();
    await studio.getByTestId('confirm').click();
    await tile.waitFor({ state: 'detached' });
    await expect.poll(() => viewer.getByTestId('own-tile').count()).toBe(0);
  });

  it('puts the camera and the microphone away when the session is ended from elsewhere', async () => {
    const open = () =>
      studio.evaluate(
        () =>
          (globalThis as typeof globalThis & { connections: RTCPeerConnection[] }).connections
            .flatMap((peer) => peer.getSenders())
            .filter(({ track }) => track?.readyState === 'live').length,
      );
    expect(await open()).toBeGreaterThan(0);
    await fair.organizer.api.call('endSession', { params: { sessionId: fair.session.id } });
    await expect.poll(open, { timeout: 15_000 }).toBe(0);
  });
});

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { desktop, launchBrowser, phone } from '../support/browser.ts';
import { organizerSettings, recruiterLogin, setUpFair } from '../support/fair.ts';
import { iceFragments, mediaWorkers, waitForFrames, watchPicture } from '../support/media.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { goLive, recordConnections, signInToStudio } from '../support/studio.ts';

/** How long it is watched after the death; how fast it comes back is measured by the benchmark media-recovery. */
const WATCHED_MS = 8_000;

describe('a viewer’s picture comes back by itself', () => {
  let server: RunningServer;
  let browser: Browser;
  let room: Page;
  /** How often the page has asked for new ICE parameters. */
  let restartsAsked = 0;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer(organizerSettings), launchBrowser()]);
    const { session } = await setUpFair(server.origin);
    const studio = await browser.newPage({ ...desktop, permissions: ['camera', 'microphone'] });
    room = await browser.newPage(phone);
    await recordConnections(room);
    room.on('websocket', (socket) =>
      socket.on('framesent', ({ payload }) => {
        if (payload.includes('media.restartIce')) restartsAsked += 1;
      }),
    );
    await signInToStudio(studio, server.origin, recruiterLogin);
    await goLive(studio, session.id);
    await room.goto(`${server.origin}/s/${session.id}`);
    await waitForFrames(room, 30);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  it('restarts ICE on a change of network, over the same connection, and frames go on', async () => {
    const before = await iceFragments(room);
    expect(before).toHaveLength(1);
    await room.evaluate(() => window.dispatchEvent(new Event('online')));
    await expect.poll(() => iceFragments(room), { timeout: 10_000 }).not.toEqual(before);
    expect(await iceFragments(room)).toHaveLength(1);
    await waitForFrames(room, 30);
  });

  it('restarts ICE when nothing comes through any more, and frames go on', async () => {
    const before = await iceFragments(room);
    const asked = restartsAsked;
    const stopped = mediaWorkers(server);
    for (const pid of stopped) process.kill(pid, 'SIGSTOP');
    try {
      await expect.poll(() => restartsAsked, { timeout: 20_000 }).toBeGreaterThan(asked);
    } finally {
      for (const pid of stopped) process.kill(pid, 'SIGCONT');
    }
    await expect.poll(() => iceFragments(room), { timeout: 10_000 }).not.toEqual(before);
    await waitForFrames(room, 30);
  });

  it('after the death of every media worker, its last frame on the screen meanwhile', async () => {
    const watched = watchPicture(room, WATCHED_MS);
    for (const pid of mediaWorkers(server)) process.kill(pid, 'SIGKILL');
    const { longestMs, wentDark } = await watched;
    expect(wentDark).toBe(false);
    // It was gone, and came back without a reload.
    expect(longestMs).toBeLessThan(WATCHED_MS);
    await waitForFrames(room, 10);
  });
});

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { desktop, launchBrowser, phone } from '../support/browser.ts';
import { organizerSettings, recruiterLogin, setUpFair, type TestFair } from '../support/fair.ts';
import { decodedFrames, waitForFrames } from '../support/media.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { goLive, iceFragments, recordConnections, signInToStudio } from '../support/studio.ts';

describe('a broadcast that was interrupted comes back by itself', () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'gangbo-recovery-'));
  const settings = { ...organizerSettings, GANGBO_DATA: dataFolder };
  let server: RunningServer;
  let browser: Browser;
  let fair: TestFair;
  let studio: Page;
  let room: Page;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer(settings), launchBrowser()]);
    fair = await setUpFair(server.origin);
    studio = await browser.newPage({ ...desktop, permissions: ['camera', 'microphone'] });
    room = await browser.newPage(phone);
    await recordConnections(studio);
    await signInToStudio(studio, server.origin, recruiterLogin);
    await goLive(studio, fair.session.id);
    await room.goto(`${server.origin}/s/${fair.session.id}`);
    await waitForFrames(room, 10);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    rmSync(dataFolder, { recursive: true, force: true });
  });

  const studioIsLive = () => studio.locator('[data-testid="stage-state"][data-state="live"]').waitFor({ timeout: 45_000 });
  /** The viewer's count of frames starts anew with a new stream, so that only its growth says something. */
  const roomPlays = async () => {
    let last = await decodedFrames(room);
    const growth = async () => {
      const before = last;
      last = await decodedFrames(room);
      return last - before;
    };
    await expect.poll(growth, { timeout: 45_000, interval: 500 }).toBeGreaterThan(2);
  };

  it('after a change of network, on the connection it has', async () => {
    const before = await iceFragments(studio);
    expect(before).toHaveLength(1);
    // What a browser tells its page when another network took over.
    await studio.evaluate(() => dispatchEvent(new Event('online')));
    await expect.poll(() => iceFragments(studio)).not.toEqual(before);
    await roomPlays();
    expect(await iceFragments(studio)).toHaveLength(1);
    await studioIsLive();
  });

  it('after the studio page was reloaded, without a press of the button', async () => {
    studio.once('dialog', (dialog) => void dialog.accept());
    await studio.reload();
    await studioIsLive();
    await roomPlays();
  });

  it('after every media worker was killed', async () => {
    const workers = execFileSync('pgrep', ['-P', String(server.process.pid), '-f', 'mediasoup-worker'])
      .toString()
      .trim()
      .split('\n');
    expect(workers.length).toBeGreaterThan(0);
    for (const pid of workers) process.kill(Number(pid), 'SIGKILL');
    await roomPlays();
    await studioIsLive();
  });

  it('after the whole program was restarted', async () => {
    await server.stop();
    await studio.locator('[data-testid="stage-state"][data-state="lost"]').waitFor();
    server = await startServer({ ...settings, GANGBO_PORT: new URL(server.origin).port });
    await studioIsLive();
    await roomPlays();
  });
});

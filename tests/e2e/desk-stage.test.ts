import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { desktop, launchBrowser, phone } from '../support/browser.ts';
import { organizerLogin, organizerSettings, recruiterLogin, setUpFair, type TestFair } from '../support/fair.ts';
import { waitForFrames } from '../support/media.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { goLive, signInToStudio } from '../support/studio.ts';

describe("the organizer's view of a stage", () => {
  let server: RunningServer;
  let browser: Browser;
  let fair: TestFair;
  let desk: Page;

  const figure = async (name: string) => Number(await desk.getByTestId(name).first().getAttribute('data-value'));

  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer(organizerSettings), launchBrowser()]);
    fair = await setUpFair(server.origin);
    desk = await browser.newPage(desktop);
    await desk.goto(`${server.origin}/desk`);
    await desk.getByTestId('login').fill(organizerLogin.login);
    await desk.getByTestId('password').fill(organizerLogin.password);
    await desk.getByTestId('submit').click();
    await desk.getByTestId('fair-item').first().waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  it('says that nobody sends, and then how well a viewer receives the recruiter', async () => {
    await desk.goto(`${server.origin}/desk#/sessions/${fair.session.id}`);
    await desk.getByTestId('open-stage').click();
    await desk.locator('[data-testid="stage-condition"][data-value="none"]').waitFor();

    const studio = await browser.newPage();
    await signInToStudio(studio, server.origin, recruiterLogin);
    await goLive(studio, fair.session.id);
    const room = await (await browser.newContext(phone)).newPage();
    await room.goto(`${server.origin}/s/${fair.session.id}`);
    await waitForFrames(room, 15);

    await desk.locator('[data-testid="stage-subscribers"][data-value="1"], [data-testid="stage-subscribers"][data-value="2"]').waitFor();
    await expect.poll(() => figure('stage-received'), { timeout: 20_000 }).toBeGreaterThan(50_000);
    expect(await desk.getByTestId('stage-condition').getAttribute('data-value')).not.toBe('none');
    await desk.locator('[data-testid="producer-row"][data-source="camera"]').waitFor();
    await desk.locator('[data-testid="producer-row"][data-source="microphone"]').waitFor();
    expect(await desk.getByTestId('edge-row').count()).toBeGreaterThan(0);

    const saving = desk.waitForEvent('download');
    await desk.getByTestId('producers-csv').click();
    const rows = (await readFile(await (await saving).path(), 'utf8')).trimEnd().split('\r\n');
    expect(rows).toHaveLength(1 + (await desk.getByTestId('producer-row').count()));
    expect(rows[0]).toMatch(/^\uFEFF/);
  });

  it('shows the machines that carry it', async () => {
    await desk.goto(`${server.origin}/desk#/hosts`);
    await desk.getByTestId('host-item').waitFor();
    expect(await desk.getByTestId('worker-row').count()).toBeGreaterThan(0);
  });
});

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Funnel } from '../../src/contract/index.ts';
import { desktop, launchBrowser, phone } from '../support/browser.ts';
import { organizerLogin, organizerSettings, recruiterLogin, setUpFair, type TestFair } from '../support/fair.ts';
import { waitForFrames } from '../support/media.ts';
import { makePdf } from '../support/pdf.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { goLive, signInToStudio } from '../support/studio.ts';

const PHONE = '13800138000';

/** The newest text of a test id's elements contains this. */
const untilText = (page: Page, testId: string, text: string) =>
  page.getByTestId(testId).filter({ hasText: text }).first().waitFor({ timeout: 15_000 });

/** A figure on the desk as the desk shows it. */
async function deskFigure(desk: Page, name: string): Promise<number> {
  return Number(await desk.getByTestId(`desk-metric-${name}`).getAttribute('data-value'));
}

describe('the whole story in three pages: recruiter, viewer on a phone, organizer', () => {
  let server: RunningServer;
  let browser: Browser;
  let fair: TestFair;
  let studio: Page;
  let room: Page;
  let desk: Page;
  const contexts: BrowserContext[] = [];
  /** What this test did; the desk must say the same. */
  const truth: Partial<Funnel> = {};

  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer({ ...organizerSettings, GANGBO_VISIT_GRACE_SECONDS: '2' }), launchBrowser()]);
    fair = await setUpFair(server.origin);
    for (const settings of [desktop, phone, desktop])
      contexts.push(await browser.newContext({ ...settings, permissions: ['camera', 'microphone'] }));
    const pages = await Promise.all(contexts.map((context) => context.newPage()));
    [studio, room, desk] = pages as [Page, Page, Page];
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  it('the recruiter goes live from the studio with camera and microphone', async () => {
    await signInToStudio(studio, server.origin, recruiterLogin);
    await goLive(studio, fair.session.id);
  });

  it('the viewer opens the link and sees frames that go on growing', async () => {
    await room.goto(`${server.origin}/s/${fair.session.id}?c=${fair.campusCode}`);
    await waitForFrames(room, 30);
    truth.visits = 1;
    truth.uniqueViewers = 1;
    truth.peakViewers = 1;
  });

  it('they chat both ways', async () => {
    await room.getByTestId('chat-input').fill('主播好，焊接岗位需要证吗？');
    await room.getByTestId('chat-send').click();
    await untilText(studio, 'chat-message', '焊接岗位需要证吗');
    await studio.getByTestId('chat-input').fill('有证优先，没有也可以培训');
    await studio.getByTestId('chat-send').click();
    await untilText(room, 'chat-message', '没有也可以培训');
  });

  it('the recruiter pins a position and the viewer opens its card (P1)', async () => {
    await studio.getByTestId(`pin-${fair.positions[0].id}`).click();
    await room.getByTestId('pinned-card').filter({ hasText: fair.positions[0].title }).click();
    await room.getByTestId('position-sheet').waitFor();
    truth.positionViews = 1;
    truth.positionViewers = 1;
  });

  it('the viewer signs in with a phone number, consults, and the recruiter answers (C1)', async () => {
    await room.getByTestId('consult-button').last().click();
    await room.getByTestId('consultation-input').fill('请问培训多久？');
    await room.getByTestId('consultation-send').click();
    await signInAsViewer(room);
    await untilText(room, 'consultation-message', '培训多久');
    await studio.getByTestId('consultation-item').first().click();
    await untilText(studio, 'consultation-message', '培训多久');
    await studio.getByTestId('consultation-input').fill('两周脱产培训');
    await studio.getByTestId('consultation-send').click();
    await untilText(room, 'consultation-message', '两周脱产培训');
    truth.consultations = 1;
  });

  it('the viewer applies with a PDF and the recruiter opens it (A1)', async () => {
    await room.keyboard.press('Escape');
    await room.getByTestId('apply-button').first().click();
    await room.getByTestId('application-name').fill('张三丰');
    await room.getByTestId('application-phone').fill(PHONE);
    await room
      .getByTestId('application-file')
      .setInputFiles({ name: '张三丰-简历.pdf', mimeType: 'application/pdf', buffer: makePdf('Resume of Zhang') });
    await room.getByTestId('application-consent').check();
    // A second tap while the first is under way is not a second application.
    await room.getByTestId('application-submit').dblclick();
    await room.getByTestId('application-success').waitFor({ timeout: 20_000 });
    truth.applications = 1;

    await studio.getByTestId('application-item').first().waitFor({ timeout: 10_000 });
    await studio.getByTestId('application-open').first().click();
    const download = studio.waitForEvent('download');
    await studio.getByTestId('application-file').click();
    const file = await (await download).createReadStream();
    const bytes = Buffer.concat(await file.toArray());
    expect(bytes.equals(makePdf('Resume of Zhang'))).toBe(true);
  });

  it("the organizer's desk shows the truth while the session is live", async () => {
    await desk.goto(`${server.origin}/desk`);
    await desk.getByTestId('login').fill(organizerLogin.login);
    await desk.getByTestId('password').fill(organizerLogin.password);
    await desk.getByTestId('submit').click();
    await desk.getByTestId('fair-item').first().waitFor();
    await desk.goto(`${server.origin}/desk#/sessions/${fair.session.id}`);
    await expect.poll(() => deskFigure(desk, 'applications'), { timeout: 10_000 }).toBe(1);
    expect(await deskFigure(desk, 'concurrentViewers')).toBe(1);
  });

  it('after the end the desk equals what was done, to the unit, and the ledger agrees (R1)', async () => {
    await studio.getByTestId('end-session').click();
    await studio.getByTestId('confirm').click();
    await room.getByTestId('session-ended').waitFor();
    await expect.poll(() => deskFigure(desk, 'concurrentViewers'), { timeout: 20_000 }).toBe(0);
    const expected = { ...truth, concurrentViewers: 0, withdrawals: 0, hires: 0, hiresConfirmed: 0, endedVisits: 1 };
    const shown: Record<string, number> = {};
    for (const name of Object.keys(expected)) if (name !== 'endedVisits') shown[name] = await deskFigure(desk, name);
    expect(shown).toEqual(Object.fromEntries(Object.entries(expected).filter(([name]) => name !== 'endedVisits')));

    await expect
      .poll(async () => (await fair.organizer.api.call('getSessionReport', { params: { sessionId: fair.session.id } })).ledger.pending, {
        timeout: 20_000,
      })
      .toBe(0);
    const report = await fair.organizer.api.call('getSessionReport', { params: { sessionId: fair.session.id } });
    expect(report.agrees).toBe(true);
    expect(report.funnel).toMatchObject(expected);
    expect(report.recomputed).toEqual(report.funnel);
    expect(report.funnel.dwellMs).toBeGreaterThan(0);
  });

  it('what was logged names nobody: no name, phone number, token or text', () => {
    const logged = server.output();
    for (const secret of [
      '张三丰',
      PHONE,
      '培训多久',
      '焊接岗位需要证吗',
      'Resume of Zhang',
      organizerLogin.password,
      fair.organizer.token(),
    ]) {
      expect(logged.includes(secret), `the log holds ${JSON.stringify(secret.slice(0, 4))}…`).toBe(false);
    }
  });
});

async function signInAsViewer(page: Page): Promise<void> {
  await page.getByTestId('sign-in-phone').fill(PHONE);
  await page.getByTestId('sign-in-request').click();
  await page.getByTestId('sign-in-code').fill(await developmentCode(page));
  await page.getByTestId('sign-in-submit').click();
}

async function developmentCode(page: Page): Promise<string> {
  const shown = page.getByTestId('development-code');
  await shown.waitFor();
  return /\d{6}/.exec((await shown.textContent()) ?? '')?.[0] ?? '';
}

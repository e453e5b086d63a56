import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { z } from 'zod';
import { desktop, launchBrowser, phone } from './support/browser.ts';
import { waitForFrames } from './support/media.ts';
import { startServer } from './support/server.ts';

/** `npm run pictures`: takes the README's pictures anew from the demo fair, so that they show the product as it is. */
const folder = fileURLToPath(new URL('../src/web/pictures/', import.meta.url));
/** The desk is worth a picture once the first visitors have applied. */
const APPLICATIONS_WITHIN_MS = 120_000;

const signIn = z.object({ login: z.string(), password: z.string() });
const demoSchema = z.object({ organizer: signIn, live: z.object({ sessionId: z.string(), recruiter: signIn }) });

async function openAsStaff(browser: Browser, address: string, account: z.infer<typeof signIn>, route: string): Promise<Page> {
  const context = await browser.newContext({ ...desktop, viewport: { width: 1280, height: 800 }, permissions: ['camera', 'microphone'] });
  const page = await context.newPage();
  await page.goto(address);
  await page.getByTestId('login').fill(account.login);
  await page.getByTestId('password').fill(account.password);
  await page.getByTestId('submit').click();
  await page.getByTestId('submit').waitFor({ state: 'detached' });
  await page.goto(`${address}#${route}`);
  return page;
}

const save = (page: Page, name: string) => page.screenshot({ path: join(folder, `${name}.jpg`), type: 'jpeg', quality: 82 });

const [server, browser] = await Promise.all([startServer({ GANGBO_DEMO: 'true' }), launchBrowser()]);
try {
  const demo = demoSchema.parse(JSON.parse(readFileSync(join(server.dataFolder, 'demo.json'), 'utf8')));
  const { sessionId, recruiter } = demo.live;
  const desk = await openAsStaff(browser, `${server.origin}/desk`, demo.organizer, `/sessions/${sessionId}`);
  await desk.waitForFunction(
    () => Number(document.querySelector('[data-testid="desk-metric-applications"]')?.getAttribute('data-value')) >= 2,
    undefined,
    { timeout: APPLICATIONS_WITHIN_MS },
  );
  await save(desk, 'desk');
  const studio = await openAsStaff(browser, `${server.origin}/studio`, recruiter, `/sessions/${sessionId}`);
  await studio.getByTestId('application-item').first().waitFor();
  await studio.getByTestId('consultation-item').first().click();
  await studio.getByTestId('consultation-message').first().waitFor();
  await save(studio, 'studio');
  const room = await (await browser.newContext(phone)).newPage();
  await room.goto(`${server.origin}/s/${sessionId}`);
  await waitForFrames(room, 15);
  await save(room, 'room');
} finally {
  await browser.close();
  await server.stop();
}

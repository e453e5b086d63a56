import type { Page } from 'playwright-core';

/** Signs a recruiter in on the studio page. */
export async function signInToStudio(page: Page, origin: string, { login, password }: { login: string; password: string }): Promise<void> {
  await page.goto(`${origin}/studio`);
  await page.getByTestId('login').fill(login);
  await page.getByTestId('password').fill(password);
  await page.getByTestId('submit').click();
}

/** Opens a session in the studio and goes live with the browser's camera and microphone. */
export async function goLive(page: Page, sessionId: string): Promise<void> {
  await page.locator(`[data-testid="session-item"][data-session-id="${sessionId}"]`).click();
  await page.getByTestId('go-live').click();
  await page.locator('[data-testid="stage-state"][data-state="live"]').waitFor({ timeout: 30_000 });
}

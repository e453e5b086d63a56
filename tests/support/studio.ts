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

interface Recorded {
  connections: RTCPeerConnection[];
}

/** Keeps the page's peer connections at hand for {@link pictures}; to be called before the page is opened. */
export async function recordConnections(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const kept: RTCPeerConnection[] = [];
    Object.assign(globalThis, { connections: kept });
    const Native = globalThis.RTCPeerConnection;
    globalThis.RTCPeerConnection = class extends Native {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        kept.push(this);
      }
    };
  });
}

/** The ICE user name fragments of the page's open connections (RFC 8839, section 5.4): a restart changes them. */
export function iceFragments(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    (globalThis as typeof globalThis & Recorded).connections
      .filter(({ connectionState }) => connectionState === 'connected')
      .map(({ localDescription }) => /a=ice-ufrag:(\S+)/.exec(localDescription?.sdp ?? '')?.[1] ?? ''),
  );
}

/** One video stream that the page receives or sends (W3C webrtc-stats). */
export interface Picture {
  /** Which of the page's connections carries it, in the order they were made. */
  connection: number;
  mid: string;
  frames: number;
  codec: string;
  height: number;
  scalabilityMode?: string | undefined;
}

/** The pictures of the page's open connections just now; `received` ones have decoded frames, `sent` ones encoded frames. */
export function pictures(page: Page, way: 'received' | 'sent'): Promise<Picture[]> {
  return page.evaluate(
    async (type) => {
      const found: Picture[] = [];
      for (const [connection, peer] of (globalThis as typeof globalThis & Recorded).connections.entries()) {
        if (peer.connectionState === 'closed') continue;
        const report = await peer.getStats();
        for (const entry of report.values()) {
          const frames = entry.framesDecoded ?? entry.framesEncoded ?? 0;
          if (entry.type !== type || entry.kind !== 'video' || frames === 0) continue;
          const { mid = '', frameHeight: height = 0, scalabilityMode, codecId } = entry;
          found.push({ connection, mid, frames, height, scalabilityMode, codec: report.get(codecId)?.mimeType ?? '' });
        }
      }
      return found;
    },
    way === 'received' ? 'inbound-rtp' : 'outbound-rtp',
  );
}

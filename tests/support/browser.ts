import { type Browser, chromium } from 'playwright-core';

const executablePath = process.env.CHROMIUM_BIN ?? '/usr/bin/chromium';

/**
 * Chromium with fake cameras (a rolling picture; the second gives depth, which nothing encodes) and microphone
 * (a beep every second), playing without a gesture.
 */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream=device-count=3,fps=30',
      '--autoplay-policy=no-user-gesture-required',
      // Loopback candidates would otherwise hide behind mDNS names, which nothing here resolves.
      '--disable-features=WebRtcHideLocalIpsWithMdns',
    ],
  });
}

/** A phone of the middle class. */
export const phone = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
  locale: 'zh-CN',
  userAgent: 'Mozilla/5.0 (Linux; Android 14; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36',
} as const;

export const desktop = { viewport: { width: 1440, height: 900 }, locale: 'zh-CN' } as const;

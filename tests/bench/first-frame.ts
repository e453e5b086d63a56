import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { workerBinary } from '../../media/worker/binary.mjs';
import { launchBrowser, phone } from '../support/browser.ts';
import { organizerSettings, recruiterLogin, setUpFair } from '../support/fair.ts';
import { startServer } from '../support/server.ts';
import { goLive, signInToStudio } from '../support/studio.ts';
import { startBareSfu } from './bare/sfu.ts';
import { type Benchmark, measurement, median, percentile } from './measurement.ts';

const ROUNDS = 20;
const FRAME_WITHIN_MS = 20_000;

/** The baseline's page as one script. */
async function bundleBarePage(): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      lib: { entry: fileURLToPath(new URL('./bare/page.ts', import.meta.url)), formats: ['es'], fileName: 'page' },
    },
  });
  const [bundle] = Array.isArray(result) ? result : [result];
  const chunk = bundle && 'output' in bundle ? bundle.output[0] : undefined;
  if (chunk?.type !== 'chunk') throw new Error('the baseline page was not bundled');
  return chunk.code;
}

/** Opens the page anew and reads how long its first frame took, milliseconds. */
async function watchOnce(browser: Browser, address: string, read: () => number | undefined): Promise<number> {
  const context = await browser.newContext(phone);
  try {
    const page: Page = await context.newPage();
    await page.goto(address);
    const handle = await page.waitForFunction(read, undefined, { timeout: FRAME_WITHIN_MS, polling: 20 });
    return Number(await handle.jsonValue());
  } finally {
    await context.close();
  }
}

/** In the room page: from the mark before room.join to the first decoded frame. */
const readRoom = () => {
  const [join] = performance.getEntriesByName('gangbo:join');
  const [frame] = performance.getEntriesByName('gangbo:first-frame');
  return join && frame ? frame.startTime - join.startTime : undefined;
};
const readBare = () => window.firstFrameMs;

export const firstFrame: Benchmark = {
  name: 'first-frame',
  group: 'media',
  summary: `join → first decoded frame on the viewer's page in Chromium, ${ROUNDS} fresh pages`,
  baseline: 'a bare page on bare mediasoup with the usual five round trips, no session, visit or chat, from asking for the capabilities',
  async run(progress) {
    const browser = await launchBrowser();
    const server = await startServer(organizerSettings);
    const script = await bundleBarePage();
    const bare = await startBareSfu(workerBinary(process.env) ?? '', (url) =>
      url.endsWith('.js') ? script : '<!doctype html><body><script type="module" src="/page.js"></script>',
    );
    try {
      const { session } = await setUpFair(server.origin);
      const studio = await browser.newPage();
      await signInToStudio(studio, server.origin, recruiterLogin);
      await goLive(studio, session.id);
      const publisher = await browser.newPage();
      await publisher.goto(`${bare.origin}/#publish`);
      await publisher.waitForFunction(() => window.publishing === true);
      const ours: number[] = [];
      const baseline: number[] = [];
      for (let round = 1; round <= ROUNDS; round++) {
        // In turn, so that the machine's moods fall on both.
        ours.push(await watchOnce(browser, `${server.origin}/s/${session.id}`, readRoom));
        baseline.push(await watchOnce(browser, bare.origin, readBare));
        progress(`${round}/${ROUNDS}: ${ours.at(-1)?.toFixed(0)} ms, baseline ${baseline.at(-1)?.toFixed(0)} ms`);
      }
      const goal = { text: 'below the baseline', keeps: (_: number, ratio: number) => ratio < 1 };
      return [
        measurement('join → first frame, median', 'ms', median(ours), median(baseline), goal),
        measurement('join → first frame, p90', 'ms', percentile(ours, 0.9), percentile(baseline, 0.9), goal),
      ];
    } finally {
      await browser.close();
      await bare.stop();
      await server.stop();
    }
  },
};

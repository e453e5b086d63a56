// What `npm start` and `npm test` do first. Plain JavaScript without packages: it
// runs before there are any, on whatever Node the machine has.
import { buildContract, buildPages } from './build.mjs';
import { installNpmPackages } from './npm-packages.mjs';
import { step, stepsDone } from './progress.mjs';
import { demandTools } from './system-packages.mjs';
import { takeTurn } from './turn.mjs';
import { demandVersions } from './versions.mjs';
import { installWorker } from './worker.mjs';

/**
 * What each purpose needs of the machine, by the names in system-packages.mjs, and
 * whether it builds. The image brings its own system packages and databases;
 * `packages` is its layer of what changes seldom.
 */
const purposes = {
  start: { tools: ['redis-server', 'ffmpeg', 'cjk-font'], build: true },
  test: { tools: ['redis-server', 'ffmpeg', 'cjk-font', 'chromium', 'coturn', 'gstreamer'], build: true },
  packages: { tools: [], build: false },
  image: { tools: [], build: true },
};

const began = Date.now();
const name = /** @type {keyof typeof purposes} */ (process.argv[2]);
try {
  if (!Object.hasOwn(purposes, name)) throw new Error(`usage: node config/setup/run.mjs ${Object.keys(purposes).join('|')}`);
  const { tools, build } = purposes[name];
  demandVersions();
  const turnOver = await takeTurn();
  try {
    await step('npm packages', installNpmPackages);
    await step('system packages', (report) => demandTools(tools, report));
    await step('mediasoup worker', installWorker);
    if (build) {
      await step('pages', buildPages);
      await step('contract', buildContract);
    }
  } finally {
    turnOver();
  }
  if (stepsDone() > 0) console.log(`set up in ${((Date.now() - began) / 1000).toFixed(1)} s`);
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}

// What `npm start` and `npm test` do first. Plain JavaScript without packages: it
// runs before there are any, on whatever Node the machine has.
import { buildContract, buildPages } from './build.mjs';
import { installNpmPackages } from './npm-packages.mjs';
import { step, stepsDone } from './progress.mjs';
import { demandTools } from './system-packages.mjs';
import { takeTurn } from './turn.mjs';
import { demandVersions } from './versions.mjs';
import { installWorker } from './worker.mjs';

/** What each purpose needs of the machine, by the names in system-packages.mjs. */
const needs = {
  start: ['redis-server', 'ffmpeg', 'cjk-font'],
  test: ['redis-server', 'ffmpeg', 'cjk-font', 'chromium'],
  // The image brings its own system packages, databases and worker path.
  image: [],
};

const began = Date.now();
const purpose = /** @type {keyof typeof needs} */ (process.argv[2]);
try {
  if (!Object.hasOwn(needs, purpose)) throw new Error(`usage: node config/setup/run.mjs ${Object.keys(needs).join('|')}`);
  demandVersions();
  const turnOver = await takeTurn();
  try {
    await step('npm packages', installNpmPackages);
    await step('system packages', (report) => demandTools(needs[purpose], report));
    await step('mediasoup worker', installWorker);
    await step('pages', buildPages);
    await step('contract', buildContract);
  } finally {
    turnOver();
  }
  if (stepsDone() > 0) console.log(`set up in ${((Date.now() - began) / 1000).toFixed(1)} s`);
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}

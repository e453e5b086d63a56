import { createHash } from 'node:crypto';
import { linkSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { clone } from './npm.mjs';

/**
 * Waits for another set-up of the same clone: two at once would delete each
 * other's packages. Returns what ends our turn. A set-up that was killed is passed.
 * @returns {Promise<() => void>}
 */
export async function takeTurn() {
  const path = join(tmpdir(), `gangbo-setup-${userInfo().username}-${createHash('sha256').update(clone).digest('hex').slice(0, 12)}`);
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, String(process.pid));
  let told = false;
  try {
    for (;;) {
      try {
        linkSync(draft, path);
        break;
      } catch (error) {
        if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
      }
      const owner = ownerOf(path);
      if (owner !== undefined && !isAlive(owner)) {
        // Read again: in the meantime another may have passed the dead one and begun.
        if (ownerOf(path) === owner) rmSync(path, { force: true });
        continue;
      }
      if (!told) console.log(`waiting for another set-up of this clone${owner === undefined ? '' : ` (pid ${owner})`}`);
      told = true;
      await delay(200);
    }
  } finally {
    unlinkSync(draft);
  }
  const over = () => {
    if (ownerOf(path) === process.pid) rmSync(path, { force: true });
  };
  process.once('exit', over);
  return over;
}

/** @param {string} path */
function ownerOf(path) {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

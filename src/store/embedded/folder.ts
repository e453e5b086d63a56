import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** sockaddr_un.sun_path holds 108 bytes on Linux and 104 on macOS, with a terminating zero. */
const SOCKET_PATH_BYTES = 103;

export const isRoot = (): boolean => process.getuid?.() === 0;

/** Whether every folder above `path` can be passed by a user who owns none of them. */
export function isReachableByOthers(path: string): boolean {
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    const found = statSync(folder, { throwIfNoEntry: false });
    if (found && (found.mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/**
 * The data folder: `given`, else ./data. PostgreSQL refuses to run as root, so
 * that root's children run as another user, who cannot pass a private home:
 * then the default is /var/lib/gangbo.
 * @throws when root gives a folder that the other user cannot reach
 */
export function dataFolder(given: string | undefined): string {
  if (given !== undefined) {
    const folder = resolve(given);
    if (isRoot() && !isReachableByOthers(folder))
      throw new Error(
        `GANGBO_DATA = ${folder} is inside a private folder: PostgreSQL does not run as root, and its user cannot reach it. Choose another, for example /var/lib/gangbo, or set DATABASE_URL.`,
      );
    return folder;
  }
  const folder = resolve('data');
  return isRoot() && !isReachableByOthers(folder) ? '/var/lib/gangbo' : folder;
}

/**
 * Makes the data folder: private, except that root's children must be able to pass it.
 * @throws naming the setting when it cannot be made or written to
 */
export function makeDataFolder(folder: string): void {
  try {
    makeFolder(folder, isRoot() ? 0o711 : 0o700);
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? cause.code : 'unknown';
    throw new Error(
      `${folder} cannot be used as the data folder (${reason}). Choose another with GANGBO_DATA, or give this user the right to write there.`,
      {
        cause,
      },
    );
  }
}

/** Makes a folder and those above it one by one: Node's own recursive mkdir never returns below folders such as /proc. */
function makeFolder(folder: string, mode: number): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  const parent = dirname(folder);
  if (!existsSync(parent)) makeFolder(parent, mode);
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    // Another node that starts at the same moment may have been first.
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

/** Where a unix socket called `name` goes: `folder`, unless the path is too long; then a new private one that `remove` deletes. */
export function socketFolder(folder: string, name: string): { path: string; remove(): void } {
  if (Buffer.byteLength(join(folder, name)) <= SOCKET_PATH_BYTES) return { path: folder, remove: () => undefined };
  const path = mkdtempSync(join(tmpdir(), 'gangbo-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
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

/** Makes the data folder: private, except that root's children must be able to pass it. */
export function makeDataFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: isRoot() ? 0o711 : 0o700 });
}

/** Where a unix socket called `name` goes: `folder`, unless the path is too long; then a new private one that `remove` deletes. */
export function socketFolder(folder: string, name: string): { path: string; remove(): void } {
  if (Buffer.byteLength(join(folder, name)) <= SOCKET_PATH_BYTES) return { path: folder, remove: () => undefined };
  const path = mkdtempSync(join(tmpdir(), 'gangbo-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

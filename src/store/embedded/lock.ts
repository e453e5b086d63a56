import { execFileSync } from 'node:child_process';
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from './child.ts';

export interface Lock {
  release(): void;
}

/** Another program uses the data folder. */
export class DataFolderInUse extends Error {
  readonly pid: number;
  constructor(folder: string, pid: number) {
    super(`${folder} is in use by another gangbo (pid ${pid}). Stop that one, or choose another folder with GANGBO_DATA.`);
    this.name = 'DataFolderInUse';
    this.pid = pid;
  }
}

/**
 * Locks the data folder for this process with a file that names its process id
 * and when it started, so that a lock left by a killed program, and a process id
 * that was given to another since, are told from a living owner.
 * @throws DataFolderInUse
 */
export function lockDataFolder(folder: string): Lock {
  const path = join(folder, 'lock');
  const mine = `${process.pid} ${startedAt(process.pid)}\n`;
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, mine, { mode: 0o600 });
  try {
    while (!tryLink(draft, path)) {
      const found = read(path);
      if (found === undefined) continue;
      const [pid = 0, started] = found.split(/\s+/, 2).map(Number);
      if (isAlive(pid) && startedAt(pid) === started) throw new DataFolderInUse(folder, pid);
      removeStale(path, found);
    }
  } finally {
    unlinkSync(draft);
  }
  return {
    release: () => {
      if (read(path) === mine) unlinkSync(path);
    },
  };
}

/** Makes the name appear with its content, or not at all; false when it exists. */
function tryLink(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Takes the stale lock away. When somebody else did so first and locked, what we took is theirs: it goes back. */
function removeStale(path: string, stale: string): void {
  const taken = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, taken);
  } catch {
    return;
  }
  if (read(taken) !== stale) tryLink(taken, path);
  unlinkSync(taken);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** When a process started, in a unit of the system's own; 0 when it cannot be told. */
function startedAt(pid: number): number {
  try {
    // proc(5): field 22 is starttime; the second field, in parentheses, may hold spaces.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  } catch {
    try {
      return Date.parse(execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()) || 0;
    } catch {
      return 0;
    }
  }
}

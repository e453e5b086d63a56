import { readdirSync, readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const MIB = 1024 * 1024;

/** What a process holds of the machine. */
export interface Footprint {
  /** Open file descriptors: files, sockets, pipes. */
  descriptors: number;
  /** Resident memory, MiB (proc_pid_status(5), VmRSS). */
  residentMib: number;
}

/** @throws Error when the process is gone */
export function footprintOf(pid: number): Footprint {
  const line = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return { descriptors: readdirSync(`/proc/${pid}/fd`).length, residentMib: (Number(line?.[1]) * 1024) / MIB };
}

/** Collects this process's garbage, as often as it takes for what finalizers let go to go too. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new Error('there is no gc');
  for (let turn = 0; turn < 3; turn++) collect();
}

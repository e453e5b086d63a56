import { readFileSync } from 'node:fs';

/** Clock ticks a second in /proc (sysconf _SC_CLK_TCK), 100 on every Linux that we run on. */
const TICKS_PER_SECOND = 100;

/** User and system time of a process with all its threads so far, ms (proc_pid_stat(5), utime and stime). @throws Error when it is gone */
export function processorTimeMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name may hold spaces and brackets; the fields after it do not.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}

export const processorTimeOfAll = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + processorTimeMs(pid), 0);

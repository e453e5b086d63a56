import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startServer } from '../support/server.ts';
import { type Benchmark, measurement, median } from './measurement.ts';

const SAMPLES = 5;
const SAMPLE_EVERY_MS = 1_000;
const SETTLE_MS = 5_000;
const MIB = 1024 * 1024;

/** Resident memory of a process by the kernel's own account, MiB (proc_pid_status(5), VmRSS). */
function residentMib(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  if (!line?.[1]) throw new Error(`no VmRSS for process ${pid}`);
  return (Number(line[1]) * 1024) / MIB;
}

async function idle(pid: number): Promise<number> {
  const samples: number[] = [];
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  for (let sample = 0; sample < SAMPLES; sample++) {
    samples.push(residentMib(pid));
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_EVERY_MS));
  }
  return median(samples);
}

export const idleMemory: Benchmark = {
  name: 'idle-memory',
  summary: 'resident memory of the server process, started and idle (workers, Redis and PostgreSQL are other processes)',
  baseline: 'a process that loads the same libraries, listens, and does nothing else',
  async run(progress) {
    progress('starting the server');
    const server = await startServer();
    const ours = await idle(server.process.pid ?? 0);
    await server.stop();
    progress('starting the baseline');
    const bare = fork(fileURLToPath(new URL('./bare/libraries.ts', import.meta.url)));
    await new Promise((resolve) => bare.once('message', resolve));
    const baseline = await idle(bare.pid ?? 0);
    bare.kill();
    return [measurement('idle memory', 'MiB RSS', ours, baseline, { text: 'under 200 MiB', keeps: (value) => value < 200 })];
  },
};

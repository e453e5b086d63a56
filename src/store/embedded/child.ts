import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../../domain/ports.ts';

export interface ChildOptions {
  name: string;
  command: string;
  args: readonly string[];
  /** Whom to run as, when started by root. */
  identity?: { uid: number; gid: number } | undefined;
  env?: Readonly<Record<string, string>>;
  log: Log;
  /** Asks the child to stop in order. */
  stopSignal: NodeJS.Signals;
  /** Called once when the child ends without having been asked to. */
  onExit: (reason: string) => void;
}

export interface Child {
  pid: number;
  /** Resolves with a description when the process has ended, whoever ended it. */
  ended: Promise<string>;
  /** Stops in order; kills after `STOP_TIMEOUT_MS`. Safe to call twice. */
  stop(): Promise<void>;
}

const STOP_TIMEOUT_MS = 15_000;
const LAST_LINES = 12;

/** Starts a private child in a session of its own, so that Ctrl-C in a terminal reaches us first and it last. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const child: ChildProcess = spawn(options.command, options.args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C', ...options.env },
    ...options.identity,
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${options.name} has no process id`);
  // Without this our event loop could not end while the child lives.
  child.unref();
  const lastLines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (line) => {
      options.log.debug({ child: options.name, pid, line }, 'line of a child process');
      lastLines.push(line);
      if (lastLines.length > LAST_LINES) lastLines.shift();
    });
  }
  let stopping = false;
  const ended = new Promise<string>((resolve) => {
    child.once('close', (code, signal) => {
      const reason = `${options.name} (pid ${pid}) ended with ${signal ?? `status ${code}`}`;
      resolve(`${reason}${lastLines.length > 0 ? `; its last lines:\n  ${lastLines.join('\n  ')}` : ''}`);
      if (!stopping) options.onExit(reason);
    });
  });
  const stop = async () => {
    stopping = true;
    if (child.exitCode === null && child.signalCode === null) child.kill(options.stopSignal);
    const timer = setTimeout(() => {
      options.log.warn({ child: options.name, childPid: pid }, 'child process does not stop; killing it');
      child.kill('SIGKILL');
    }, STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  };
  return { pid, ended, stop };
}

/** Waits until `ready` answers true. Rejects when the child ends first or the time is over. */
export async function untilReady(child: Child, name: string, ready: () => Promise<boolean>, timeoutMs: number): Promise<void> {
  let endedWith: string | undefined;
  void child.ended.then((reason) => {
    endedWith = reason;
  });
  const deadline = Date.now() + timeoutMs;
  while (!(await ready())) {
    if (endedWith !== undefined) throw new Error(endedWith);
    if (Date.now() > deadline) throw new Error(`${name} was not ready after ${timeoutMs / 1000} s`);
    await delay(10);
  }
}

/** Whether a process exists, ours or not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Stops a child that outlived a killed parent: the process whose id the first
 * line of `pidFile` holds, if it still is `program` working in `folder`. A process
 * id that was given to another program since, or to another server of the same
 * kind, is left alone.
 */
export async function stopStale(pidFile: string, program: string, folder: string, signal: NodeJS.Signals, log: Log): Promise<void> {
  let pid: number;
  try {
    pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
  } catch {
    return;
  }
  if (!Number.isSafeInteger(pid) || pid <= 1 || !isAlive(pid)) return;
  const command = await commandOf(pid);
  if (!command.includes(program) || !(command.includes(folder) || workingFolderOf(pid) === folder)) return;
  log.warn({ program, childPid: pid }, 'stopping a child process that outlived its program');
  process.kill(pid, signal);
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (isAlive(pid)) {
    if (Date.now() > deadline) process.kill(pid, 'SIGKILL');
    await delay(20);
  }
}

/** Redis shows its socket instead of its arguments; both servers work in their folder. */
function workingFolderOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

/** The command line of a process; empty when it cannot be told. */
async function commandOf(pid: number): Promise<string> {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    // Not Linux: ask ps, which every Unix has.
    const { execFile } = await import('node:child_process');
    return new Promise((resolve) => {
      execFile('ps', ['-o', 'command=', '-p', String(pid)], (error, stdout) => resolve(error ? '' : stdout));
    });
  }
}

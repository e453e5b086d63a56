import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { DemoMessage } from './main.ts';
import type { DemoState } from './set-up.ts';

export interface DemoOptions {
  origin: string;
  /** File in the data folder that the demo remembers itself by. */
  stateFile: string;
  /** The first organizer's sign-in; null when the demo was set up by an earlier start. */
  organizer: { login: string; password: string } | null;
  onPinned: (title: string) => void;
  onExit: (reason: string) => void;
}

export interface Demo {
  state: Pick<DemoState, 'organizer' | 'live' | 'second'>;
  stop(): Promise<void>;
}

const STOP_MS = 3_000;

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await gone;
  clearTimeout(timer);
}

/** Starts the demo's process and resolves once its fair exists and its session is live. */
export async function startDemo({ origin, stateFile, organizer, onPinned, onExit }: DemoOptions): Promise<Demo> {
  const child = fork(fileURLToPath(new URL('./main.ts', import.meta.url)), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  let playing = false;
  const state = await new Promise<Demo['state']>((resolve, reject) => {
    child.on('message', (message: DemoMessage) => {
      switch (message.type) {
        case 'ready':
          playing = true;
          return resolve(message.state);
        case 'pinned':
          return onPinned(message.title);
        case 'failed':
          return reject(new Error(`the demo could not be set up: ${message.reason}`));
        default:
          message satisfies never;
      }
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      const reason = `exit ${code ?? signal}`;
      reject(new Error(`the demo stopped while setting up: ${reason}`));
      if (playing) onExit(reason);
    });
    child.send({ origin, stateFile, organizer });
  });
  return {
    state,
    async stop() {
      playing = false;
      await stopChild(child);
    },
  };
}

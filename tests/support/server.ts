import { type ChildProcess, fork } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ReadyMessage } from '../../src/main.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const STARTED_WITHIN_MS = 90_000;

export interface RunningServer extends ReadyMessage {
  process: ChildProcess;
  dataFolder: string;
  /** Standard output and error so far. */
  output: () => string;
  /** SIGTERM, and waits until the process is gone; its exit code. */
  stop(): Promise<number | null>;
}

/**
 * The program as a user starts it, in a data folder of its own and on free
 * ports, with embedded databases unless `env` names others.
 * @param under a command to run it under, such as `ip netns exec name`
 */
export async function startServer(env: Record<string, string> = {}, under: readonly string[] = []): Promise<RunningServer> {
  const dataFolder = env.GANGBO_DATA ?? mkdtempSync(join(tmpdir(), 'gangbo-test-'));
  // PostgreSQL runs as a user of its own when the tests run as root, and must reach its folder.
  chmodSync(dataFolder, 0o711);
  const [execPath = process.execPath, ...execArgv] = [...under, process.execPath];
  const child = fork(main, {
    execPath,
    execArgv,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      ...process.env,
      NODE_ENV: 'development',
      GANGBO_DATA: dataFolder,
      GANGBO_HOST: '127.0.0.1',
      GANGBO_PORT: '0',
      GANGBO_MEDIA_PORT: '0',
      GANGBO_MEDIA_HOST: '127.0.0.1',
      GANGBO_DEMO: 'false',
      GANGBO_LOG_PRETTY: 'false',
      GANGBO_DRAIN_SECONDS: '0',
      ...env,
    },
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const ready = await new Promise<ReadyMessage>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready in time:\n${output}`)), STARTED_WITHIN_MS);
    child.once('message', (message: ReadyMessage) => {
      clearTimeout(timer);
      resolve(message);
    });
    void exited.then((code) => {
      clearTimeout(timer);
      reject(new Error(`exited with ${code}:\n${output}`));
    });
  });
  return {
    ...ready,
    process: child,
    dataFolder,
    output: () => output,
    async stop() {
      child.kill('SIGTERM');
      const code = await exited;
      if (!env.GANGBO_DATA) rmSync(dataFolder, { recursive: true, force: true });
      return code;
    },
  };
}

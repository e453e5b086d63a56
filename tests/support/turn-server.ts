import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.ts';

export interface TurnServer {
  port: number;
  /** Its log so far. */
  output: () => string;
  close(): Promise<void>;
}

export interface TurnServerOptions {
  /** coturn's static-auth-secret. */
  secret: string;
  /** Default: a free one. */
  port?: number;
  /** Whether clients may reach it over UDP; over TCP they always may. Default: yes. */
  udp?: boolean;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

/** A real coturn on the loopback address, over UDP and TCP, that checks short-lived credentials as in production. */
export async function startTurnServer({ secret, port: wanted, udp = true }: TurnServerOptions): Promise<TurnServer> {
  const port = wanted ?? (await freePort());
  const folder = mkdtempSync(join(tmpdir(), 'gangbo-turn-'));
  const child = spawn('turnserver', [
    '-n',
    '--verbose',
    '--use-auth-secret',
    `--static-auth-secret=${secret}`,
    '--realm=gangbo.test',
    '--listening-ip=127.0.0.1',
    '--relay-ip=127.0.0.1',
    `--listening-port=${port}`,
    '--relay-threads=1',
    // The media workers of the tests are on this machine; never do so in production.
    '--allow-loopback-peers',
    '--no-cli',
    '--no-tls',
    '--no-dtls',
    `--userdb=${join(folder, 'turn.db')}`,
    `--pidfile=${join(folder, 'turn.pid')}`,
    '--log-file=stdout',
    ...(udp ? [] : ['--no-udp']),
  ]);
  let output = '';
  const keep = (chunk: Buffer) => {
    output += chunk;
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const exited = once(child, 'exit').then(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const kill = () => child.kill('SIGKILL');
  // A test worker that ends without closing must not leave it behind.
  process.on('exit', kill);
  const server = {
    port,
    output: () => output,
    async close() {
      process.off('exit', kill);
      kill();
      await exited;
    },
  };
  try {
    await until(() => {
      if (child.exitCode !== null) throw new Error(`turnserver ended with ${child.exitCode}`);
      const hears = (protocol: string) => new RegExp(`${protocol} listener opened on ?: 127.0.0.1:${port}`).test(output);
      return hears('TCP') && (!udp || hears('UDP'));
    });
  } catch (error) {
    await server.close();
    throw new Error(`coturn did not start:\n${output}`, { cause: error });
  }
  return server;
}

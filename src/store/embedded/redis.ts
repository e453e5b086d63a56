import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Log } from '../../domain/ports.ts';
import { startChild, stopStale, untilReady } from './child.ts';
import { socketFolder } from './folder.ts';

export interface EmbeddedOptions {
  /** The data folder; each database keeps to a folder of its own in it. */
  folder: string;
  log: Log;
  /** The child ended without having been asked to: the program should say so and stop. */
  onExit: (reason: string) => void;
}

export interface EmbeddedRedis {
  /** A socket path, which ioredis takes where it takes a `redis://` URL. */
  url: string;
  pid: number;
  stop(): Promise<void>;
}

/** Loading a large append-only file takes a while; Redis answers -LOADING until then. */
const READY_TIMEOUT_MS = 120_000;

/**
 * A real Redis on a unix socket in a private folder, as a child process: no TCP
 * port, every write appended to disk, flushed once a second.
 * @throws when redis-server is missing or does not start
 */
export async function startEmbeddedRedis({ folder, log, onExit }: EmbeddedOptions): Promise<EmbeddedRedis> {
  const own = join(folder, 'redis');
  mkdirSync(own, { recursive: true, mode: 0o700 });
  const pidFile = join(own, 'redis.pid');
  await stopStale(pidFile, 'redis-server', own, 'SIGTERM', log);
  const sockets = socketFolder(own, 'redis.sock');
  const socket = join(sockets.path, 'redis.sock');
  const settings = {
    port: '0',
    unixsocket: socket,
    unixsocketperm: '700',
    dir: own,
    pidfile: pidFile,
    daemonize: 'no',
    appendonly: 'yes',
    appendfsync: 'everysec',
    // The append-only file is the record; snapshots would only add forks.
    save: '',
    'maxmemory-policy': 'noeviction',
    logfile: '',
  };
  const child = await startChild({
    name: 'redis-server',
    command: 'redis-server',
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    log,
    stopSignal: 'SIGTERM',
    onExit,
  }).catch((error: NodeJS.ErrnoException) => {
    sockets.remove();
    if (error.code !== 'ENOENT') throw error;
    throw new Error('redis-server is not installed. Install it (Debian: apt-get install redis-server), or set REDIS_URL.');
  });
  const stop = async () => {
    await child.stop();
    sockets.remove();
  };
  try {
    await untilReady(child, 'redis-server', () => answersPing(socket), READY_TIMEOUT_MS);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: socket, pid: child.pid, stop };
}

/** Whether Redis at this socket answers PING with PONG. */
function answersPing(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(path);
    const answer = (is: boolean) => {
      connection.destroy();
      resolve(is);
    };
    connection.setTimeout(1_000, () => answer(false));
    connection.once('error', () => answer(false));
    connection.once('data', (data) => answer(data.toString().startsWith('+PONG')));
    connection.once('connect', () => connection.write('PING\r\n'));
  });
}

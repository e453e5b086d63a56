import { networkInterfaces } from 'node:os';
import { createWorker } from 'mediasoup';
import type { WebRtcServer, Worker } from 'mediasoup/types';
import { asMediaError } from './faults.ts';
import { listenInfos } from './listen.ts';
import type { MediaLog, WorkerHealth } from './types.ts';
import { MediaError } from './types.ts';

export interface WorkerPoolOptions {
  /** Path of the mediasoup-worker binary. */
  workerBinary: string;
  workers: number;
  listenHost: string;
  announcedAddresses: readonly string[];
  /** Worker n takes this UDP and TCP port plus n; 0 takes free ones. */
  firstPort: number;
  log: MediaLog;
  onDied(event: { pid: number; reason: string }): void;
}

/** One worker process with its WebRtcServer. */
export interface MediaWorker {
  readonly worker: Worker;
  readonly webRtcServer: WebRtcServer;
  /** Subscribers and publishers placed here, of all stages; kept by the stages. */
  participants: number;
}

export interface WorkerPool {
  /** The workers that live now, after waiting a little for one when there is none. @throws MediaError unavailable */
  living(): Promise<MediaWorker[]>;
  health(): WorkerHealth[];
  /** Stops every worker and waits until their processes are gone. */
  close(): Promise<void>;
}

interface Slot {
  current: MediaWorker | undefined;
  counts: { routers: number; transports: number; consumers: number };
  spawning: Promise<void> | undefined;
  respawn: NodeJS.Timeout | undefined;
  failures: number;
}

/** How long a call waits for the first worker to come back. */
const patienceMs = 5_000;
const firstBackoffMs = 100;
const longestBackoffMs = 10_000;
/** A worker that lived this long is not in a crash loop. */
const provenMs = 30_000;

/** Counts what exists below a worker, from mediasoup's own events, so that a leak shows in health(). */
function countBelow(worker: Worker, counts: Slot['counts']): void {
  worker.observer.on('newrouter', (router) => {
    counts.routers++;
    router.observer.once('close', () => counts.routers--);
    router.observer.on('newtransport', (transport) => {
      counts.transports++;
      transport.observer.once('close', () => counts.transports--);
      transport.observer.on('newconsumer', (consumer) => {
        counts.consumers++;
        consumer.observer.once('close', () => counts.consumers--);
      });
    });
  });
}

/**
 * mediasoup closes every worker at the first SIGINT or SIGTERM. A stop that gives
 * viewers time to move keeps the picture until they have, and closes the plane itself.
 */
function leaveSignalsToTheProgram(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    for (const listener of process.listeners(signal)) if (listener.name === 'onSignal') process.removeListener(signal, listener);
  }
}

async function stopWorker(worker: Worker): Promise<void> {
  if (worker.subprocessClosed) return;
  await new Promise<void>((resolve) => {
    const kill = setTimeout(() => process.kill(worker.pid, 'SIGKILL'), 2_000);
    worker.once('subprocessclose', () => {
      clearTimeout(kill);
      resolve();
    });
    worker.close();
  });
}

/**
 * Starts the workers; one that dies is reported and started anew on its port,
 * at once the first time, then with a growing pause.
 * @throws MediaError unavailable when a worker can't start or its port is taken
 */
export async function createWorkerPool(options: WorkerPoolOptions): Promise<WorkerPool> {
  const { log } = options;
  const arrivals = new Set<() => void>();
  let closed = false;

  const open = async (slot: Slot, index: number): Promise<void> => {
    const worker = await createWorker({ workerBin: options.workerBinary, logLevel: 'warn' });
    leaveSignalsToTheProgram();
    const counts = { routers: 0, transports: 0, consumers: 0 };
    countBelow(worker, counts);
    const port = options.firstPort === 0 ? 0 : options.firstPort + index;
    let webRtcServer: WebRtcServer;
    try {
      webRtcServer = await worker.createWebRtcServer({
        listenInfos: listenInfos({
          host: options.listenHost,
          announced: options.announcedAddresses,
          port,
          interfaces: networkInterfaces(),
        }),
      });
    } catch (error) {
      await stopWorker(worker);
      const fault = asMediaError(error);
      throw new MediaError(fault.fault, `media worker ${index} cannot listen on port ${port}: ${fault.message}`, { cause: error });
    }
    if (closed) return stopWorker(worker);
    slot.current = { worker, webRtcServer, participants: 0 };
    slot.counts = counts;
    const bornAt = performance.now();
    worker.once('died', (error) => {
      slot.failures = performance.now() - bornAt > provenMs ? 0 : slot.failures + 1;
      log.error({ pid: worker.pid, reason: error.message }, 'a media worker died');
      options.onDied({ pid: worker.pid, reason: error.message });
      respawnLater(slot, index);
    });
    for (const arrived of arrivals) arrived();
  };

  const respawnLater = (slot: Slot, index: number): void => {
    if (closed) return;
    const pause = slot.failures <= 1 ? 0 : Math.min(longestBackoffMs, firstBackoffMs * 2 ** (slot.failures - 1));
    slot.respawn = setTimeout(() => {
      slot.spawning = open(slot, index)
        .then(() => log.info({ pid: slot.current?.worker.pid }, 'a media worker was started anew'))
        .catch((error: unknown) => {
          slot.failures++;
          log.error({ reason: asMediaError(error).message }, 'a media worker could not be started');
          respawnLater(slot, index);
        });
    }, pause);
  };

  const slots = Array.from(
    { length: options.workers },
    (): Slot => ({
      current: undefined,
      counts: { routers: 0, transports: 0, consumers: 0 },
      spawning: undefined,
      respawn: undefined,
      failures: 0,
    }),
  );
  const alive = (): MediaWorker[] => slots.flatMap((slot) => (slot.current && !slot.current.worker.closed ? [slot.current] : []));

  const pool: WorkerPool = {
    async living() {
      const now = alive();
      if (now.length > 0) return now;
      if (closed) throw new MediaError('unavailable', 'the media plane is closed');
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(patience);
          arrivals.delete(done);
          resolve();
        };
        const patience = setTimeout(done, patienceMs);
        arrivals.add(done);
      });
      const later = alive();
      if (later.length === 0) throw new MediaError('unavailable', 'no media worker is running');
      return later;
    },

    health: () =>
      slots.flatMap((slot) => (slot.current ? [{ pid: slot.current.worker.pid, alive: !slot.current.worker.closed, ...slot.counts }] : [])),

    async close() {
      closed = true;
      for (const slot of slots) clearTimeout(slot.respawn);
      for (const arrived of arrivals) arrived();
      await Promise.all(slots.map((slot) => slot.spawning));
      await Promise.all(slots.map((slot) => (slot.current ? stopWorker(slot.current.worker) : undefined)));
    },
  };

  // allSettled: the workers that did start must be stopped before the failure is told.
  const started = await Promise.allSettled(slots.map((slot, index) => open(slot, index)));
  const failure = started.find((result) => result.status === 'rejected');
  if (failure) {
    await pool.close();
    throw asMediaError(failure.reason);
  }
  return pool;
}

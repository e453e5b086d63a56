import { networkInterfaces } from 'node:os';
import { createWorker } from 'mediasoup';
import type { WebRtcServer, Worker } from 'mediasoup/types';
import { asMediaError } from '../faults.ts';
import type { WorkerLoadView } from '../placement.ts';
import type { MediaLog, WorkerHealth } from '../types.ts';
import { MediaError } from '../types.ts';
import { CrashRecord, longestPauseMs } from './crash-record.ts';
import { listenInfos } from './listen.ts';
import { WorkerLoad } from './worker-load.ts';

export interface WorkerPoolOptions {
  /** Path of the mediasoup-worker binary. */
  workerBinary: string;
  workers: number;
  listenHost: string;
  announcedAddresses: readonly string[];
  /** Worker n takes this UDP and TCP port plus n; 0 takes free ones. */
  firstPort: number;
  /** So many deaths of a worker within a minute, and it is given up. Default: see crash-record.ts. */
  mostDeaths?: number;
  log: MediaLog;
  onDied(event: { pid: number; reason: string }): void;
  onRetired(event: { pid: number; deaths: number }): void;
}

/** One worker process with its WebRtcServer. */
export interface MediaWorker {
  readonly worker: Worker;
  readonly webRtcServer: WebRtcServer;
  /** Counts one subscriber or publisher placed here; answers what takes it off again. */
  admit(): () => void;
  load(): WorkerLoadView;
}

export interface WorkerPool {
  /** The workers that live now, after waiting a little for one when there is none. @throws MediaError unavailable */
  living(): Promise<MediaWorker[]>;
  health(): WorkerHealth[];
  /** Stops every worker and waits until their processes are gone. */
  close(): Promise<void>;
}

interface Slot {
  current: (MediaWorker & { measured: WorkerLoad }) | undefined;
  spawning: Promise<void> | undefined;
  respawn: NodeJS.Timeout | undefined;
  crashes: CrashRecord;
  retired: boolean;
}

/** How long a call waits for the first worker to come back. */
const patienceMs = 5_000;
const measureMs = 1_000;
/** A worker that has not answered for so many measurements is stuck, and as good as dead to everybody on it. */
const stuckAfter = 10;

/**
 * mediasoup closes every worker at the first SIGINT or SIGTERM. A stop that gives
 * viewers time to move keeps the picture until they have, and closes the plane itself.
 */
function leaveSignalsToTheProgram(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    for (const listener of process.listeners(signal)) if (listener.name === 'onSignal') process.removeListener(signal, listener);
  }
}

/** Its process may have ended by itself a moment ago. */
function kill(worker: Worker): void {
  try {
    process.kill(worker.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function stopWorker(worker: Worker): Promise<void> {
  if (worker.subprocessClosed) return;
  await new Promise<void>((resolve) => {
    const patience = setTimeout(() => kill(worker), 2_000);
    worker.once('subprocessclose', () => {
      clearTimeout(patience);
      resolve();
    });
    worker.close();
  });
}

/** @throws MediaError unavailable when it can't start or its port is taken */
async function startWorker(options: WorkerPoolOptions, index: number): Promise<MediaWorker & { measured: WorkerLoad }> {
  const worker = await createWorker({ workerBin: options.workerBinary, logLevel: 'warn' });
  leaveSignalsToTheProgram();
  const measured = new WorkerLoad(worker);
  const port = options.firstPort === 0 ? 0 : options.firstPort + index;
  try {
    const webRtcServer = await worker.createWebRtcServer({
      listenInfos: listenInfos({
        host: options.listenHost,
        announced: options.announcedAddresses,
        port,
        interfaces: networkInterfaces(),
      }),
    });
    return { worker, webRtcServer, measured, admit: () => measured.admit(), load: () => measured.view() };
  } catch (error) {
    await stopWorker(worker);
    const fault = asMediaError(error);
    throw new MediaError(fault.fault, `media worker ${index} cannot listen on port ${port}: ${fault.message}`, { cause: error });
  }
}

/**
 * Starts the workers; one that dies is reported and started anew on its port, at
 * once the first time, then with a growing pause. One that keeps dying is given up,
 * unless there is no other: that one is tried again for ever, seldom.
 * @throws MediaError unavailable when a worker can't start or its port is taken
 */
export async function createWorkerPool(options: WorkerPoolOptions): Promise<WorkerPool> {
  const { log } = options;
  const arrivals = new Set<() => void>();
  let closed = false;

  const open = async (slot: Slot, index: number): Promise<void> => {
    const started = await startWorker(options, index);
    const { worker } = started;
    if (closed) return stopWorker(worker);
    slot.current = started;
    const bornAt = performance.now();
    worker.once('died', (error) => {
      log.debug({ worker: worker.pid, reason: error.message }, 'a media worker died');
      options.onDied({ pid: worker.pid, reason: error.message });
      fail(slot, index, performance.now() - bornAt);
    });
    for (const arrived of arrivals) arrived();
  };

  const fail = (slot: Slot, index: number, lived: number): void => {
    if (closed) return;
    const { crashes } = slot;
    crashes.note(performance.now(), lived);
    if (!crashes.crashLoop) {
      respawnAfter(slot, index, crashes.pauseMs);
      return;
    }
    const pid = slot.current?.worker.pid ?? 0;
    const fields = { worker: pid, slot: index, deaths: crashes.deaths };
    if (slots.every((other) => other === slot || other.retired)) {
      log.error(
        fields,
        'the last media worker keeps crashing and is tried again every 10 s; check its binary and the memory of this machine',
      );
      respawnAfter(slot, index, longestPauseMs);
      return;
    }
    slot.retired = true;
    log.debug(fields, 'a media worker keeps crashing and is not started any more');
    options.onRetired({ pid, deaths: crashes.deaths });
  };

  const respawnAfter = (slot: Slot, index: number, pauseMs: number): void => {
    slot.respawn = setTimeout(() => {
      slot.spawning = open(slot, index)
        .then(() => log.info({ worker: slot.current?.worker.pid }, 'a media worker was started anew'))
        .catch((error: unknown) => {
          log.error({ reason: asMediaError(error).message }, 'a media worker could not be started');
          fail(slot, index, 0);
        });
    }, pauseMs);
  };

  const slots = Array.from(
    { length: options.workers },
    (): Slot => ({
      current: undefined,
      spawning: undefined,
      respawn: undefined,
      crashes: new CrashRecord(options.mostDeaths),
      retired: false,
    }),
  );
  const alive = () => slots.flatMap((slot) => (slot.current && !slot.current.worker.closed ? [slot.current] : []));

  const measuring = setInterval(() => {
    for (const { worker, measured } of alive()) {
      void measured.measure();
      if (measured.unanswered < stuckAfter) continue;
      log.error({ worker: worker.pid }, 'a media worker does not answer and is killed, so that another takes its place');
      kill(worker);
    }
  }, measureMs);
  measuring.unref();

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
      slots.flatMap(({ current, retired }) => {
        if (!current) return [];
        const { participants, cpu, lagMs, bitrate } = current.load();
        const { worker, measured } = current;
        return [{ pid: worker.pid, alive: !worker.closed, retired, ...measured.counts, participants, cpu, lagMs, bitrate }];
      }),

    async close() {
      closed = true;
      clearInterval(measuring);
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

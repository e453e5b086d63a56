import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { v7 } from 'uuid';
import { type Config, initialOutgoingBitrate, maxIncomingBitrate, routerCodecs } from '../config/index.ts';
import { createMediaPlane, type MediaPlane } from '../media/index.ts';
import { workerBinary } from '../media/worker/binary.mjs';
import { type DemoFair, startDemoFair } from './assembly/demo.ts';
import { createHealthChecks } from './assembly/health.ts';
import { assembleHttp } from './assembly/http.ts';
import { routeMedia } from './assembly/media.ts';
import { assembleRealtime } from './assembly/realtime.ts';
import { createServices } from './assembly/services.ts';
import { openStores } from './assembly/stores.ts';
import type { Notify, Trace } from './domain/ports.ts';
import { type Engines, startEngines } from './engines.ts';
import { registerHealth } from './telemetry/health.ts';
import type { Logger } from './telemetry/logger.ts';
import { createMetrics } from './telemetry/metrics.ts';

export interface AppOptions {
  config: Config;
  log: Logger;
  trace: Trace;
  /** Aborted when the program is asked to stop, also while it is still starting. */
  stopping: AbortSignal;
  /** Something the program cannot run without is gone. */
  onFatal: (reason: string) => void;
  /** The start has failed and said why; what had started is being stopped. */
  onFailing: () => void;
}

export interface App {
  /** Where the server listens, on this machine. */
  origin: string;
  /** What people use. */
  publicUrl: string;
  databaseUrl: string;
  redisUrl: string;
  demo: DemoFair['state'] | null;
  /** The organizer made by this start, with the password that was generated for it. */
  newOrganizer: { login: string; password: string } | null;
  /** @param patienceMs how long the parts may take together, apart from the child processes */
  stop(patienceMs?: number): Promise<void>;
}

function openMedia(config: Config, log: Logger): Promise<MediaPlane> {
  const binary = workerBinary(process.env);
  if (!binary) throw new Error('no mediasoup worker: run npm start, whose set-up gets one, or set MEDIASOUP_WORKER_BIN');
  return createMediaPlane({
    workerBinary: binary,
    workers: config.GANGBO_MEDIA_WORKERS ?? availableParallelism(),
    listenHost: config.GANGBO_MEDIA_HOST,
    announcedAddresses: config.GANGBO_MEDIA_ADDRESS,
    firstPort: config.GANGBO_MEDIA_PORT,
    codecs: routerCodecs.map((codec) => ({ ...codec })),
    initialOutgoingBitrate,
    maxIncomingBitrate,
    log,
  });
}

/** How long the parts may take to stop, beyond the time given to clients to move. */
const PATIENCE_MS = 8_000;

/** Whether work is done within a time; what it does afterwards is nobody's concern. @throws as the work does within it */
async function within(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), Math.max(0, ms));
  });
  const done = work.then(() => true);
  done.catch(() => undefined);
  return Promise.race([done, late]).finally(() => clearTimeout(timer));
}

/**
 * Starts every part in the order in which they need one another and puts them
 * together; `stop` takes them down in the opposite order: people first, then the
 * work under way, then the databases.
 * @throws when a part does not start; the reason is logged and what had started is stopped again
 */
export async function startApp({ config, log, trace, stopping, onFatal, onFailing }: AppOptions): Promise<App> {
  const stops: { name: string; stop: () => Promise<unknown> | unknown; child?: true }[] = [];
  const stop = async (patienceMs = PATIENCE_MS + config.GANGBO_DRAIN_SECONDS * 1_000) => {
    const until = Date.now() + patienceMs;
    for (const part of stops.splice(0).reverse()) {
      try {
        const stopped = Promise.resolve(part.stop());
        // A part may wait for a database that is gone; the processes below us must be ended all the same.
        if (part.child) await stopped;
        else if (!(await within(stopped, until - Date.now()))) log.error({ part: part.name }, 'a part did not stop in time');
      } catch (error) {
        log.error({ err: error, part: part.name }, 'a part did not stop in order');
      }
    }
  };
  const started = <T>(name: string, part: T, stopPart: (part: T) => Promise<unknown> | unknown): T => {
    stops.push({ name, stop: () => stopPart(part) });
    stopping.throwIfAborted();
    return part;
  };

  try {
    const [engines, localPlane] = await startFoundations();
    const clock = Date.now;
    const newId = v7;
    const metrics = createMetrics();
    const stores = started('stores', await openStores({ config, engines, clock, log }), (part) => part.close());
    const nodeId = newId();
    const plane = started('media of all nodes', await routeMedia({ local: localPlane, stores, nodeId, log }), (part) => part.close());
    plane.on('workerDied', ({ pid, reason }) => {
      metrics.workerDied();
      log.error({ pid, reason }, 'a media worker died; another takes its place and everyone on it is moved');
    });
    const demoFile = join(engines.folder, 'demo.json');

    let accepting = false;
    // With port 0 the address is known once the server listens.
    let publicUrl = config.GANGBO_PUBLIC_URL?.replace(/\/$/, '') ?? `http://localhost:${config.GANGBO_PORT}`;
    // Services send personal messages, and the socket server that carries them needs the services.
    let carrier: Notify | undefined;
    const notify: Notify = {
      account: (...message) => carrier?.account(...message),
      company: (...message) => carrier?.company(...message),
    };
    const services = createServices({
      config,
      stores,
      plane,
      notify,
      tokenSecret: engines.tokenSecret,
      publicUrl: () => publicUrl,
      nodeId,
      metrics,
      clock,
      newId,
      trace,
      log,
    });
    const { audience, books, accounts } = services;
    await audience.start();
    started('presence', audience, (part) => part.stop());
    books.start();
    started('books', books, (part) => part.stop());

    const http = await assembleHttp({
      config,
      stores,
      services,
      plane,
      tokenSecret: engines.tokenSecret,
      publicUrl: () => publicUrl,
      system: (app) =>
        registerHealth(app, {
          checks: createHealthChecks({ stores, plane }),
          metrics,
          metricsToken: config.GANGBO_METRICS_TOKEN,
          accepting: () => accepting,
        }),
      metrics,
      trace,
      log,
    });
    started('http', http, (part) => part.close());
    const realtime = assembleRealtime({ config, httpServer: http.server, stores, services, metrics, clock, newId, trace, log });
    started('realtime', realtime, (part) => part.stop());
    carrier = realtime.notify;
    await http.listen({ host: config.GANGBO_HOST, port: config.GANGBO_PORT }).catch((error: NodeJS.ErrnoException) => {
      throw new Error(`cannot listen on ${config.GANGBO_HOST}:${config.GANGBO_PORT} (GANGBO_HOST, GANGBO_PORT): ${error.message}`, {
        cause: error,
      });
    });
    const address = http.server.address();
    const port = typeof address === 'object' && address ? address.port : config.GANGBO_PORT;
    const everywhere = config.GANGBO_HOST === '0.0.0.0' || config.GANGBO_HOST === '::';
    const origin = `http://${everywhere ? '127.0.0.1' : config.GANGBO_HOST}:${port}`;
    if (!config.GANGBO_PUBLIC_URL) publicUrl = `http://localhost:${port}`;
    accepting = true;
    started('readiness', null, () => {
      accepting = false;
    });

    // Last, so that a start that fails does not take the generated password with it.
    const organizer = await accounts.ensureFirstOrganizer(
      config.GANGBO_ORGANIZER_LOGIN,
      config.GANGBO_ORGANIZER_PASSWORD ?? null,
      config.NODE_ENV !== 'production',
    );
    const password = config.GANGBO_ORGANIZER_PASSWORD ?? organizer?.generatedPassword;
    const firstOrganizer = organizer && password ? { login: organizer.login, password } : null;
    const demoByDefault = engines.embedded && config.NODE_ENV !== 'production' && (firstOrganizer !== null || existsSync(demoFile));
    const demo =
      (config.GANGBO_DEMO ?? demoByDefault)
        ? await startDemoFair({ origin, stateFile: demoFile, organizer: firstOrganizer, plane, log }).catch((error: unknown) => {
            // The program is of use without it, and a generated password must still be printed.
            log.error({ err: error }, 'the demo could not be started; going on without it');
            return null;
          })
        : null;
    if (demo) started('demo', demo, (part) => part.stop());
    return {
      origin,
      publicUrl,
      databaseUrl: engines.databaseUrl,
      redisUrl: engines.redisAddress,
      demo: demo?.state ?? null,
      newOrganizer: organizer?.generatedPassword ? { login: organizer.login, password: organizer.generatedPassword } : null,
      stop,
    };
  } catch (error) {
    // Before the parts stop, which may have complaints of their own.
    if (!stopping.aborted) log.fatal({ err: error }, `could not start: ${error instanceof Error ? error.message : 'unknown'}`);
    onFailing();
    await stop();
    throw error;
  }

  async function startFoundations(): Promise<[Engines, MediaPlane]> {
    const [engines, media] = await Promise.allSettled([startEngines(config, log, onFatal), openMedia(config, log)]);
    if (engines.status === 'fulfilled') stops.push({ name: 'databases', stop: () => engines.value.stop(), child: true });
    if (media.status === 'fulfilled') stops.push({ name: 'media', stop: () => media.value.close(), child: true });
    if (engines.status === 'rejected') throw engines.reason;
    if (media.status === 'rejected') throw media.reason;
    stopping.throwIfAborted();
    return [engines.value, media.value];
  }
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { v7 } from 'uuid';
import type { Config } from '../config/index.ts';
import type { MediaHost } from '../media/index.ts';
import { type DemoFair, startDemoFair } from './assembly/demo.ts';
import { createHealthChecks } from './assembly/health.ts';
import { assembleHttp } from './assembly/http.ts';
import { listen } from './assembly/listening.ts';
import { routeMedia } from './assembly/media.ts';
import { openMediaHost } from './assembly/media-host.ts';
import { watchMedia } from './assembly/media-watch.ts';
import { assembleRealtime } from './assembly/realtime.ts';
import { createServices } from './assembly/services.ts';
import { openStores } from './assembly/stores.ts';
import type { Notify, Trace } from './domain/ports.ts';
import { type Engines, startEngines } from './engines.ts';
import { createParts } from './parts.ts';
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

/** How long the parts may take to stop, beyond the time given to clients to move. */
const PATIENCE_MS = 8_000;

/**
 * Starts every part in the order in which they need one another and puts them
 * together; `stop` takes them down in the opposite order: people first, then the
 * work under way, then the databases.
 * @throws when a part does not start; the reason is logged and what had started is stopped again
 */
export async function startApp({ config, log, trace, stopping, onFatal, onFailing }: AppOptions): Promise<App> {
  const parts = createParts({ log, stopping });
  const { started } = parts;
  const stop = (patienceMs = PATIENCE_MS + config.GANGBO_DRAIN_SECONDS * 1_000) => parts.stop(patienceMs);
  const clock = Date.now;
  const newId = v7;
  const nodeId = newId();

  try {
    const [engines, local] = await startFoundations();
    const metrics = createMetrics();
    const stores = started('stores', await openStores({ config, engines, clock, log }), (part) => part.close());
    const plane = started('media of all hosts', await routeMedia({ config, local, stores, nodeId, log }), (part) => part.close());
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
    const { audience, books, accounts, stageHealth } = services;
    if (local) watchMedia({ local, stageHealth, metrics, log });
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
    const { port, origin } = await listen(http, config);
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
    // The demo's recruiter sends plain RTP, which does not leave this machine.
    const demoByDefault =
      local && engines.embedded && config.NODE_ENV !== 'production' && (firstOrganizer !== null || existsSync(demoFile));
    const demo =
      (config.GANGBO_DEMO ?? demoByDefault) && local
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

  async function startFoundations(): Promise<[Engines, MediaHost | null]> {
    const withWorkers = config.GANGBO_ROLE !== 'room';
    const [engines, media] = await Promise.allSettled([
      startEngines(config, log, onFatal),
      withWorkers ? openMediaHost(config, nodeId, log) : null,
    ]);
    if (engines.status === 'fulfilled') parts.child('databases', () => engines.value.stop());
    if (media.status === 'fulfilled') parts.child('media', () => media.value?.close());
    if (engines.status === 'rejected') throw engines.reason;
    if (media.status === 'rejected') throw media.reason;
    stopping.throwIfAborted();
    return [engines.value, media.value];
  }
}

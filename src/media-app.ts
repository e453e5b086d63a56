import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify';
import { v7 } from 'uuid';
import type { Config } from '../config/index.ts';
import { createHealthChecks } from './assembly/health.ts';
import { listen } from './assembly/listening.ts';
import { routeMedia } from './assembly/media.ts';
import { openMediaHost } from './assembly/media-host.ts';
import { watchMedia } from './assembly/media-watch.ts';
import { unusable } from './assembly/stores.ts';
import { createStageHealth } from './domain/stage/health.ts';
import { createParts } from './parts.ts';
import { openRedis, type RedisPurpose } from './store/redis/client.ts';
import { createKeys } from './store/redis/keys.ts';
import { withScripts } from './store/redis/scripts.ts';
import { registerHealth } from './telemetry/health.ts';
import type { Logger } from './telemetry/logger.ts';
import { createMetrics } from './telemetry/metrics.ts';

export interface MediaAppOptions {
  config: Config;
  log: Logger;
  /** Aborted when the program is asked to stop, also while it is still starting. */
  stopping: AbortSignal;
  /** The start has failed and said why; what had started is being stopped. */
  onFailing: () => void;
}

export interface MediaApp {
  /** Where health and metrics are answered, on this machine. */
  origin: string;
  redisUrl: string;
  hostId: string;
  stop(patienceMs?: number): Promise<void>;
}

/** How long the parts may take to stop, beyond the time given to viewers to move. */
const PATIENCE_MS = 8_000;

/**
 * A process that carries media and nothing else (`--role media`): workers, an
 * entry in Redis by which the others find them, health and metrics.
 * @throws when a part does not start; the reason is logged and what had started is stopped again
 */
export async function startMediaApp({ config, log, stopping, onFailing }: MediaAppOptions): Promise<MediaApp> {
  const parts = createParts({ log, stopping });
  const stop = (patienceMs = PATIENCE_MS + config.GANGBO_DRAIN_SECONDS * 1_000) => parts.stop(patienceMs);
  const { REDIS_URL: redisUrl = '' } = config;
  const hostId = v7();
  try {
    let fault: Error | undefined;
    const connect = (purpose: RedisPurpose) =>
      openRedis(redisUrl, purpose, (error) => {
        fault = error;
        log.warn({ err: error, purpose }, 'Redis is out of reach; connecting again');
      });
    const redis = parts.started('redis', withScripts(connect('commands')), (part) => part.disconnect());
    await redis.ping().catch((error: Error) => {
      throw unusable('Redis', 'REDIS_URL', redisUrl, fault ?? error);
    });
    const local = await openMediaHost(config, hostId, log);
    parts.child('media', () => local.close());
    stopping.throwIfAborted();
    const stores = { redis, keys: createKeys(), connect };
    const metrics = createMetrics();
    let accepting = false;
    const http: FastifyInstance = fastify({
      loggerInstance: log as FastifyBaseLogger,
      logController: new LogController({ disableRequestLogging: true }),
    });
    registerHealth(http, {
      checks: createHealthChecks({ stores, plane: local }),
      metrics,
      metricsToken: config.GANGBO_METRICS_TOKEN,
      accepting: () => accepting,
    });
    // Before the plane, so that it answers while viewers are moved away at the end.
    parts.started('http', http, (part) => part.close());
    const { origin } = await listen(http, config);
    const plane = parts.started('media of all hosts', await routeMedia({ config, local, stores, nodeId: hostId, log }), (part) =>
      part.close(),
    );
    watchMedia({ local, stageHealth: createStageHealth({ plane, clock: Date.now }), metrics, log });
    accepting = true;
    parts.started('readiness', null, () => {
      accepting = false;
    });
    return { origin, redisUrl, hostId, stop };
  } catch (error) {
    // Before the parts stop, which may have complaints of their own.
    if (!stopping.aborted) log.fatal({ err: error }, `could not start: ${error instanceof Error ? error.message : 'unknown'}`);
    onFailing();
    await stop();
    throw error;
  }
}

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Metrics } from './metrics.ts';

/** One thing the program cannot do without: throws, or takes longer than the limit, when it is not well. */
export interface HealthCheck {
  name: string;
  check: () => Promise<void> | void;
}

export interface HealthOptions {
  checks: readonly HealthCheck[];
  metrics: Metrics;
  /** Bearer token for `/metrics`; without one only loopback may read it. */
  metricsToken: string | undefined;
  /** False while starting and from the moment the program is asked to stop. */
  accepting: () => boolean;
  timeoutMs?: number;
}

async function within(milliseconds: number, work: Promise<void> | void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

const isLoopback = (address: string) => address === '127.0.0.1' || address === '::1' || address === '::ffff:127.0.0.1';

/**
 * `/healthz`: the process answers (restart it if not). `/readyz`: it can serve
 * people now (send them elsewhere if not): Redis, PostgreSQL and the media
 * workers are asked each time. `/metrics`: Prometheus text format.
 */
export function registerHealth(app: FastifyInstance, { checks, metrics, metricsToken, accepting, timeoutMs = 2_000 }: HealthOptions): void {
  app.get('/healthz', async () => ({ ok: true, data: { uptimeSeconds: Math.round(process.uptime()) } }));

  app.get('/readyz', async (_request, reply) => {
    const results = await Promise.all(
      checks.map(async ({ name, check }) => {
        try {
          await within(timeoutMs, check());
          return { name, ready: true };
        } catch (error) {
          return { name, ready: false, reason: error instanceof Error ? error.message : 'unknown' };
        }
      }),
    );
    const ready = accepting() && results.every((result) => result.ready);
    return reply.code(ready ? 200 : 503).send({ ok: ready, data: { accepting: accepting(), checks: results } });
  });

  app.get('/metrics', async (request: FastifyRequest, reply) => {
    const allowed = metricsToken ? request.headers.authorization === `Bearer ${metricsToken}` : isLoopback(request.ip);
    if (!allowed) return reply.code(403).send('metrics are for the operator: set GANGBO_METRICS_TOKEN and send it as a bearer token\n');
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}

import { createHash, timingSafeEqual } from 'node:crypto';
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
  /** Bearer token for `/metrics`; without one only this machine may read it. */
  metricsToken: string | undefined;
  /** False while starting and from the moment the program is asked to stop. */
  accepting: () => boolean;
  timeoutMs?: number;
}

class OutOfTime extends Error {}

/** @throws OutOfTime, or as the work does */
async function within(milliseconds: number, work: Promise<void> | void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new OutOfTime(`no answer within ${milliseconds} ms`)), milliseconds);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What a fault says to anybody who asks: addresses and names of databases stay in the log. */
function reasonOf(error: unknown): string {
  if (error instanceof OutOfTime) return error.message;
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'failed';
}

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Compared as digests, in a time that tells nothing of the token. */
function mayReadMetrics({ headers, socket }: FastifyRequest, token: string | undefined): boolean {
  if (token) return timingSafeEqual(digest(headers.authorization ?? ''), digest(`Bearer ${token}`));
  // The peer itself, not what it claims; and a proxy on this machine speaks for others.
  const local = ['127.0.0.1', '::1', '::ffff:127.0.0.1'].includes(socket.remoteAddress ?? '');
  return local && headers['x-forwarded-for'] === undefined && headers.forwarded === undefined;
}

/**
 * `/healthz`: the process answers (restart it if not). `/readyz`: it can serve
 * people now (send them elsewhere if not): Redis, PostgreSQL and the media
 * workers are asked, once for all who want to know at the same time.
 * `/metrics`: Prometheus text format.
 */
export function registerHealth(app: FastifyInstance, { checks, metrics, metricsToken, accepting, timeoutMs = 2_000 }: HealthOptions): void {
  async function checkAll() {
    return Promise.all(
      checks.map(async ({ name, check }) => {
        try {
          await within(timeoutMs, check());
          return { name, ready: true };
        } catch (error) {
          app.log.warn({ err: error, check: name }, 'a part that is needed is not well');
          return { name, ready: false, reason: reasonOf(error) };
        }
      }),
    );
  }
  let asking: ReturnType<typeof checkAll> | undefined;
  const results = () => {
    asking ??= checkAll().finally(() => {
      asking = undefined;
    });
    return asking;
  };

  app.get('/healthz', async () => ({ ok: true, data: { uptimeSeconds: Math.round(process.uptime()) } }));

  app.get('/readyz', async (_request, reply) => {
    const found = await results();
    const ready = accepting() && found.every((result) => result.ready);
    return reply.code(ready ? 200 : 503).send({ ok: ready, data: { accepting: accepting(), checks: found } });
  });

  app.get('/metrics', async (request, reply) => {
    if (!mayReadMetrics(request, metricsToken)) {
      return reply.code(403).send('metrics are for the operator: set GANGBO_METRICS_TOKEN and send it as a bearer token\n');
    }
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}

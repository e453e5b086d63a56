import { randomUUID } from 'node:crypto';
import cookie from '@fastify/cookie';
import multipart from '@fastify/multipart';
import rateLimit from '@fastify/rate-limit';
import { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, fastify, LogController } from 'fastify';
import type { Redis } from 'ioredis';
import { CodedError, failure } from '../contract/index.ts';
import type { Authenticate } from '../domain/actor.ts';
import type { Trace } from '../domain/ports.ts';
import { bindRoutes } from './bind.ts';
import { asyncApiDocument } from './documents/asyncapi.ts';
import { openApiDocument } from './documents/openapi.ts';
import { answerFailures, rawFailure } from './failures.ts';
import { servePages } from './pages.ts';
import { protectPages } from './protection.ts';
import { serveReference } from './reference.ts';
import type { RouteHandlers } from './route-handlers.ts';
import { JSON_MAX_BYTES, uploadLimits } from './upload.ts';

export interface HttpServerOptions {
  log: FastifyBaseLogger;
  trace: Pick<Trace, 'run'>;
  /** Counts requests over all nodes. */
  redis: Redis;
  /** Before the keys of those counters. */
  rateLimitPrefix: string;
  /** What stands for a text in those keys, and does not lead back to it. */
  pseudonym: (text: string) => string;
  requestsPerMinute: number;
  /** There is one proxy in front. */
  trustProxy: boolean;
  /** Signs the device cookie. */
  cookieSecret: string;
  /** The address people use, without a trailing slash. */
  publicUrl: () => string;
  version: string;
  handlers: RouteHandlers;
  authenticate: Authenticate;
  /** Folder of the built pages. */
  pagesFolder: string;
  metrics: { requestAnswered(method: string, route: string, status: number, seconds: number): void };
  /** Registers what operators ask for (health, metrics): outside every limit. */
  system?: (app: FastifyInstance) => void | Promise<void>;
  /** Register answers that are not JSON (CSV, résumé files), under the limits of the interface. */
  extend?: readonly ((app: FastifyInstance) => void | Promise<void>)[];
}

/** A caller's request id is taken over when it is one that fits a log line. */
const saneId = /^[\w-]{8,64}$/;

/** What is logged for every request; pages and their parts are not. */
const interfaces = /^\/(api|whip|whep)\//;

/** The HTTP server, ready to listen: the interface under /api/v1, its documents and reference, and the pages. */
export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const { log, redis, publicUrl, metrics, system, extend = [] } = options;
  const app: FastifyInstance = fastify({
    loggerInstance: log,
    // Addresses may hold tokens: the line below names the route instead.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: ({ headers }) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && saneId.test(given) ? given : randomUUID();
    },
    // One hop: the address that the proxy itself saw, not what a client wrote before it.
    trustProxy: options.trustProxy && ((_address, hop) => hop === 0),
    bodyLimit: JSON_MAX_BYTES,
    requestTimeout: 180_000,
    keepAliveTimeout: 72_000,
    http: { headersTimeout: 15_000, maxHeaderSize: 16_384 },
    routerOptions: { maxParamLength: 2_000, ignoreTrailingSlash: false },
    return503OnClosing: true,
    // An address that cannot be read never reaches a route.
    frameworkErrors: (_error, request, reply: FastifyReply) => {
      void reply.code(400).send(failure('BAD_INPUT', { requestId: request.id }));
    },
    clientErrorHandler: (error, socket) => {
      if (socket.writable && error.code !== 'ECONNRESET') socket.end(rawFailure(error));
      else socket.destroy();
    },
  });

  answerFailures(app);
  acceptEmptyJson(app);
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    options.trace.run(request.id, done);
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    metrics.requestAnswered(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
    const line = { method: request.method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) };
    request.log[interfaces.test(route) ? 'info' : 'debug'](line, 'answered');
  });

  await app.register(cookie, { secret: options.cookieSecret });
  await protectPages(app, publicUrl);
  await system?.(app);
  await servePages(app, options.pagesFolder);
  serveReference(app);

  await app.register(async (api) => {
    await api.register(rateLimit, {
      global: true,
      max: options.requestsPerMinute,
      timeWindow: 60_000,
      redis,
      nameSpace: options.rateLimitPrefix,
      // Addresses are personal data, too; IPv6 networks are one household or one school each.
      keyGenerator: (request) => options.pseudonym(rateLimit.normalizeIP(request.ip, 64)),
      // Losing the counters must not lock everybody out.
      skipOnError: true,
      errorResponseBuilder: (_request, { ttl }) => new CodedError('RATE_LIMITED', { retryAfterMs: ttl }),
    });
    await api.register(multipart, { limits: uploadLimits });
    bindRoutes(api, options);
    serveDocuments(api, options.version);
    for (const add of extend) await add(api);
  });
  return app;
}

/** An empty body with a JSON content type is what `fetch` sends for "nothing"; anything but JSON and uploads is refused. */
function acceptEmptyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text, done) => {
    if (text === '') done(null, undefined);
    else parse(request, String(text), done);
  });
}

function serveDocuments(app: FastifyInstance, version: string): void {
  // Made when first asked for: a running fair rarely needs them.
  let openApi: object | undefined;
  let asyncApi: object | undefined;
  app.get('/api/v1/openapi.json', async () => {
    openApi ??= openApiDocument(version);
    return openApi;
  });
  app.get('/api/v1/asyncapi.json', async () => {
    asyncApi ??= asyncApiDocument(version);
    return asyncApi;
  });
}

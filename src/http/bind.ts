import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CodedError, parseInput, type RouteDefinition, type RouteName, routes, success } from '../contract/index.ts';
import { type Actor, type Authenticate, admit } from '../domain/actor.ts';
import { bearerOf, demandOwnOrigin } from './credentials.ts';
import { refusalOf } from './failures.ts';
import type { RequestContext, RouteHandlers, UploadedFile } from './route-handlers.ts';
import { readUpload } from './upload.ts';

/** Any route can answer these besides the ones its entry names. */
export const commonErrors = [
  'BAD_INPUT',
  'UNAUTHENTICATED',
  'TOKEN_EXPIRED',
  'FORBIDDEN',
  'ACCOUNT_REQUIRED',
  'RATE_LIMITED',
  'TOO_LARGE',
  'OVERLOADED',
  'INTERNAL',
] as const;

const ANSWERED_WITHIN_MS = 30_000;
/** A résumé from a phone on a weak network. */
const UPLOADED_WITHIN_MS = 180_000;
/** The general limit that the table's own `perMinute` were written for; they grow and shrink with it. */
const USUAL_REQUESTS_PER_MINUTE = 600;

export interface BindOptions {
  handlers: RouteHandlers;
  authenticate: Authenticate;
  publicUrl: () => string;
  requestsPerMinute: number;
}

type AnyHandler = (input: { params: unknown; query: unknown; body: unknown }, context: RequestContext<RouteName>) => Promise<unknown>;

/** Who is asking. Open routes take a bad token for none, so that an expired one does not lock the lobby. */
async function actorOf(request: FastifyRequest, route: RouteDefinition, authenticate: Authenticate): Promise<Actor | null> {
  const token = bearerOf(request);
  if (route.action === null) {
    if (token === null) return null;
    return authenticate(token).then(
      ({ actor }) => actor,
      (error) => {
        if (refusalOf(error)) return null;
        throw error;
      },
    );
  }
  if (token === null) throw new CodedError('UNAUTHENTICATED');
  const { actor } = await authenticate(token);
  admit(actor, route.action);
  return actor;
}

/**
 * Binds the whole table of routes, each the same way: rate limit, origin, token,
 * role, input by its schemas, handler, and the data through its schema, so that
 * nothing the table does not name can leave.
 */
export function bindRoutes(app: FastifyInstance, { handlers, authenticate, publicUrl, requestsPerMinute }: BindOptions): void {
  const actors = new WeakMap<FastifyRequest, Actor | null>();

  for (const name of Object.keys(routes) as RouteName[]) {
    const route: RouteDefinition = routes[name];
    // The table relates each name's input to its handler's, which a loop over all names cannot express.
    const handle = handlers[name] as AnyHandler;
    const declared = new Set<string>([...commonErrors, ...route.errors]);
    const perMinute = route.perMinute && Math.max(1, Math.round((route.perMinute * requestsPerMinute) / USUAL_REQUESTS_PER_MINUTE));

    app.route({
      method: route.method,
      url: `/api/v1${route.path}`,
      handlerTimeout: route.multipart ? UPLOADED_WITHIN_MS : ANSWERED_WITHIN_MS,
      config: perMinute ? { rateLimit: { max: perMinute, timeWindow: 60_000 } } : {},
      // Before the body is read: nobody without a right makes us parse one.
      preParsing: async (request) => {
        if (route.method !== 'GET') demandOwnOrigin(request, publicUrl());
        actors.set(request, await actorOf(request, route, authenticate));
      },
      handler: async (request, reply) => {
        try {
          const params = route.params ? parseInput(route.params, request.params) : undefined;
          const query = route.query ? parseInput(route.query, request.query) : undefined;
          let body: unknown;
          let file: UploadedFile | null = null;
          const { body: schema } = route;
          if (schema && route.multipart) ({ body, file } = await readUpload(request, (json) => parseInput(schema, json)));
          else if (schema) body = parseInput(schema, request.body);
          const context = { actor: actors.get(request) ?? null, file, request, reply } as RequestContext<RouteName>;
          const data = await handle({ params, query, body }, context);
          reply.header('cache-control', 'no-store');
          return success(route.data.parse(data));
        } catch (error) {
          const refusal = refusalOf(error);
          if (refusal && !declared.has(refusal.code)) {
            request.log.warn({ route: name, errorCode: refusal.code }, 'a route answered an error that the table does not name');
          }
          throw error;
        }
      },
    });
  }
}

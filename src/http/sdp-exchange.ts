import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CodedError, type IceServer, idSchema, parseInput, type SdpRouteName, sdpRoutes } from '../contract/index.ts';
import type { MediaLinks } from '../domain/stage/links/service.ts';
import type { LinkPurpose, MediaLink } from '../domain/stage/links/store.ts';
import { bearerOf } from './credentials.ts';
import { refusalOf } from './failures.ts';

export interface SdpExchangeOptions {
  links: MediaLinks;
  iceServersFor: (connectionId: string) => IceServer[];
  /** A token from this address was refused. @throws CodedError RATE_LIMITED after too many */
  tokenRefused: (address: string) => Promise<void>;
}

/** One of the two protocols and what its POST does. */
interface Protocol {
  name: SdpRouteName;
  purpose: LinkPurpose;
  open: (sessionId: string, token: string, offer: string) => Promise<{ link: MediaLink; answer: string }>;
}

const SDP = 'application/sdp';
const FRAGMENT = 'application/trickle-ice-sdpfrag';
const SDP_MAX_BYTES = 64 * 1024;
const ANSWERED_WITHIN_MS = 30_000;
const EXPOSED = 'Location, Link, ETag, Accept-Patch, Accept-Post, Retry-After, WWW-Authenticate';

const sessionSchema = z.object({ sessionId: idSchema });
const linkParamsSchema = sessionSchema.extend({ linkId: z.string().regex(/^[\w-]{32}$/) });

const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** ICE servers as Link headers (RFC 9725 section 4.6). */
function iceServerLinks(servers: readonly IceServer[]): string[] {
  return servers.flatMap(({ urls, username, credential }) =>
    urls.map((url) => {
      const secret =
        username !== undefined && credential !== undefined
          ? `; username=${quoted(username)}; credential=${quoted(credential)}; credential-type="password"`
          : '';
      return `<${url.replace(/[<>\s]/g, encodeURIComponent)}>; rel="ice-server"${secret}`;
    }),
  );
}

function demandToken(request: FastifyRequest): string {
  const token = bearerOf(request);
  if (!token) throw new CodedError('UNAUTHENTICATED');
  return token;
}

/** The one entity tag of If-Match, without its quotes. @throws CodedError PRECONDITION_REQUIRED, PRECONDITION_FAILED for a weak one (RFC 9110 section 13.1.1) */
function demandIfMatch(request: FastifyRequest): string {
  const given = request.headers['if-match']?.trim();
  if (!given) throw new CodedError('PRECONDITION_REQUIRED');
  if (given === '*') return given;
  const [, tag] = /^"([\x21\x23-\x7e]{1,256})"$/.exec(given) ?? [];
  if (tag === undefined) throw new CodedError('PRECONDITION_FAILED');
  return tag;
}

function demandText(request: FastifyRequest, mediaType: string): string {
  const [given = ''] = (request.headers['content-type'] ?? '').split(';');
  if (given.trim().toLowerCase() !== mediaType) throw new CodedError('UNSUPPORTED_TYPE');
  if (typeof request.body !== 'string' || request.body === '') {
    throw new CodedError('BAD_INPUT', { issues: [{ path: 'body', message: mediaType }] });
  }
  return request.body;
}

/** Any page may speak these protocols: nothing here is permitted by a cookie. */
function openToPages(scope: FastifyInstance): void {
  scope.addHook('onRequest', async (_request, reply) => {
    reply
      .header('access-control-allow-origin', '*')
      .header('access-control-expose-headers', EXPOSED)
      .header('cross-origin-resource-policy', 'cross-origin')
      .header('cache-control', 'no-store');
  });
  scope.addHook('onSend', async (request, reply) => {
    if (reply.statusCode !== 401) return;
    reply.header('www-authenticate', `Bearer realm="gangbo"${bearerOf(request) ? ', error="invalid_token"' : ''}`);
  });
}

const preflight = (reply: FastifyReply, methods: string, accepts: Record<string, string>) =>
  reply
    .code(204)
    .headers({
      ...accepts,
      allow: methods,
      'access-control-allow-methods': methods,
      'access-control-allow-headers': 'Authorization, Content-Type, If-Match',
      'access-control-max-age': '86400',
    })
    .send();

/**
 * The HTTP of WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep), which differ only in
 * who sends: POST an offer, PATCH candidates or an ICE restart, DELETE. Failures
 * bear our reply shape as JSON.
 */
export async function registerSdpExchange(app: FastifyInstance, protocol: Protocol, options: SdpExchangeOptions): Promise<void> {
  const { links, iceServersFor, tokenRefused } = options;
  const { name, purpose, open } = protocol;

  /** Counts refused tokens, so that nobody can try many. */
  async function guarded<T>(request: FastifyRequest, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const code = refusalOf(error)?.code;
      if (code === 'STAGE_KEY_INVALID' || code === 'UNAUTHENTICATED') await tokenRefused(request.ip);
      throw error;
    }
  }

  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser([SDP, FRAGMENT], { parseAs: 'string', bodyLimit: SDP_MAX_BYTES }, (_request, text, done) =>
      done(null, text),
    );
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: SDP_MAX_BYTES }, (_request, _body, done) =>
      done(new CodedError('UNSUPPORTED_TYPE')),
    );
    openToPages(scope);
    const common = { handlerTimeout: ANSWERED_WITHIN_MS, bodyLimit: SDP_MAX_BYTES, exposeHeadRoute: false };

    const endpoint = sdpRoutes[name].path;
    scope.route({
      ...common,
      method: 'POST',
      url: endpoint,
      handler: (request, reply) =>
        guarded(request, async () => {
          const { sessionId } = parseInput(sessionSchema, request.params);
          const token = demandToken(request);
          const { link, answer } = await open(sessionId, token, demandText(request, SDP));
          return reply
            .code(201)
            .headers({
              location: `${endpoint.replace(':sessionId', sessionId)}/${link.id}`,
              etag: `"${link.iceSession}"`,
              'accept-patch': FRAGMENT,
              link: iceServerLinks(iceServersFor(link.participantId)),
            })
            .type(SDP)
            .send(answer);
        }),
    });
    scope.route({
      ...common,
      method: 'OPTIONS',
      url: endpoint,
      // A preflight bears no token (Fetch standard); who sends one learns the ICE servers before offering.
      handler: (request, reply) =>
        guarded(request, async () => {
          const token = bearerOf(request);
          if (token) {
            const { sessionId } = parseInput(sessionSchema, request.params);
            await links.admit(purpose, sessionId, token);
            reply.header('link', iceServerLinks(iceServersFor(request.id)));
          }
          return preflight(reply, 'OPTIONS, POST', { 'accept-post': SDP });
        }),
    });
    refuseOthers(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'], endpoint, 'OPTIONS, POST');

    const resource = `${endpoint}/:linkId`;
    scope.route({
      ...common,
      method: 'PATCH',
      url: resource,
      handler: (request, reply) =>
        guarded(request, async () => {
          const where = { ...parseInput(linkParamsSchema, request.params), token: demandToken(request) };
          const fragment = demandText(request, FRAGMENT);
          const patched = await links.patch(purpose, where, demandIfMatch(request), fragment);
          if (patched.fragment === null) return reply.code(204).send();
          return reply
            .code(200)
            .headers({ etag: `"${patched.link.iceSession}"`, link: iceServerLinks(iceServersFor(patched.link.participantId)) })
            .type(FRAGMENT)
            .send(patched.fragment);
        }),
    });
    scope.route({
      ...common,
      method: 'DELETE',
      url: resource,
      handler: (request, reply) =>
        guarded(request, async () => {
          await links.close(purpose, { ...parseInput(linkParamsSchema, request.params), token: demandToken(request) });
          return reply.code(200).send();
        }),
    });
    scope.route({
      ...common,
      method: 'OPTIONS',
      url: resource,
      handler: (_request, reply) => preflight(reply, 'OPTIONS, PATCH, DELETE', { 'accept-patch': FRAGMENT }),
    });
    refuseOthers(['GET', 'HEAD', 'PUT', 'POST'], resource, 'OPTIONS, PATCH, DELETE');

    /** Reserved by both protocols. */
    function refuseOthers(method: string[], url: string, allow: string): void {
      scope.route({
        ...common,
        method,
        url,
        // Before a body is looked at: whatever it is, it would not be taken.
        preParsing: async (_request, reply) => {
          reply.header('allow', allow);
          throw new CodedError('METHOD_NOT_ALLOWED');
        },
        handler: () => undefined,
      });
    }
  });
}

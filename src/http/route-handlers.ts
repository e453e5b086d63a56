import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RouteData, RouteInput, RouteName, routes } from '../contract/index.ts';
import type { Actor } from '../domain/actor.ts';

/** The `file` part of a multipart request, read whole: at most RESUME_MAX_BYTES, its name and content unchecked. */
export interface UploadedFile {
  fileName: string;
  bytes: Buffer;
}

export interface RequestContext<N extends RouteName> {
  /** Present on every route whose table entry has an action; null on open routes without a valid token. */
  actor: (typeof routes)[N]['action'] extends null ? Actor | null : Actor;
  /** Only on multipart routes, and only when the part was sent. */
  file: UploadedFile | null;
  request: FastifyRequest;
  reply: FastifyReply;
}

export type RouteHandler<N extends RouteName> = (input: RouteInput<N>, context: RequestContext<N>) => Promise<RouteData<N>>;

/** One handler a route of the table; `http/server.ts` demands that all are given. */
export type RouteHandlers<N extends RouteName = RouteName> = { [K in N]: RouteHandler<K> };

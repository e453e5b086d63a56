import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RouteData, RouteInput, RouteName, routes } from '../contract/index.ts';
import type { Actor } from '../domain/actor.ts';

export interface RequestContext<N extends RouteName> {
  /** Present on every route whose table entry has an action; null on open routes without a token. */
  actor: (typeof routes)[N]['action'] extends null ? Actor | null : Actor;
  request: FastifyRequest;
  reply: FastifyReply;
}

export type RouteHandler<N extends RouteName> = (input: RouteInput<N>, context: RequestContext<N>) => Promise<RouteData<N>>;

/** One handler a route of the table; `http/server.ts` demands that all are given. */
export type RouteHandlers<N extends RouteName = RouteName> = { [K in N]: RouteHandler<K> };

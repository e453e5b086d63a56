import type { z } from 'zod';
import { fairRoutes } from './routes/fair.ts';
import { peopleRoutes } from './routes/people.ts';
import { recruitingRoutes } from './routes/recruiting.ts';
import { reportRoutes } from './routes/report.ts';
import { sessionRoutes } from './routes/session.ts';
import { stageRoutes } from './routes/stage.ts';

export type { RouteDefinition } from './routes/definition.ts';

/** The REST interface under /api/v1 as one table: the server binds it, OpenAPI and the clients are made from it. */
export const routes = { ...peopleRoutes, ...fairRoutes, ...sessionRoutes, ...stageRoutes, ...recruitingRoutes, ...reportRoutes } as const;

export type RouteName = keyof typeof routes;
type Part<R, K extends string, Io extends 'in' | 'out'> =
  R extends Record<K, infer S extends z.ZodType> ? (Io extends 'in' ? z.input<S> : z.output<S>) : undefined;
/** The parsed parts a handler gets. */
export interface RouteInput<N extends RouteName> {
  params: Part<(typeof routes)[N], 'params', 'out'>;
  query: Part<(typeof routes)[N], 'query', 'out'>;
  body: Part<(typeof routes)[N], 'body', 'out'>;
}
/** The parts a client sends (before defaults). */
export interface RouteRequest<N extends RouteName> {
  params: Part<(typeof routes)[N], 'params', 'in'>;
  query: Part<(typeof routes)[N], 'query', 'in'>;
  body: Part<(typeof routes)[N], 'body', 'in'>;
}
export type RouteData<N extends RouteName> = z.output<(typeof routes)[N]['data']>;

/** Answers that are not JSON, beside the table. All under /api/v1. */
export const fileRoutes = {
  sessionReportCsv: '/sessions/:sessionId/report.csv',
  resumeFile: '/files/:token',
  openApi: '/openapi.json',
  asyncApi: '/asyncapi.json',
} as const;

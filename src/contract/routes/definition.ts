import { z } from 'zod';
import type { Action } from '../access.ts';
import type { ErrorCode } from '../errors.ts';
import { idSchema } from '../primitives.ts';

/** One route of the REST interface. */
export interface RouteDefinition {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below /api/v1; parameters as `:name`. */
  path: string;
  tag: string;
  summary: string;
  /** null: anybody, without a token. */
  action: Action | null;
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** The body is multipart/form-data: a JSON part named by `application` (this schema) and an optional part `file`. */
  multipart?: boolean;
  data: z.ZodType;
  /** Besides BAD_INPUT, UNAUTHENTICATED, TOKEN_EXPIRED, FORBIDDEN, RATE_LIMITED and INTERNAL, which any route can answer. */
  errors: readonly ErrorCode[];
  /** Requests a minute from one address; the general limit of the configuration where absent. */
  perMinute?: number;
}

/** For answers that carry nothing but success. */
export const nothing = z.object({});

/** The path parameters of a route that names one thing by its id. */
export const by = <const K extends string>(name: K) => z.object({ [name]: idSchema } as Record<K, typeof idSchema>);

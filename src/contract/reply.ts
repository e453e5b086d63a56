import { z } from 'zod';
import { CodedError, type ErrorCode, errorCodes, errorTable, type FieldIssue } from './errors.ts';

/** The failure half of the one reply shape. */
export const failureSchema = z
  .object({
    ok: z.literal(false),
    error: z.object({
      code: z.enum(errorCodes),
      message: z.string().meta({ description: 'For the person at the page, zh-CN' }),
      messageEn: z.string(),
      issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
      retryAfterMs: z.number().int().optional(),
      requestId: z.string().optional().meta({ description: 'Quote it to the operator: the log lines carry it' }),
    }),
  })
  .meta({ id: 'Failure' });

export type Failure = z.infer<typeof failureSchema>;
export type Success<T> = { ok: true; data: T };
/** What every HTTP route answers and every socket event acknowledges. */
export type Reply<T> = Success<T> | Failure;

/** Wraps a data schema in the success half of the reply shape. */
export function successSchema<S extends z.ZodType>(data: S) {
  return z.object({ ok: z.literal(true), data });
}

export function success<T>(data: T): Success<T> {
  return { ok: true, data };
}

/** The failure reply of a code; `extra` as in {@link CodedError}. */
export function failure(
  code: ErrorCode,
  extra: { issues?: FieldIssue[] | undefined; retryAfterMs?: number | undefined; requestId?: string | undefined } = {},
): Failure {
  const { zh, en } = errorTable[code];
  return {
    ok: false,
    error: {
      code,
      message: zh,
      messageEn: en,
      ...(extra.issues ? { issues: extra.issues } : {}),
      ...(extra.retryAfterMs === undefined ? {} : { retryAfterMs: extra.retryAfterMs }),
      ...(extra.requestId ? { requestId: extra.requestId } : {}),
    },
  };
}

/** Field issues of a zod error, paths joined by dots. */
export function issuesOf(error: z.ZodError): FieldIssue[] {
  return error.issues.slice(0, 20).map((issue) => ({ path: issue.path.map(String).join('.'), message: issue.message }));
}

/** Parses outside input or throws BAD_INPUT naming the fields at fault. */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new CodedError('BAD_INPUT', { issues: issuesOf(parsed.error) });
}

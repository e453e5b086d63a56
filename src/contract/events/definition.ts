import { z } from 'zod';
import type { Action } from '../access.ts';
import type { ErrorCode } from '../errors.ts';
import { idSchema } from '../primitives.ts';

/** One event that a client sends, acknowledged with a Reply. */
export interface ClientEvent {
  summary: string;
  action: Action;
  payload: z.ZodType;
  data: z.ZodType;
  /** Besides BAD_INPUT, TOKEN_EXPIRED, FORBIDDEN, RATE_LIMITED and INTERNAL, which any event can answer. */
  errors: readonly ErrorCode[];
}

/** One event that the server sends. */
export interface ServerEvent {
  summary: string;
  payload: z.ZodType;
}

export const inSession = z.object({ sessionId: idSchema });
/** A stage is one session's media, or one call's: its id is theirs. */
export const onStage = z.object({ stageId: idSchema.meta({ description: 'The id of the session, or of the call' }) });
export const nothing = z.object({});

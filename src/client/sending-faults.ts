import { ReplyError } from './api.ts';

/** Refusals that no repetition changes. */
const finalCodes: ReadonlySet<string> = new Set([
  'FORBIDDEN',
  'NOT_INVITED',
  'SESSION_ENDED',
  'CALL_ENDED',
  'ALREADY_PUBLISHING',
  'STAGE_FULL',
  'MEDIA_UNSUPPORTED',
  'NOT_FOUND',
  'BAD_INPUT',
]);

/** Whether sending again would fail again: a refusal for good, or something that the browser itself cannot send. */
export const cannotBeSent = (error: unknown): error is Error =>
  error instanceof ReplyError ? finalCodes.has(error.code) : error instanceof Error && error.name === 'UnsupportedError';

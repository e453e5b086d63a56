import { errors } from 'mediasoup';
import { MediaError } from './types.ts';

/**
 * What went wrong below, in the plane's own words. A type error of mediasoup
 * comes from the parameters a client sent; everything else that is not a
 * refusal is the worker being gone or going.
 */
export function asMediaError(error: unknown): MediaError {
  if (error instanceof MediaError) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  const rejected = cause instanceof TypeError || cause instanceof errors.UnsupportedError;
  return new MediaError(rejected ? 'unsupported' : 'unavailable', cause.message, { cause });
}

/** The participant, transport, producer or consumer asked for is not there (any more). */
export const notFound = (what: string): MediaError => new MediaError('not-found', `no such ${what}`);

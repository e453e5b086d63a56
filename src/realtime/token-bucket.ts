import type { Clock } from '../domain/ports.ts';

/**
 * Admits `perSecond` events a second with bursts of twice as many.
 * @returns a function that takes one token and answers 0, or the milliseconds until there is one
 */
export function createTokenBucket(perSecond: number, clock: Clock): () => number {
  const capacity = perSecond * 2;
  let tokens = capacity;
  let at = clock();
  return () => {
    const now = clock();
    tokens = Math.min(capacity, tokens + (Math.max(0, now - at) * perSecond) / 1_000);
    at = now;
    if (tokens < 1) return Math.ceil(((1 - tokens) * 1_000) / perSecond);
    tokens -= 1;
    return 0;
  };
}

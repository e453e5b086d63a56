import { LRUCache } from 'lru-cache';
import type { Clock } from './ports.ts';

export interface ReadCache<T> {
  get(key: string): Promise<T | null>;
  /** After a change made here; other nodes see it when their entry's life is over. */
  forget(key: string): void;
}

export interface ReadCacheOptions<T> {
  read: (key: string) => Promise<T | null>;
  clock: Clock;
  /** How stale an answer may be, milliseconds. */
  lifeMs: number;
  /** Most entries kept. */
  size: number;
}

/**
 * Reads that many people ask for at once are made once. A failed read is
 * forgotten, so that the next one tries again.
 */
export function createReadCache<T>({ read, clock, lifeMs, size }: ReadCacheOptions<T>): ReadCache<T> {
  const entries = new LRUCache<string, { at: number; value: Promise<T | null> }>({ max: size });
  return {
    get(key) {
      const known = entries.get(key);
      if (known && clock() - known.at < lifeMs) return known.value;
      const value = read(key);
      const entry = { at: clock(), value };
      entries.set(key, entry);
      value.catch(() => {
        if (entries.peek(key) === entry) entries.delete(key);
      });
      return value;
    },
    forget: (key) => {
      entries.delete(key);
    },
  };
}

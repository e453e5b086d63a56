import { describe, expect, it } from 'vitest';
import { today } from '../../src/domain/calendar.ts';
import { createReadCache } from '../../src/domain/read-cache.ts';

function counting(answers: (() => Promise<string | null>)[]) {
  const time = { now: 0 };
  let reads = 0;
  const read = () => (answers[Math.min(reads++, answers.length - 1)] ?? (async () => null))();
  return { time, reads: () => reads, cache: createReadCache<string>({ read, clock: () => time.now, lifeMs: 1_000, size: 10 }) };
}

describe('read cache', () => {
  it('reads once for everybody who asks within its life', async () => {
    const { cache, reads, time } = counting([async () => 'first', async () => 'second']);
    expect(await Promise.all([cache.get('a'), cache.get('a'), cache.get('a')])).toEqual(['first', 'first', 'first']);
    time.now = 999;
    expect(await cache.get('a')).toBe('first');
    time.now = 1_000;
    expect(await cache.get('a')).toBe('second');
    expect(reads()).toBe(2);
  });

  it('forgets at once what was changed here', async () => {
    const { cache } = counting([async () => 'before', async () => 'after']);
    await cache.get('a');
    cache.forget('a');
    expect(await cache.get('a')).toBe('after');
  });

  it('does not keep a failure', async () => {
    const { cache } = counting([() => Promise.reject(new Error('down')), async () => 'up']);
    await expect(cache.get('a')).rejects.toThrow('down');
    expect(await cache.get('a')).toBe('up');
  });
});

describe('today', () => {
  it('is the date of the time zone, not of the machine', () => {
    const lateInUtc = () => Date.UTC(2026, 10, 23, 20);
    expect(today(lateInUtc, 'Asia/Shanghai')).toBe('2026-11-24');
    expect(today(lateInUtc, 'America/New_York')).toBe('2026-11-23');
  });
});

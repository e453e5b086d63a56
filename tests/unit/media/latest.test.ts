import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Latest } from '../../../media/participants/latest.ts';

describe('the latest wish', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('passes at once, and of many in a row the last, at most one every half second', async () => {
    const passed: [at: number, wish: number][] = [];
    const latest = new Latest(500);
    const startedAt = performance.now();
    for (let wish = 0; wish <= 100; wish++) {
      await latest.wish(async () => void passed.push([performance.now() - startedAt, wish]));
      await vi.advanceTimersByTimeAsync(20);
    }
    await vi.advanceTimersByTimeAsync(1_000);
    expect(passed[0]).toEqual([0, 0]);
    expect(passed.at(-1)?.[1]).toBe(100);
    const gaps = passed.slice(1).map(([at], n) => at - (passed[n]?.[0] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(499);
  });

  it('passes nothing after it was stopped', async () => {
    const act = vi.fn(async () => {});
    const latest = new Latest(500);
    await latest.wish(act);
    await latest.wish(act);
    latest.stop();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(act).toHaveBeenCalledTimes(1);
  });
});

import { describe, expect, it } from 'vitest';
import { CrashRecord, longestPauseMs } from '../../../media/pool/crash-record.ts';

describe('a worker that dies', () => {
  it('is started at once the first time, then after a growing pause', () => {
    const crashes = new CrashRecord(100);
    const pauses = Array.from({ length: 12 }, (_, death) => {
      crashes.note(death * 100, 50);
      return crashes.pauseMs;
    });
    expect(pauses.slice(0, 4)).toEqual([0, 200, 400, 800]);
    expect(pauses.at(-1)).toBe(longestPauseMs);
    crashes.note(100_000, 60_000);
    expect(crashes.pauseMs).toBe(0);
  });

  it('is in a crash loop after five deaths within a minute, not after five in an hour', () => {
    const often = new CrashRecord();
    for (let death = 0; death < 5; death++) {
      expect(often.crashLoop).toBe(false);
      often.note(death * 10_000, 9_000);
    }
    expect(often.crashLoop).toBe(true);
    expect(often.deaths).toBe(5);
    const seldom = new CrashRecord();
    for (let death = 0; death < 20; death++) seldom.note(death * 600_000, 590_000);
    expect(seldom.crashLoop).toBe(false);
  });
});

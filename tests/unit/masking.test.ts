import { describe, expect, it } from 'vitest';
import { addressOf, maskName } from '../../src/domain/masking.ts';

describe('masked names', () => {
  it.each([
    ['王小明', '王**'],
    ['王', '王**'],
    ['  李 雷', '李**'],
    ['John Smith', 'J**'],
    ['𠮷田', '𠮷**'],
    ['', '**'],
  ])('%j is shown as %j', (name, shown) => {
    expect(maskName(name)).toBe(shown);
  });

  it('addresses a viewer by the family name, or without one by digits of the account', () => {
    expect(addressOf('0190-abcd', '王小明')).toBe('王同学');
    expect(addressOf('0190-abcd', '')).toBe('求职者abcd');
    expect(addressOf('0190-abcd', undefined)).toBe('求职者abcd');
  });
});

import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSealer } from '../../src/store/sealer.ts';

const key = () => randomBytes(32).toString('hex');

describe('sealer', () => {
  it('opens what it sealed, for the same purpose alone', () => {
    const sealer = createSealer(key());
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), fc.string(), (text, purpose, other) => {
        fc.pre(purpose !== other);
        const sealed = sealer.seal(purpose, text);
        expect(sealer.open(purpose, sealed)).toBe(text);
        expect(() => sealer.open(other, sealed)).toThrow();
      }),
    );
  });

  it('refuses a value changed in any byte', () => {
    const sealer = createSealer(key());
    const sealed = sealer.seal('name', '王小明');
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => sealer.open('name', changed)).toThrow();
    }
    expect(() => sealer.open('name', sealed.subarray(0, 20))).toThrow();
  });

  it('seals the same text differently each time, and never in the clear', () => {
    const sealer = createSealer(key());
    const [a, b] = [sealer.seal('name', 'plain text'), sealer.seal('name', 'plain text')];
    expect(a.equals(b)).toBe(false);
    expect(a.includes('plain text')).toBe(false);
  });

  it('another master key opens nothing and finds nothing', () => {
    const [one, two] = [createSealer(key()), createSealer(key())];
    expect(() => two.open('name', one.seal('name', 'x'))).toThrow();
    expect(one.index('phone', '+8613800000000').equals(two.index('phone', '+8613800000000'))).toBe(false);
  });

  it('an index is stable, and keeps purpose and text apart', () => {
    const sealer = createSealer(key());
    expect(sealer.index('phone', '1').equals(sealer.index('phone', '1'))).toBe(true);
    expect(sealer.index('a:b', 'c').equals(sealer.index('a', 'b:c'))).toBe(false);
  });

  it('takes a key of 32 bytes only', () => {
    expect(() => createSealer('00')).toThrow(/64 hexadecimal/);
  });
});

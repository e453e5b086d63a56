import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { disclose, enclose, newKey } from '../../src/store/envelope.ts';

describe('what is enclosed under a data key', () => {
  const key = newKey();

  it('comes back whole', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.string({ maxLength: 40 }), (bytes, purpose) => {
        expect(disclose(key, purpose, enclose(key, purpose, bytes)).equals(bytes)).toBe(true);
      }),
    );
  });

  it('differs each time and does not show its content', () => {
    const text = Buffer.from('一段简历内容');
    expect(enclose(key, 'a', text).equals(enclose(key, 'a', text))).toBe(false);
    expect(enclose(key, 'a', text).includes(text)).toBe(false);
  });

  it('does not open under another key or purpose, cut off, or with any byte changed', () => {
    const enclosed = enclose(key, 'form 1', Buffer.from('王小明'));
    expect(() => disclose(newKey(), 'form 1', enclosed)).toThrow();
    expect(() => disclose(key, 'form 2', enclosed)).toThrow();
    for (let at = 0; at < enclosed.length; at++) {
      const changed = Buffer.from(enclosed);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      expect(() => disclose(key, 'form 1', changed)).toThrow();
      expect(() => disclose(key, 'form 1', enclosed.subarray(0, at))).toThrow();
    }
  });
});

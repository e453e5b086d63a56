import { v7 } from 'uuid';
import { describe, expect, test } from 'vitest';
import type { FactEvent } from '../../src/contract/index.ts';
import { canonicalJson, chain, findBreak, GENESIS, hashOf } from '../../src/domain/funnel/chain.ts';

const subjectId = v7();
const events: FactEvent[] = Array.from({ length: 5 }, (_, i) => ({
  id: `visit.started:${i}`,
  subjectId,
  at: 1_700_000_000_000 + i,
  fact: { type: 'visit.started', visitId: v7(), viewer: `d:device-${i}`, campus: null },
}));

describe('R1 the hash chain', () => {
  test('the order of keys changes nothing, their values do', () => {
    expect(canonicalJson({ b: 1, a: { d: null, c: ['x', 2] } })).toBe('{"a":{"c":["x",2],"d":null},"b":1}');
    const [event] = events;
    if (!event) throw new Error('no event');
    const { id, at, fact } = event;
    expect(hashOf(GENESIS, { fact, at, subjectId, id })).toBe(hashOf(GENESIS, event));
    expect(hashOf(GENESIS, { ...event, at: at + 1 })).not.toBe(hashOf(GENESIS, event));
  });

  test('an untouched ledger is whole, also when read in parts', () => {
    const entries = chain({ seq: 0, hash: GENESIS }, events);
    expect(entries.map((entry) => entry.seq)).toEqual([1, 2, 3, 4, 5]);
    expect(findBreak(entries)).toBeNull();
    expect(findBreak(entries.slice(2), { seq: 2, hash: entries[1]?.hash ?? '' })).toBeNull();
  });

  test('a changed, removed, inserted or swapped entry shows, and where', () => {
    const entries = chain({ seq: 0, hash: GENESIS }, events);
    const changed = entries.map((entry) => (entry.seq === 3 ? { ...entry, at: entry.at + 1 } : entry));
    expect(findBreak(changed)).toBe(3);
    expect(findBreak(entries.filter((entry) => entry.seq !== 2))).toBe(2);
    expect(findBreak([...entries.slice(0, 2), ...entries.slice(1)])).toBe(3);
    const rehashed = entries.map((entry) =>
      entry.seq === 4 ? { ...entry, at: 0, hash: hashOf(entry.prevHash, { ...entry, at: 0 }) } : entry,
    );
    expect(findBreak(rehashed)).toBe(5);
  });
});

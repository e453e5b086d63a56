import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFeedCursor } from '../../src/client/index.ts';
import type { FeedEntry, Frame, Snapshot } from '../../src/contract/index.ts';

const SESSION = '019a0000-0000-7000-8000-000000000001';
const counts = { viewers: 1, visits: 1 };
const entry = (seq: number): FeedEntry => ({ type: 'notice', text: `entry ${seq}`, seq, at: seq });
const range = (after: number, to: number) => Array.from({ length: Math.max(0, to - after) }, (_, index) => entry(after + 1 + index));
const frame = (from: number, to: number): Frame => ({ sessionId: SESSION, from, to, entries: range(from, to), counts });
const feed = (after: number, to: number, complete = true): Snapshot['feed'] => ({ entries: range(after, to), lastSeq: to, complete });

/** A cursor whose shown entries are kept, on a feed that has reached `head.seq`. */
function follow(head: { seq: number }, { fail = () => false }: { fail?: () => boolean } = {}) {
  let shown: number[] = [];
  const asked: number[] = [];
  const cursor = createFeedCursor({
    catchUp: async (lastSeq) => {
      asked.push(lastSeq);
      if (fail()) throw new Error('the connection broke');
      return feed(lastSeq, head.seq);
    },
    onEntries: (entries) => {
      shown = [...shown, ...entries.map(({ seq }) => seq)];
    },
    onReset: (entries) => {
      shown = entries.map(({ seq }) => seq);
    },
    onCounts: () => undefined,
  });
  return { cursor, asked, shown: () => shown };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));
const upTo = (to: number) => Array.from({ length: to }, (_, index) => index + 1);

describe('the feed cursor of a client', () => {
  it('shows what a join answers, then what frames add', () => {
    const { cursor, shown } = follow({ seq: 5 });
    expect(cursor.lastSeq).toBeUndefined();
    cursor.prepare();
    cursor.start(feed(0, 3), counts);
    cursor.apply(frame(3, 5));
    expect(shown()).toEqual([1, 2, 3, 4, 5]);
    expect(cursor.lastSeq).toBe(5);
  });

  it('keeps frames that overtake the answer to the join', () => {
    const { cursor, shown } = follow({ seq: 5 });
    cursor.prepare();
    cursor.apply(frame(3, 4));
    cursor.apply(frame(4, 5));
    cursor.start(feed(0, 3), counts);
    expect(shown()).toEqual([1, 2, 3, 4, 5]);
  });

  it('shows an entry once, whatever overlaps', () => {
    const { cursor, shown } = follow({ seq: 5 });
    cursor.prepare();
    cursor.start(feed(0, 4), counts);
    cursor.apply(frame(2, 5));
    cursor.apply(frame(2, 5));
    expect(shown()).toEqual([1, 2, 3, 4, 5]);
  });

  it('asks once for what a frame shows to be missing, and loses nothing that comes meanwhile', async () => {
    const head = { seq: 9 };
    const { cursor, shown, asked } = follow(head);
    cursor.prepare();
    cursor.start(feed(0, 3), counts);
    cursor.apply(frame(6, 7));
    cursor.apply(frame(7, 9));
    head.seq = 8;
    await settled();
    expect(asked).toEqual([3]);
    expect(shown()).toEqual(upTo(9));
  });

  it('asks again with the next frame when asking failed', async () => {
    let broken = true;
    const { cursor, shown } = follow({ seq: 8 }, { fail: () => broken });
    cursor.prepare();
    cursor.start(feed(0, 3), counts);
    cursor.apply(frame(5, 6));
    await settled();
    expect(shown()).toEqual([1, 2, 3]);
    broken = false;
    cursor.apply(frame(6, 8));
    await settled();
    expect(shown()).toEqual(upTo(8));
  });

  it('starts afresh when what was missed is no longer kept', () => {
    const { cursor, shown } = follow({ seq: 50 });
    cursor.prepare();
    cursor.start(feed(0, 3), counts);
    cursor.prepare();
    cursor.start(feed(40, 50, false), counts);
    expect(shown()).toEqual(range(40, 50).map(({ seq }) => seq));
    expect(cursor.lastSeq).toBe(50);
  });

  it('ends with every entry once and in order after any mixture of joins, lost, late and repeated frames', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('write' as const), count: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ do: fc.constant('frame' as const), back: fc.integer({ min: 0, max: 8 }), span: fc.integer({ min: 0, max: 8 }) }),
      fc.record({ do: fc.constant('rejoin' as const), late: fc.boolean() }),
      fc.record({ do: fc.constant('settle' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.infiniteStream(fc.boolean()), async (steps, failures) => {
        const head = { seq: 2 };
        const { cursor, shown } = follow(head, { fail: () => failures.next().value });
        cursor.prepare();
        cursor.start(feed(0, head.seq), counts);
        for (const now of steps) {
          if (now.do === 'write') head.seq += now.count;
          else if (now.do === 'frame') {
            const to = Math.max(0, head.seq - now.back);
            cursor.apply(frame(Math.max(0, to - now.span), to));
          } else if (now.do === 'rejoin') {
            const answer = feed(cursor.lastSeq ?? 0, head.seq);
            cursor.prepare();
            head.seq += now.late ? 1 : 0;
            if (now.late) cursor.apply(frame(head.seq - 1, head.seq));
            cursor.start(answer, counts);
          } else await settled();
        }
        await settled();
        cursor.prepare();
        cursor.start(feed(cursor.lastSeq ?? 0, head.seq), counts);
        await settled();
        expect(shown()).toEqual(upTo(head.seq));
      }),
    );
  });
});

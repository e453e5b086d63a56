import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CodedError, type StageGuest } from '../../src/contract/index.ts';
import { answer, changeSeat, clear, invite, remove, rename, type Step, sweep, tellOf } from '../../src/domain/stage/guests/book.ts';
import type { GuestBook, StageSituation } from '../../src/domain/stage/guests/store.ts';

const LIMIT = 2;
const LIFE = 60_000;
const keys = ['k0', 'k1', 'k2', 'k3'];

type Act =
  | { do: 'invite' | 'remove' | 'accept' | 'decline' | 'publish' | 'silence' | 'away' | 'back' | 'rename'; who: number }
  | { do: 'wait'; ms: number }
  | { do: 'sweep' }
  | { do: 'end' };
const someone = fc.nat({ max: keys.length - 1 });
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constantFrom('invite', 'invite', 'accept', 'accept', 'decline', 'remove', 'publish', 'silence', 'away', 'back', 'rename'),
      who: someone,
    }) as fc.Arbitrary<Act>,
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat({ max: 40_000 }) }) },
  { weight: 2, arbitrary: fc.constant({ do: 'sweep' as const }) },
);

test('whatever happens, the room can follow the stage from what it is told, and the limit holds', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 80 }), (acts) => {
      let book: GuestBook = { seats: [], invitations: [] };
      let now = 0;
      let ids = 0;
      const away = new Set<string>();
      /** The stage as a page draws it that only hears the feed. */
      const drawn = new Map<string, StageGuest>();
      const situation = (): StageSituation => ({
        now,
        ended: false,
        book,
        present: (key) => (away.has(key) ? null : { viewer: `d:${key}`, name: key, connections: [`connection ${key}`] }),
      });
      const idOf = (key: string) => book.invitations.find((each) => each.key === key)?.id ?? 'none';
      const keep = <T>(step: Step<T>): void => {
        const before = JSON.stringify(book);
        const decision = tellOf(book, step);
        expect(JSON.stringify(book)).toBe(before);
        for (const { guest, on } of decision.told) {
          if (on) drawn.set(guest.key, guest);
          else drawn.delete(guest.key);
        }
        book = decision.book ?? book;
      };
      for (const given of acts) {
        const key = 'who' in given ? (keys[given.who] ?? '') : '';
        const mine = (seat: { key: string }) => seat.key === key;
        try {
          switch (given.do) {
            case 'invite':
              keep(invite(situation(), { key, id: `i${++ids}`, invitedBy: '陈招聘', limit: LIMIT, lifeMs: LIFE }));
              break;
            case 'accept':
            case 'decline':
              keep(answer(situation(), { key, id: idOf(key), accept: given.do === 'accept', limit: LIMIT }));
              break;
            case 'remove':
              keep(remove(situation(), key));
              break;
            case 'publish':
              keep(changeSeat(situation(), mine, ({ held }) => ({ publisherId: `connection ${key}`, silent: held })));
              break;
            case 'silence':
              keep(changeSeat(situation(), mine, () => ({ held: true, silent: true })));
              break;
            case 'rename':
              keep(rename(situation(), key, { key: `${key}+`, name: key, viewer: `a:${key}` }));
              break;
            case 'away':
              away.add(key);
              break;
            case 'back':
              away.delete(key);
              break;
            case 'wait':
              now += given.ms;
              break;
            case 'sweep':
              keep(sweep(situation()));
              break;
            case 'end':
              keep(clear(situation()));
              break;
            default:
              given satisfies never;
          }
        } catch (error) {
          if (!(error instanceof CodedError)) throw error;
        }
        const open = book.invitations.filter((each) => each.expiresAt > now);
        expect(book.seats.length + open.length).toBeLessThanOrEqual(LIMIT);
        const all = [...book.seats, ...book.invitations].map((each) => each.key);
        expect(new Set(all).size).toBe(all.length);
        const seated = book.seats.map(({ key, name, publisherId, silent }) => ({ key, name, publisherId, muted: silent }));
        expect([...drawn.values()].sort((x, y) => x.key.localeCompare(y.key))).toEqual(seated.sort((x, y) => x.key.localeCompare(y.key)));
      }
      keep(clear(situation()));
      expect([...drawn]).toEqual([]);
    }),
    { numRuns: 400 },
  );
});

test('a sweep frees the seats of those who are gone, and tells of a sender that stays missing', () => {
  const seat = { name: '王同学', invitedBy: '陈招聘', expiresAt: 0, microphone: 'm', silent: false, held: false, missingSince: null };
  const book: GuestBook = {
    seats: [
      { ...seat, id: 'gone', key: 'gone', viewer: 'd:gone', publisherId: 'c1' },
      { ...seat, id: 'moved', key: 'moved', viewer: 'd:moved', publisherId: 'c2' },
    ],
    invitations: [],
  };
  const at = (now: number, from: GuestBook) =>
    sweep({
      now,
      ended: false,
      book: from,
      present: (key) => (key === 'moved' ? { viewer: 'd:moved', name: '王同学', connections: ['c3'] } : null),
    });
  const first = at(1_000, book);
  expect(first.result.seats.map(({ id }) => id)).toEqual(['moved']);
  expect(first.book?.seats).toMatchObject([{ id: 'moved', publisherId: 'c2', missingSince: 1_000 }]);
  expect(at(3_999, first.book ?? book).book).toBeNull();
  expect(at(4_000, first.book ?? book).book?.seats).toMatchObject([{ publisherId: null, microphone: null, missingSince: null }]);
});

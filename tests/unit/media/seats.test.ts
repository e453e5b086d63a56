import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeRoom, type Seated } from '../../../media/participants/seats.ts';

const lead = (id: string, owner: string): Seated => ({ id, owner, seat: 'lead' });
const guest = (id: string, owner: string): Seated => ({ id, owner, seat: 'guest' });

describe('seats', () => {
  it('give the lead to one owner, and let that owner come anew', () => {
    expect(makeRoom([], lead('a', 'recruiter'))).toEqual([]);
    expect(() => makeRoom([lead('a', 'recruiter')], lead('b', 'stranger'))).toThrow(expect.objectContaining({ fault: 'busy' }));
    expect(makeRoom([lead('a', 'recruiter'), guest('g', 'viewer')], lead('b', 'recruiter'))).toEqual([lead('a', 'recruiter')]);
  });

  it('give guests what is left, and count owners, not connections', () => {
    const present = [lead('a', 'recruiter'), guest('g', 'viewer')];
    expect(makeRoom(present, guest('h', 'other'), 2)).toEqual([]);
    expect(() => makeRoom(present, guest('h', 'other'), 1)).toThrow(expect.objectContaining({ fault: 'full' }));
    expect(makeRoom(present, guest('g2', 'viewer'), 1)).toEqual([guest('g', 'viewer')]);
    expect(() => makeRoom([], guest('g', 'viewer'))).toThrow(expect.objectContaining({ fault: 'full' }));
  });

  it('let one person hold the lead and be a guest only as two connections', () => {
    expect(makeRoom([lead('a', 'person')], guest('b', 'person'), 1)).toEqual([]);
    expect(makeRoom([lead('a', 'person')], guest('a', 'person'), 1)).toEqual([lead('a', 'person')]);
  });

  it('never hold more than they may, whoever comes in whatever order', () => {
    const comer = fc.record({
      id: fc.constantFrom('1', '2', '3', '4', '5', '6'),
      owner: fc.constantFrom('a', 'b', 'c', 'd'),
      seat: fc.constantFrom('lead' as const, 'guest' as const),
    });
    fc.assert(
      fc.property(fc.array(comer, { maxLength: 40 }), fc.integer({ min: 0, max: 3 }), (comers, guests) => {
        let present: Seated[] = [];
        for (const one of comers) {
          try {
            const leaving = makeRoom(present, one, guests);
            present = [...present.filter((other) => !leaving.includes(other)), one];
          } catch {
            // Refused: nothing changes.
          }
          expect(present.filter(({ seat }) => seat === 'lead').length).toBeLessThanOrEqual(1);
          expect(present.filter(({ seat }) => seat === 'guest').length).toBeLessThanOrEqual(guests);
          expect(new Set(present.map(({ id }) => id)).size).toBe(present.length);
        }
      }),
    );
  });
});

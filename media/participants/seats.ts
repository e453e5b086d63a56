import { MediaError, type Seat } from '../types.ts';

export interface Seated {
  readonly id: string;
  readonly owner: string;
  readonly seat: Seat;
}

/**
 * Pure: who leaves the stage so that somebody may take a seat. A connection of the
 * same owner in the same seat makes way, as does an earlier appearance of the same
 * connection in another seat.
 * @param guests most owners in guest seats, this one included
 * @throws MediaError busy when another owner holds the lead, full when all guest seats are taken
 */
export function makeRoom<S extends Seated>(present: readonly S[], comer: Seated, guests = 0): S[] {
  const others = present.filter(({ owner, seat }) => seat === comer.seat && owner !== comer.owner);
  if (comer.seat === 'lead' && others.length > 0) throw new MediaError('busy', 'another publisher holds the stage');
  if (comer.seat === 'guest' && new Set(others.map(({ owner }) => owner)).size >= guests) {
    throw new MediaError('full', `all ${guests} guest seats are taken`);
  }
  return present.filter(({ id, owner, seat }) => id === comer.id || (owner === comer.owner && seat === comer.seat));
}

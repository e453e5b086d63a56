import { CodedError, type StageGuest, type StageInvitation } from '../../../contract/index.ts';
import type { GuestBook, GuestDecision, OpenInvitation, StageSeat, StageSituation } from './store.ts';

/** The rules of coming on stage and leaving it, as pure steps from one state of the book to the next. */

export interface Step<T> {
  book: GuestBook | null;
  result: T;
}

/** A sender whose node died is taken for gone after this long, ms: its visit may only be on its way to another node. */
const MISSING_MS = 3_000;

export const guestOf = ({ key, name, publisherId, silent }: StageSeat): StageGuest => ({ key, name, publisherId, muted: silent });

export const invitationOf = ({ id, key, name, invitedBy, expiresAt }: OpenInvitation | StageSeat): StageInvitation => ({
  id,
  key,
  name,
  invitedBy,
  expiresAt,
});

/** What the room is told of a step: who came, changed or left. */
export function tellOf<T>(before: GuestBook, { book, result }: Step<T>): GuestDecision<T> {
  if (!book) return { book, told: [], result };
  const views = new Map(before.seats.map((seat) => [seat.key, JSON.stringify(guestOf(seat))]));
  const left = before.seats.filter((seat) => !book.seats.some((other) => other.key === seat.key));
  return {
    book,
    told: [
      ...left.map((seat) => ({ type: 'guest' as const, guest: { ...guestOf(seat), publisherId: null }, on: false })),
      ...book.seats
        .map(guestOf)
        .filter((guest) => views.get(guest.key) !== JSON.stringify(guest))
        .map((guest) => ({ type: 'guest' as const, guest, on: true })),
    ],
    result,
  };
}

const unchanged = <T>(result: T): Step<T> => ({ book: null, result });
const isOpen = (now: number) => (invitation: OpenInvitation) => invitation.expiresAt > now;

/** Replaces one seat, or takes it away. */
const withSeat = (book: GuestBook, id: string, changed: StageSeat | null): GuestBook => ({
  ...book,
  seats: book.seats.flatMap((seat) => (seat.id !== id ? [seat] : changed ? [changed] : [])),
});

export interface InviteWish {
  key: string;
  /** Id for a new invitation. */
  id: string;
  invitedBy: string;
  /** Most guests. */
  limit: number;
  lifeMs: number;
}

/**
 * Open invitations keep a seat free, so that whoever accepts gets one. Repeating an invitation answers the same one.
 * @throws CodedError SESSION_ENDED, NOT_FOUND when nobody of that key is in the room, STAGE_FULL
 */
export function invite(
  { now, ended, book, present }: StageSituation,
  wish: InviteWish,
): Step<{ invitation: StageInvitation; fresh: boolean }> {
  if (ended) throw new CodedError('SESSION_ENDED');
  const { key, id, invitedBy, limit, lifeMs } = wish;
  const known = book.seats.find((seat) => seat.key === key) ?? book.invitations.filter(isOpen(now)).find((open) => open.key === key);
  if (known) return unchanged({ invitation: invitationOf(known), fresh: false });
  const person = present(key);
  if (!person) throw new CodedError('NOT_FOUND');
  if (book.seats.length + book.invitations.filter(isOpen(now)).length >= limit) throw new CodedError('STAGE_FULL');
  const invitation: OpenInvitation = { id, key, name: person.name, invitedBy, expiresAt: now + lifeMs, viewer: person.viewer };
  // One of the same viewer that has just expired gives way to the new one.
  const others = book.invitations.filter((open) => open.key !== key);
  return { book: { ...book, invitations: [...others, invitation] }, result: { invitation: invitationOf(invitation), fresh: true } };
}

/**
 * Accepting twice is accepting once.
 * @throws CodedError SESSION_ENDED, NOT_INVITED when the invitation is not open (any more), STAGE_FULL
 */
export function answer(
  { now, ended, book }: StageSituation,
  { key, id, accept, limit }: { key: string; id: string; accept: boolean; limit: number },
): Step<{ invitation: StageInvitation; changed: boolean }> {
  if (ended) throw new CodedError('SESSION_ENDED');
  const seated = book.seats.find((seat) => seat.key === key && seat.id === id);
  if (seated && accept) return unchanged({ invitation: invitationOf(seated), changed: false });
  const open = book.invitations.filter(isOpen(now)).find((invitation) => invitation.key === key && invitation.id === id);
  if (!open) throw new CodedError('NOT_INVITED');
  const invitations = book.invitations.filter((invitation) => invitation !== open);
  const result = { invitation: invitationOf(open), changed: true };
  if (!accept) return { book: { ...book, invitations }, result };
  if (book.seats.length >= limit) throw new CodedError('STAGE_FULL');
  const seat: StageSeat = { ...open, publisherId: null, microphone: null, silent: false, held: false, missingSince: null };
  return { book: { seats: [...book.seats, seat], invitations }, result };
}

/** Takes a guest off, or an invitation back. @throws CodedError NOT_FOUND */
export function remove({ now, book }: StageSituation, key: string): Step<{ seat: StageSeat | null }> {
  const seat = book.seats.find((each) => each.key === key);
  if (seat) return { book: withSeat(book, seat.id, null), result: { seat } };
  const open = book.invitations.filter(isOpen(now)).find((invitation) => invitation.key === key);
  if (!open) throw new CodedError('NOT_FOUND');
  return { book: { ...book, invitations: book.invitations.filter((invitation) => invitation !== open) }, result: { seat: null } };
}

/** Which seat a change concerns: the viewer's, or the one of a connection that sends. */
export type SeatOf = (seat: StageSeat) => boolean;

/** Changes a seat, or answers null when there is none (any more). `null` for the change takes the seat away. */
export function changeSeat(
  { book }: StageSituation,
  of: SeatOf,
  change: (seat: StageSeat) => Partial<StageSeat> | null,
): Step<{ before: StageSeat; after: StageSeat } | null> {
  const before = book.seats.find(of);
  if (!before) return unchanged(null);
  const changed = change(before);
  const after = { ...before, ...changed };
  return { book: withSeat(book, before.id, changed && after), result: { before, after } };
}

/** A guest who signed in is the same person under another key (rule V2). */
export function rename({ book }: StageSituation, from: string, to: Pick<StageSeat, 'key' | 'name' | 'viewer'>): Step<null> {
  const concerned = [...book.seats, ...book.invitations].some(({ key }) => key === from);
  if (!concerned || from === to.key) return unchanged(null);
  const renamed = <E extends { key: string }>(each: E): E => (each.key === from ? { ...each, ...to } : each);
  // Whoever is there already under the new key stays there.
  const others = (each: { key: string }) => each.key !== from || ![...book.seats, ...book.invitations].some(({ key }) => key === to.key);
  return {
    book: { seats: book.seats.filter(others).map(renamed), invitations: book.invitations.filter(others).map(renamed) },
    result: null,
  };
}

/** Frees the seats of those whose visit is over (rule V1) and drops expired invitations. */
export function sweep({ now, book, present }: StageSituation): Step<{ expired: StageInvitation[]; seats: StageSeat[] }> {
  const freed = book.seats.filter((seat) => present(seat.key) === null);
  const expired = book.invitations.filter((invitation) => !isOpen(now)(invitation));
  const kept = book.seats
    .filter((seat) => !freed.includes(seat))
    .map((seat): StageSeat => {
      const { publisherId, missingSince } = seat;
      if (publisherId === null) return seat;
      if (present(seat.key)?.connections.includes(publisherId)) return missingSince === null ? seat : { ...seat, missingSince: null };
      if (missingSince === null) return { ...seat, missingSince: now };
      return now - missingSince < MISSING_MS ? seat : { ...seat, publisherId: null, microphone: null, missingSince: null };
    });
  const result = { expired: expired.map(invitationOf), seats: kept };
  const same = expired.length === 0 && kept.length === book.seats.length && kept.every((seat, index) => seat === book.seats[index]);
  if (same) return unchanged(result);
  return { book: { seats: kept, invitations: book.invitations.filter((invitation) => !expired.includes(invitation)) }, result };
}

/** Everybody leaves: the session has ended. */
export function clear({ book }: StageSituation): Step<null> {
  if (book.seats.length + book.invitations.length === 0) return unchanged(null);
  return { book: { seats: [], invitations: [] }, result: null };
}

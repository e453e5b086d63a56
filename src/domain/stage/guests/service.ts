import { CodedError, type StageGuest, type StageInvitation, type ViewerKey } from '../../../contract/index.ts';
import type { Log, NewId } from '../../ports.ts';
import type { StageService } from '../service.ts';
import { answer, changeSeat, clear, guestOf, invitationOf, invite, remove, rename, type SeatOf, type Step, sweep, tellOf } from './book.ts';
import type { GuestStore, StageSeat, StageSituation } from './store.ts';

export interface GuestSpeaker {
  key: string;
  name: string;
}

/** What becomes of invitations and seats, for whoever passes it on. */
export interface GuestListener {
  invited(sessionId: string, invitation: StageInvitation): void;
  /** @param exceptConnection the connection that did it and knows already */
  uninvited(sessionId: string, key: string, reason: 'withdrawn' | 'expired' | 'answered' | 'removed', exceptConnection?: string): void;
  answered(sessionId: string, invitation: StageInvitation, outcome: 'accepted' | 'declined' | 'expired'): void;
  muted(sessionId: string, key: string, muted: boolean): void;
}

export interface GuestOptions {
  store: GuestStore;
  stage: Pick<StageService, 'pauseProducer' | 'unpublish'>;
  /** Has every node look at once whether its guests of a session may go on sending as they do. */
  nudge: (sessionId: string) => Promise<void>;
  /** Most guests on one stage. */
  limit: number;
  newId: NewId;
  log: Log;
  /** How long an invitation may be answered, ms. */
  lifeMs?: number;
}

/**
 * Viewers on stage (連麥): invited by staff, seated when they accept, for as long
 * as their visit lasts. The seats are shared by all nodes; the feed tells the room.
 */
export function createGuestService({ store, stage, nudge, limit, newId, log, lifeMs = 60_000 }: GuestOptions) {
  const listeners: GuestListener[] = [];
  /** This node's connections that send from a seat. */
  const sending = new Map<string, { sessionId: string; seatId: string }>();
  const tell = <E extends keyof GuestListener>(event: E, ...told: Parameters<GuestListener[E]>) => {
    for (const listener of listeners) (listener[event] as (...told: Parameters<GuestListener[E]>) => void)(...told);
  };
  const change = <T>(sessionId: string, keys: readonly string[], step: (situation: StageSituation) => Step<T>): Promise<T> =>
    store.change(sessionId, keys, (situation) => tellOf(situation.book, step(situation)));
  const seat = (sessionId: string, of: SeatOf, how: (before: StageSeat) => Partial<StageSeat> | null) =>
    change(sessionId, [], (situation) => changeSeat(situation, of, how));
  const sentBy =
    (connectionId: string): SeatOf =>
    (each) =>
      each.publisherId === connectionId;

  /** Whatever was said to the plane, a microphone that staff turned off is off. The guest is on this node. */
  async function keepSilent(sessionId: string, { publisherId, microphone }: StageSeat): Promise<void> {
    if (!publisherId || !microphone) return;
    await stage.pauseProducer(sessionId, publisherId, microphone, true).catch((error: unknown) => {
      // It has just ended, and with it the sound.
      if (!(error instanceof CodedError) || error.code !== 'MEDIA_NOT_FOUND') throw error;
    });
  }

  const sentHere = (sessionId: string) => [...sending].filter(([, sent]) => sent.sessionId === sessionId);

  /**
   * What this node's connections send is what the book lets them send. `sentBefore` is taken before the book is read:
   * the seat of one that begins meanwhile may not be in it yet.
   */
  async function enforceOn(sessionId: string, sentBefore: ReturnType<typeof sentHere>, seats: readonly StageSeat[]): Promise<void> {
    for (const [connectionId, sent] of sentBefore) {
      const found = seats.find((each) => each.id === sent.seatId && each.publisherId === connectionId);
      if (found?.held) await keepSilent(sessionId, found);
      // It may have begun anew from another seat while this was looked at.
      if (found || sending.get(connectionId) !== sent) continue;
      sending.delete(connectionId);
      await stage.unpublish(sessionId, connectionId);
    }
  }
  return {
    limit,
    listen: (listener: GuestListener): void => void listeners.push(listener),

    /** A viewer came into the room: from now on staff can invite it. `former` is the key it had before it signed in. */
    async meet(sessionId: string, { key, name }: GuestSpeaker, viewer: ViewerKey, former?: string): Promise<void> {
      await store.meet(sessionId, { key, name, viewer });
      if (former && former !== key) await change(sessionId, [], (situation) => rename(situation, former, { key, name, viewer }));
    },

    /** Who is on stage, and the open invitation of one speaker. */
    async look(sessionId: string, key: string): Promise<{ guests: StageGuest[]; invitation: StageInvitation | null }> {
      const { now, book } = await store.read(sessionId);
      const open = book.invitations.find((each) => each.key === key && each.expiresAt > now);
      return { guests: book.seats.map(guestOf), invitation: open ? invitationOf(open) : null };
    },

    async invitations(sessionId: string): Promise<StageInvitation[]> {
      const { now, book } = await store.read(sessionId);
      return book.invitations.filter((each) => each.expiresAt > now).map(invitationOf);
    },

    /** @throws CodedError NOT_FOUND, STAGE_FULL, SESSION_ENDED */
    async invite(sessionId: string, key: string, invitedBy: string): Promise<StageInvitation> {
      const wish = { key, id: newId(), invitedBy, limit, lifeMs };
      const { invitation, fresh } = await change(sessionId, [key], (situation) => invite(situation, wish));
      if (fresh) tell('invited', sessionId, invitation);
      return invitation;
    },

    /** @throws CodedError NOT_INVITED, STAGE_FULL, SESSION_ENDED */
    async answer(sessionId: string, key: string, id: string, accept: boolean, connectionId: string): Promise<void> {
      const { invitation, changed } = await change(sessionId, [], (situation) => answer(situation, { key, id, accept, limit }));
      if (!changed) return;
      tell('answered', sessionId, invitation, accept ? 'accepted' : 'declined');
      tell('uninvited', sessionId, key, 'answered', connectionId);
    },

    /** Takes a guest off the stage, or an invitation back. @throws CodedError NOT_FOUND */
    async remove(sessionId: string, key: string): Promise<void> {
      const removed = await change(sessionId, [], (situation) => remove(situation, key));
      if (removed.seat) await nudge(sessionId);
      tell('uninvited', sessionId, key, removed.seat ? 'removed' : 'withdrawn');
    },

    /** Turns a guest's microphone off, or lets the guest turn it on again. @throws CodedError NOT_FOUND */
    async mute(sessionId: string, key: string, muted: boolean): Promise<void> {
      const changed = await seat(
        sessionId,
        (each) => each.key === key,
        ({ silent }) => ({ held: muted, silent: muted || silent }),
      );
      if (!changed) throw new CodedError('NOT_FOUND');
      if (muted) await nudge(sessionId);
      if (changed.before.held !== muted) tell('muted', sessionId, key, muted);
    },

    /** The seat of a viewer, or of the connection that sends in it. @throws CodedError NOT_INVITED */
    async demandSeat(sessionId: string, key: string, connectionId: string): Promise<StageSeat> {
      const { book } = await store.read(sessionId);
      const found = book.seats.find((each) => each.key === key) ?? book.seats.find(sentBy(connectionId));
      if (!found) throw new CodedError('NOT_INVITED');
      return found;
    },

    /** A connection begins to send anew: what it sent before ends by itself. */
    beginning: (connectionId: string): void => void sending.delete(connectionId),

    /** A connection sends in a seat from now on. @throws CodedError NOT_INVITED when the seat was taken away meanwhile */
    async published(sessionId: string, seatId: string, connectionId: string): Promise<void> {
      const of: SeatOf = ({ id }) => id === seatId;
      const from = { publisherId: connectionId, microphone: null, missingSince: null };
      if (!(await seat(sessionId, of, ({ held }) => ({ ...from, silent: held })))) throw new CodedError('NOT_INVITED');
      sending.set(connectionId, { sessionId, seatId });
    },

    /** A connection does not send any more; the seat stays. */
    async unpublished(sessionId: string, connectionId: string): Promise<void> {
      sending.delete(connectionId);
      await seat(sessionId, sentBy(connectionId), () => ({ publisherId: null, microphone: null, missingSince: null }));
    },

    /** The guest turned its microphone on. @throws CodedError NOT_INVITED when it has no seat any more */
    async microphoneOn(sessionId: string, connectionId: string, producerId: string): Promise<void> {
      const changed = await seat(sessionId, sentBy(connectionId), ({ held }) => ({ microphone: producerId, silent: held }));
      if (!changed) throw new CodedError('NOT_INVITED');
      if (changed.after.held) await keepSilent(sessionId, changed.after);
    },

    /** A producer of the guest ended; with its microphone the guest is not heard. */
    async producerClosed(sessionId: string, connectionId: string, producerId: string): Promise<void> {
      const of: SeatOf = (each) => sentBy(connectionId)(each) && each.microphone === producerId;
      await seat(sessionId, of, () => ({ microphone: null, silent: true }));
    },

    /**
     * The guest pauses or resumes something of its own.
     * @throws CodedError FORBIDDEN when staff turned the microphone off, MEDIA_NOT_FOUND
     */
    async pause(sessionId: string, connectionId: string, producerId: string, paused: boolean): Promise<void> {
      const of: SeatOf = (each) => sentBy(connectionId)(each) && each.microphone === producerId;
      const changed = await seat(sessionId, of, ({ held }) => {
        if (held && !paused) throw new CodedError('FORBIDDEN');
        return { silent: paused };
      });
      await stage.pauseProducer(sessionId, connectionId, producerId, paused);
      if (!changed || paused) return;
      // Staff may have turned it off between the two steps.
      const now = (await store.read(sessionId)).book.seats.find(of);
      if (now?.held) await keepSilent(sessionId, now);
    },

    /** The guest leaves the stage, from whichever of its connections. */
    async leave(sessionId: string, key: string, connectionId: string): Promise<void> {
      const of: SeatOf = (each) => each.key === key || sentBy(connectionId)(each);
      const left = await seat(sessionId, of, () => null);
      if (left) await nudge(sessionId);
    },

    /** What this node's guests send is what they may. */
    async enforce(sessionId: string): Promise<void> {
      const sent = sentHere(sessionId);
      if (sent.length > 0) await enforceOn(sessionId, sent, (await store.read(sessionId)).book.seats);
    },

    /** Frees the seats of those who are gone, whichever node they were on. Never throws: it is done again soon. */
    async sweep(sessionId: string): Promise<void> {
      try {
        const sent = sentHere(sessionId);
        const { expired, seats } = await change(sessionId, [], sweep);
        await enforceOn(sessionId, sent, seats);
        for (const invitation of expired) {
          tell('uninvited', sessionId, invitation.key, 'expired');
          tell('answered', sessionId, invitation, 'expired');
        }
      } catch (error) {
        log.warn({ error, sessionId }, 'the guests of a stage could not be looked after; trying again');
      }
    },

    /** The session has ended: nobody is on its stage any more. */
    async close(sessionId: string): Promise<void> {
      await change(sessionId, [], clear);
      await store.forget(sessionId);
    },
  };
}
export type GuestService = ReturnType<typeof createGuestService>;

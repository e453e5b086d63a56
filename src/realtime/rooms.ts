import type { Server } from 'socket.io';
import type { ClientToServerEvents, ServerToClientEvents } from '../contract/index.ts';
import { type Actor, grantsFor, isStaff, roleFor } from '../domain/actor.ts';
import type { Log, Notify, NotifyRoom } from '../domain/ports.ts';

/** socket.io's rooms: who gets what. */
export const rooms = {
  /** Everybody in a session's room on this node. */
  session: (sessionId: string) => `session:${sessionId}`,
  /** A session's staff in its room, on all nodes. */
  staff: (sessionId: string) => `staff:${sessionId}`,
  /** One viewer's connections in a session's room, on all nodes. */
  speaker: (sessionId: string, key: string) => `speaker:${sessionId}:${key}`,
  account: (accountId: string) => `account:${accountId}`,
  /** A company's recruiters, whatever the session. */
  company: (companyId: string) => `company:${companyId}`,
  /** A company's recruiters as far as this session goes. */
  companyIn: (companyId: string, sessionId: string) => `company:${companyId}@${sessionId}`,
};

/** The personal rooms of a connection that has joined nothing yet. */
export function personalRooms(actor: Actor): string[] {
  const own = actor.accountId ? [rooms.account(actor.accountId)] : [];
  if (!isStaff(actor)) return own;
  const companies = grantsFor(actor, 'consultation.read').flatMap((grant) =>
    grant.companyId && !grant.sessionId ? [rooms.company(grant.companyId)] : [],
  );
  return [...own, ...companies];
}

/** Those that come with a session: the companies there whose recruiter the actor is. */
export function companyRooms(actor: Actor, session: { sessionId: string; fairId: string; companyIds: readonly string[] }): string[] {
  if (!isStaff(actor)) return [];
  const { sessionId, fairId, companyIds } = session;
  return companyIds
    .filter((companyId) => roleFor(actor, 'consultation.read', { fairId, companyIds: [companyId], sessionId }) !== null)
    .map((companyId) => rooms.companyIn(companyId, sessionId));
}

/** The session a personal message is about, if any. */
function sessionOf(payload: object): string | null {
  const about = 'consultation' in payload ? payload.consultation : 'application' in payload ? payload.application : null;
  if (typeof about !== 'object' || about === null || !('sessionId' in about)) return null;
  return typeof about.sessionId === 'string' ? about.sessionId : null;
}

/** Personal messages through socket.io's adapter, to whatever node the person is on. */
export function createNotify(io: Server<ClientToServerEvents, ServerToClientEvents>, log: Log): Notify & NotifyRoom {
  function send(to: string[], event: string, payload: unknown, except: string[] = []): void {
    try {
      // The event name is a type parameter of the callers, which socket.io's overloads cannot follow.
      const channel = io.to(to).except(except);
      (channel.emit as (event: string, payload: unknown) => boolean).call(channel, event, payload);
    } catch (error) {
      log.error({ error, event }, 'a personal message could not be sent; it is found again after a reconnect');
    }
  }
  return {
    staff: (sessionId, event, payload) => send([rooms.staff(sessionId)], event, payload),
    // Every connection is in a room of its own id.
    speaker: (sessionId, key, event, payload, exceptConnection) =>
      send([rooms.speaker(sessionId, key)], event, payload, exceptConnection ? [exceptConnection] : []),
    account: (accountId, event, payload) => send([rooms.account(accountId)], event, payload),
    company: (companyId, event, payload) => {
      const sessionId = sessionOf(payload);
      send([rooms.company(companyId), ...(sessionId ? [rooms.companyIn(companyId, sessionId)] : [])], event, payload);
    },
  };
}

import type { ServerEventName, ServerEventPayload } from '../contract/index.ts';

/** What services are handed besides their stores, so that nothing reaches for a global. */

/** Milliseconds since the Unix epoch. */
export type Clock = () => number;

/** A new UUID version 7. */
export type NewId = () => string;

/** The part of pino that services use. Never pass personal data. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Authenticated encryption under the installation's master key. `purpose` is bound in: a value moved elsewhere does not open. */
export interface Sealer {
  seal(purpose: string, text: string): Buffer;
  /** @throws when the value was changed, or sealed for another purpose or key */
  open(purpose: string, sealed: Buffer): string;
  /** A keyed hash (HMAC-SHA-256) to look a value up by without storing it. */
  index(purpose: string, text: string): Buffer;
}

/** Ties log lines, replies and jobs to the request they come from. */
export interface Trace {
  run<T>(requestId: string, work: () => T): T;
  /** The id of the request being served, if any. */
  current(): string | undefined;
}

/** The names of accounts, as their owners gave them; unknown ids are absent. */
export type NamesOf = (accountIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;

/** Messages to some of those in a session's room now, on any node. Never throws; clients find the same in the next snapshot. */
export interface NotifyRoom {
  /** To the session's staff who are in its room. */
  staff<E extends ServerEventName>(sessionId: string, event: E, payload: ServerEventPayload<E>): void;
  /** To every connection of one viewer, found by the speaker's key; `exceptConnection` is left out. */
  speaker<E extends ServerEventName>(
    sessionId: string,
    key: string,
    event: E,
    payload: ServerEventPayload<E>,
    exceptConnection?: string,
  ): void;
}

/** Personal messages to whoever is connected now, on any node. Never throws; clients refetch after a reconnect. */
export interface Notify {
  account<E extends ServerEventName>(accountId: string, event: E, payload: ServerEventPayload<E>): void;
  /** To the company's recruiters. */
  company<E extends ServerEventName>(companyId: string, event: E, payload: ServerEventPayload<E>): void;
}

import type { CallRecord } from './record.ts';

/** Which call: by its id, or the one of a consultation. */
export type CallKey = { callId: string } | { consultationId: string };

export interface CallChange {
  before: CallRecord | null;
  after: CallRecord | null;
}

/** What calls need of the state shared by all nodes. */
export interface CallStore {
  find(key: CallKey): Promise<CallRecord | null>;
  /** The open call a person is in or rung by. */
  ofPerson(accountId: string): Promise<CallRecord | null>;
  /**
   * Decides on what is so and keeps the decision, or decides again when it was not so any more.
   * The same record answered back changes nothing; null forgets the call.
   * @throws what `decide` throws; nothing has changed then
   * @throws CodedError CALL_BUSY when somebody new in it is in another call, OVERLOADED when others kept changing it
   */
  change(key: CallKey, decide: (call: CallRecord | null, now: number) => CallRecord | null): Promise<CallChange>;
  /** Ids of calls in which something is due. */
  due(): Promise<string[]>;
  /** Says that connections are still in their calls. @returns those that are not taken to be in theirs (any more) */
  touch(connections: readonly { callId: string; connectionId: string }[]): Promise<{ callId: string; connectionId: string }[]>;
  /** Connections that nobody has spoken for lately, by call. */
  silent(silenceMs: number): Promise<Map<string, string[]>>;
}

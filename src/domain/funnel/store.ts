import type { FactEvent, Funnel, LedgerEntry, Session } from '../../contract/index.ts';

/** A fact in a subject's stream, at its place there. */
export interface StreamedFact {
  streamId: string;
  /** null: what is there is not a fact; it cannot be put into the ledger. */
  event: FactEvent | null;
}

/** One minute of a session; `viewers` is its maximum, `last` what it ended with; both absent when nobody came or went. */
export interface MinuteCounts {
  viewers?: number;
  last?: number;
  visits: number;
  positionViews: number;
  consultations: number;
  applications: number;
}

export interface Counters {
  funnel: Funnel;
  /** Facts appended so far: what the ledger must come to hold. */
  facts: number;
}

/** The stream of facts and the counters that go with it, each fact in one atomic step. */
export interface FactStore {
  /** Counts a fact and appends it, once per id. @returns false when it was counted before */
  record(event: FactEvent): Promise<boolean>;
  /** @returns false when it was counted before; 'closed' when the session has ended */
  openPosition(view: {
    sessionId: string;
    viewer: string;
    retryKey: string;
    onceId: string;
    positionId: string;
  }): Promise<boolean | 'closed'>;
  after(subjectId: string, streamId: string, count: number): Promise<StreamedFact[]>;
  /** Drops what is in the ledger. */
  trim(subjectId: string, upToStreamId: string): Promise<void>;
  counters(subjectId: string): Promise<Counters>;
  /** By minute since the epoch. */
  minutes(subjectId: string): Promise<Map<number, MinuteCounts>>;
  subjects(): Promise<string[]>;
  forgetUnused(subjects: readonly string[]): Promise<void>;
}

export interface LedgerHead {
  /** Entries so far. */
  seq: number;
  hash: string;
  /** Where in the stream the last drained fact was. */
  streamId: string;
}

export interface LedgerStore {
  head(subjectId: string): Promise<LedgerHead | null>;
  /** In order, after a sequence. */
  entries(subjectId: string, afterSeq: number, count: number): Promise<LedgerEntry[]>;
  /**
   * Appends in one transaction that holds the subject's head: `next` is given the head and answers what
   * follows and the new place in the stream.
   * @returns how many were appended; null when somebody else holds the head
   */
  append(
    subjectId: string,
    next: (head: LedgerHead) => Promise<{ events: FactEvent[]; streamId: string } | null>,
  ): Promise<{ appended: number; streamId: string } | null>;
}

export interface OutboxStore {
  /**
   * Hands the oldest unrelayed facts to `relay` and marks them relayed if it succeeds. Rows taken by another node are passed over.
   * @returns how many were relayed
   */
  relay(count: number, relay: (events: FactEvent[]) => Promise<void>): Promise<number>;
  /** Facts of a subject that are not in its ledger. */
  missing(subjectId: string): Promise<FactEvent[]>;
}

/** What reports need to know of fairs and sessions. */
export interface ReportSubjects {
  session(sessionId: string): Promise<Session | null>;
  /** null when there is no such fair. */
  fair(fairId: string): Promise<{ sessions: Session[]; companies: number; positions: number; headcount: number } | null>;
}

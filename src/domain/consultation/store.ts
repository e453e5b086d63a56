import type { ConsultationMessage, FactEvent, RecordedFact, SessionStatus } from '../../contract/index.ts';
import type { PageRequest, TimeKey } from '../page.ts';

export interface MessageRow {
  id: string;
  consultationId: string;
  from: ConsultationMessage['from'];
  authorId: string;
  /** Empty once the viewer's data was erased. */
  text: string;
  at: number;
}

export interface ConsultationRow {
  id: string;
  sessionId: string;
  fairId: string;
  companyId: string;
  companyName: string;
  /** The viewer's. */
  accountId: string;
  positionId: string | null;
  status: 'waiting' | 'active' | 'closed';
  askedAt: number;
  answeredAt: number | null;
  closedAt: number | null;
}

/** A consultation with what its readers see beside it. */
export interface ConsultationView extends ConsultationRow {
  /** How many wait before it for the same company in the same session. */
  ahead: number;
  lastMessage: MessageRow | null;
}

/** Where somebody wants to ask. */
interface Venue {
  sessionStatus: SessionStatus;
  companyTakesPart: boolean;
  /** true when no position was named. */
  positionFits: boolean;
}

interface Place {
  sessionId: string;
  companyId: string;
  positionId: string | null;
}

/** What can be done within one transaction. */
export interface ConsultationChange {
  /** The session is kept from changing until the end. null: no such session. */
  venue(place: Place): Promise<Venue | null>;
  /**
   * The viewer's consultation at a place, one at most (rule C1): made at the end
   * of the queue, or a closed one put back there, or the open one as it is.
   */
  enqueue(consultation: Place & { id: string; accountId: string; askedAt: number }): Promise<{ id: string; created: boolean }>;
  /** Read and kept from changing until the end. */
  lock(consultationId: string): Promise<ConsultationRow | null>;
  /** What an author sent with a once id. */
  sent(authorId: string, onceId: string): Promise<MessageRow | null>;
  /** @returns null when the author has used the once id elsewhere meanwhile */
  addMessage(message: MessageRow & { onceId: string }): Promise<MessageRow | null>;
  setStatus(consultationId: string, status: 'active' | 'closed', at: number): Promise<void>;
  record(event: FactEvent & { fact: RecordedFact }): Promise<void>;
}

export interface ConsultationStore {
  /** Runs one change in one transaction; `viewerId` is whose key the texts are under. */
  change<T>(viewerId: string, work: (change: ConsultationChange) => Promise<T>): Promise<T>;
  find(consultationId: string): Promise<ConsultationView | null>;
  /** The first so many who wait in a queue behind a place, in order. */
  waitingBehind(row: ConsultationRow, limit: number): Promise<ConsultationView[]>;
  /** null: no such session. */
  session(sessionId: string): Promise<{ fairId: string; companyIds: string[] } | null>;
  /** Waiting ones in the order of the queue, then active, then closed ones; the page's key is {@link queueKey}. */
  listOfSession(sessionId: string, companyIds: readonly string[], page: PageRequest<TimeKey>): Promise<ConsultationView[]>;
  /** Newest first. */
  listOfViewer(accountId: string, sessionId: string | undefined, page: PageRequest<string>): Promise<ConsultationView[]>;
  /** Oldest first. */
  messages(consultationId: string, page: PageRequest<TimeKey>): Promise<MessageRow[]>;
}

/** One step of the order of a queue: larger than any time in milliseconds that we meet (until the year 2286). */
export const QUEUE_STEP = 10_000_000_000_000;
const steps = { waiting: 0, active: 1, closed: 2 };

/** Where a consultation stands in its session's list, as one number. */
export function queueKey(row: Pick<ConsultationRow, 'status' | 'askedAt'>): number {
  return steps[row.status] * QUEUE_STEP + row.askedAt;
}

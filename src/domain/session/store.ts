import type { Company, Session, SessionInput, SessionStatus } from '../../contract/index.ts';
import type { PageRequest, TimeKey } from '../page.ts';

export interface SessionFilter {
  fairId?: string | undefined;
  status?: SessionStatus | undefined;
}

export interface SessionStore {
  insert(session: { id: string; fairId: string; createdAt: number } & SessionInput): Promise<void>;
  find(sessionId: string): Promise<Session | null>;
  /** Latest start first. */
  list(filter: SessionFilter, page: PageRequest<TimeKey>): Promise<Session[]>;
  /** Changes a session that is still scheduled. @returns false when it is not */
  update(sessionId: string, changes: Partial<SessionInput>): Promise<boolean>;
  /**
   * Moves a session on if it is in status `from`, and records the fact `session.<to>`
   * in the same transaction (rule R4).
   * @returns the status found: `from` when it was moved
   */
  advance(sessionId: string, from: SessionStatus, to: 'live' | 'ended', at: number): Promise<SessionStatus | null>;
}

/** What sessions need to know of fairs and companies. */
export interface FairLookup {
  find(fairId: string): Promise<{ timeZone: string } | null>;
}

export interface CompanyLookup {
  find(companyId: string): Promise<Company | null>;
}

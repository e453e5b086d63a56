import type {
  ApplicationListItem,
  FactEvent,
  Grant,
  MyApplication,
  OpenedApplication,
  Outcome,
  Position,
  RecordedFact,
  ResumeForm,
  SessionStatus,
} from '../../contract/index.ts';
import type { PageRequest } from '../page.ts';

export type ResumeMediaType = NonNullable<OpenedApplication['file']>['mediaType'];
export type OutcomeKind = Outcome['kind'];
type OutcomeRow = MyApplication['outcomes'][number];

export interface ResumeFile {
  id: string;
  /** Where the encrypted content lies. */
  storageKey: string;
  name: string;
  mediaType: ResumeMediaType;
  bytes: number;
}

export interface ApplicationRow {
  id: string;
  fairId: string;
  timeZone: string;
  companyId: string;
  companyName: string;
  positionId: string;
  positionTitle: string;
  /** The applicant's. */
  accountId: string;
  /** The session watched at the first submission: what it is attributed to. */
  sessionId: string | null;
  group: ApplicationListItem['group'];
  status: MyApplication['status'];
  submittedAt: number;
  withdrawnAt: number | null;
  /** Of the newest consent. */
  consentUntil: string;
  fileId: string | null;
}

export interface ApplicationView extends ApplicationRow {
  /** null once the applicant's data was erased. */
  form: ResumeForm | null;
  file: ResumeFile | null;
  /** Oldest first. */
  outcomes: OutcomeRow[];
}

export interface Opening {
  staffId: string;
  at: number;
}

/** What is asked of a position before somebody may apply. */
export interface PositionTerms {
  fairId: string;
  companyId: string;
  status: Position['status'];
  expiresOn: string | null;
  timeZone: string;
}

export interface Submission {
  id: string;
  accountId: string;
  positionId: string;
  onceId: string;
  form: ResumeForm;
  /** null leaves the file of an earlier submission as it is, unless that was withdrawn. */
  file: ResumeFile | null;
  consent: { id: string; purpose: string; fields: string[]; until: string };
  at: number;
}

/** What can be done within one transaction. */
export interface ApplicationChange {
  /** The position is kept from changing until the end. */
  position(positionId: string): Promise<PositionTerms | null>;
  session(sessionId: string): Promise<{ fairId: string; status: SessionStatus } | null>;
  /** The applicant's application to a position, if any; a second submission waits here until the end. */
  lockSubmission(accountId: string, positionId: string): Promise<ApplicationRow | null>;
  /** Read and kept from changing until the end. */
  lock(applicationId: string): Promise<ApplicationRow | null>;
  /** Whether this submission was accepted before, even if a newer one has replaced it. */
  accepted(applicationId: string, onceId: string): Promise<boolean>;
  insert(submission: Submission & { terms: PositionTerms; sessionId: string | null; campus: string | null }): Promise<void>;
  /** @returns the file that was replaced, to be removed after the commit */
  replace(submission: Submission, earlier: ApplicationRow): Promise<string | null>;
  withdraw(applicationId: string, at: number): Promise<void>;
  /** Notes that a recruiter read the résumé. */
  addOpening(opening: { id: string; applicationId: string; staffId: string; kind: 'opened' | 'downloaded'; at: number }): Promise<void>;
  /** One of a kind: a later one of the same kind answers the first. */
  addOutcome(outcome: Outcome & { onceId: string; staffId: string }): Promise<{ outcome: Outcome; created: boolean }>;
  /** @returns false when it was confirmed already */
  confirmOutcome(outcomeId: string, at: number): Promise<boolean>;
  record(event: FactEvent & { fact: RecordedFact }): Promise<void>;
}

export interface StaffFilter {
  fairId?: string | undefined;
  companyId?: string | undefined;
  sessionId?: string | undefined;
  positionId?: string | undefined;
}

export interface ApplicationStore {
  /** Runs one change in one transaction; `applicantId` is whose key the résumé is under. */
  change<T>(applicantId: string, work: (change: ApplicationChange) => Promise<T>): Promise<T>;
  position(positionId: string): Promise<PositionTerms | null>;
  find(applicationId: string): Promise<ApplicationView | null>;
  /** The application that a submission with this once id led to. */
  findSubmission(accountId: string, positionId: string, onceId: string): Promise<ApplicationView | null>;
  /** Whether a stored file belongs to an application. */
  isKept(storageKey: string): Promise<boolean>;
  /** Newest first. */
  listOfApplicant(accountId: string, page: PageRequest<string>): Promise<ApplicationView[]>;
  /** What any of the grants covers, newest first. */
  listWithin(grants: readonly Grant[], filter: StaffFilter, page: PageRequest<string>): Promise<ApplicationView[]>;
  /** The latest openings of each, newest first. */
  openings(applicationIds: readonly string[], limitEach: number): Promise<ReadonlyMap<string, Opening[]>>;
  outcome(outcomeId: string): Promise<Outcome | null>;
  /** The grants of a staff account now; none for a disabled one. */
  grantsOf(staffId: string): Promise<Grant[]>;
}

/** Where résumé files lie, encrypted under their applicant's key. */
export interface ResumeFiles {
  /** @returns the storage key of the stored content */
  put(accountId: string, bytes: Uint8Array): Promise<string>;
  /** @throws when it is gone, was changed, or the applicant's key was destroyed */
  get(accountId: string, storageKey: string): Promise<Buffer>;
  remove(storageKey: string): Promise<void>;
}

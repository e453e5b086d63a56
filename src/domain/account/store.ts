import type { Grant, StaffRole } from '../../contract/index.ts';
import type { PageRequest } from '../page.ts';

export type AccountKind = 'viewer' | 'staff';

export interface StoredAccount {
  id: string;
  kind: AccountKind;
  name: string;
  login: string | null;
  disabled: boolean;
  grants: Grant[];
}

export interface NewStaff {
  id: string;
  login: string;
  passwordHash: string;
  name: string;
  grant: Grant & { id: string };
}

export interface AccountStore {
  find(accountId: string): Promise<StoredAccount | null>;
  findByLogin(login: string): Promise<{ account: StoredAccount; passwordHash: string } | null>;
  /** The names of accounts; unknown ids are left out. */
  namesOf(accountIds: readonly string[]): Promise<Map<string, string>>;
  hasStaff(): Promise<boolean>;
  /** @returns false when the login is taken */
  insertStaff(staff: NewStaff): Promise<boolean>;
  /** The account of a phone number, made with `id` and `name` if there is none. Two calls at once make one. */
  findOrCreateViewer(viewer: { id: string; phone: string; name: string | undefined }): Promise<StoredAccount>;
  /** Makes a device the account's (rule V2). */
  linkDevice(deviceId: string, accountId: string, at: number): Promise<void>;
  /** Staff with a grant in one of the fairs (null: all staff), oldest first. */
  listStaff(fairIds: readonly string[] | null, page: PageRequest<string>): Promise<StoredAccount[]>;
  /** Takes every grant away, disables the account and ends its sign-ins. @returns the sign-ins ended */
  revoke(accountId: string, at: number): Promise<string[]>;
}

export interface StoredSignIn {
  id: string;
  accountId: string;
  refreshHash: Buffer;
  previousHash: Buffer | null;
  renewedAt: number;
  expiresAt: number;
  ended: boolean;
}

export interface SignInStore {
  insert(signIn: { id: string; accountId: string; refreshHash: Buffer; at: number; expiresAt: number }): Promise<void>;
  find(signInId: string): Promise<StoredSignIn | null>;
  /** Replaces the refresh hash if it still is `from`. @returns false when somebody else was first */
  rotate(signInId: string, from: Buffer, to: Buffer, at: number, expiresAt: number): Promise<boolean>;
  end(signInId: string, at: number): Promise<void>;
  /** Which of these have ended, are unknown or have expired. */
  endedAmong(signInIds: readonly string[], now: number): Promise<string[]>;
}

export interface StoredInvitation {
  id: string;
  role: StaffRole;
  fairId: string | null;
  companyId: string | null;
  sessionId: string | null;
}

export interface InvitationStore {
  insert(invitation: StoredInvitation & { createdBy: string; expiresAt: number }): Promise<void>;
  /**
   * Turns an open invitation into a staff account, in one transaction: it works once.
   * @returns 'invalid' when it is unknown, used or expired by `at`; 'taken' when the login is
   */
  accept(invitationId: string, staff: Omit<NewStaff, 'grant'> & { grantId: string }, at: number): Promise<'invalid' | 'taken' | 'accepted'>;
}

/** Tells every node at once that access tokens of a sign-in are no longer good. */
export interface Revocations {
  end(signInIds: readonly string[]): Promise<void>;
  /** @throws when the shared store cannot be asked */
  endedAmong(signInIds: readonly string[]): Promise<string[]>;
}

export interface CodeStore {
  /** Keeps the keyed hash of a code for `lifeMs`, replacing an earlier one. */
  put(phoneIndex: string, codeHash: string, lifeMs: number): Promise<void>;
  forget(phoneIndex: string): Promise<void>;
  /** Compares and counts a try; the right code, and the last allowed try, use it up. */
  check(phoneIndex: string, codeHash: string, maxTries: number): Promise<boolean>;
}

/** Where the scope of an invitation is looked up. */
export interface ScopeLookup {
  fair(fairId: string): Promise<boolean>;
  /** The fair a company belongs to. */
  fairOfCompany(companyId: string): Promise<string | null>;
  session(sessionId: string): Promise<{ fairId: string; companyIds: readonly string[] } | null>;
}

import type { StageKey } from '../../../contract/index.ts';

export type StageKeyPurpose = StageKey['purpose'];

export interface StoredStageKey {
  id: string;
  sessionId: string;
  purpose: StageKeyPurpose;
  createdBy: string;
  createdAt: number;
  expiresAt: number;
  lastUsedAt: number | null;
}

/** Keys as they are stored: of their tokens only a hash. A key is valid until it expires, is withdrawn, or its maker may not sign in any more. */
export interface StageKeyStore {
  /** @returns false when the session has `most` valid keys already */
  insert(key: Omit<StoredStageKey, 'lastUsedAt'> & { tokenHash: Buffer }, most: number): Promise<boolean>;
  /** Valid ones, oldest first. */
  list(sessionId: string, at: number): Promise<StoredStageKey[]>;
  /** @returns null when there is no valid one */
  findByToken(tokenHash: Buffer, at: number): Promise<StoredStageKey | null>;
  /** Those of some keys that are valid. */
  validAmong(keyIds: readonly string[], at: number): Promise<string[]>;
  used(keyId: string, at: number): Promise<void>;
  /** @returns false when the session has no such key, or it was withdrawn */
  withdraw(sessionId: string, keyId: string, at: number): Promise<boolean>;
}

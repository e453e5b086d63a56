import { randomBytes } from 'node:crypto';
import type { Disk } from 'flydrive';
import type { ResumeFiles } from '../../domain/application/store.ts';
import { disclose, enclose } from '../envelope.ts';

export interface ResumeFilesDependencies {
  disk: Disk;
  keys: {
    of(accountId: string): Promise<Buffer>;
    find(accountIds: readonly string[]): Promise<ReadonlyMap<string, Buffer>>;
  };
}

/** Résumé files on a disk, each encrypted under its applicant's key and named by chance, so that the disk alone tells nothing. */
export function createResumeFiles({ disk, keys }: ResumeFilesDependencies): ResumeFiles {
  const purposeOf = (storageKey: string) => `résumé file ${storageKey}`;
  return {
    async put(accountId, bytes) {
      const name = randomBytes(16).toString('hex');
      // Two levels, because a folder with a million files is slow on many file systems.
      const storageKey = `resumes/${name.slice(0, 2)}/${name}`;
      await disk.put(storageKey, enclose(await keys.of(accountId), purposeOf(storageKey), bytes));
      return storageKey;
    },
    async get(accountId, storageKey) {
      const key = (await keys.find([accountId])).get(accountId);
      if (!key) throw new Error('the key of this applicant was destroyed');
      return disclose(key, purposeOf(storageKey), await disk.getBytes(storageKey));
    },
    async remove(storageKey) {
      await disk.delete(storageKey);
    },
  };
}

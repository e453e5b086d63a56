import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface EmbeddedSecrets {
  /** Signs access tokens and links. */
  tokenSecret: string;
  /** 64 hexadecimal digits; wraps the keys of personal data. */
  masterKey: string;
}

/**
 * The secrets of an installation that was given none, made once and kept in the
 * data folder, readable by its owner alone. Not for production, where a folder
 * must not hold both the data and the key to it.
 * @throws when the file is there but damaged: new secrets would lose the old data
 */
export function embeddedSecrets(folder: string): EmbeddedSecrets {
  const path = join(folder, 'secrets.json');
  const draft = `${path}.${process.pid}`;
  const fresh: EmbeddedSecrets = { tokenSecret: randomBytes(32).toString('base64url'), masterKey: randomBytes(32).toString('hex') };
  writeFileSync(draft, `${JSON.stringify(fresh, null, 2)}\n`, { mode: 0o600 });
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(draft);
  }
  const kept = JSON.parse(readFileSync(path, 'utf8')) as Partial<EmbeddedSecrets>;
  if (typeof kept.tokenSecret !== 'string' || !/^[0-9a-f]{64}$/.test(kept.masterKey ?? ''))
    throw new Error(`${path} is damaged. Restore it from a backup: with other secrets the data cannot be read.`);
  return { tokenSecret: kept.tokenSecret, masterKey: kept.masterKey as string };
}

import { hash, verify } from '@node-rs/argon2';

/** argon2id (RFC 9106) with OWASP's first choice: 19 MiB, two passes, one lane. */
const options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export interface Passwords {
  hash(password: string): Promise<string>;
  /** Takes as long for an unknown login (`stored` null) as for a wrong password, so that logins cannot be found out. */
  matches(stored: string | null, password: string): Promise<boolean>;
}

export function createPasswords(): Passwords {
  let decoy: Promise<string> | null = null;
  return {
    hash: (password) => hash(password, options),
    async matches(stored, password) {
      decoy ??= hash('nobody has this password', options);
      const right = await verify(stored ?? (await decoy), password);
      return stored !== null && right;
    },
  };
}

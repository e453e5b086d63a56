import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + NONCE_BYTES + TAG_BYTES;

/** Bytes of a data key. */
const KEY_BYTES = 32;

/** A new random data key. */
export function newKey(): Buffer {
  return randomBytes(KEY_BYTES);
}

/**
 * Encrypts bytes under a data key: version, nonce, tag, ciphertext (AES-256-GCM,
 * NIST SP 800-38D). The purpose is associated data: a value moved elsewhere does
 * not open.
 */
export function enclose(key: Buffer, purpose: string, bytes: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(purpose));
  const content = [cipher.update(bytes), cipher.final()];
  return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), ...content]);
}

/**
 * Decrypts what {@link enclose} made.
 * @throws when it was changed, or enclosed for another purpose or key
 */
export function disclose(key: Buffer, purpose: string, enclosed: Uint8Array): Buffer {
  if (enclosed.length < HEADER_BYTES || enclosed[0] !== VERSION) throw new Error('not an enclosed value');
  const decipher = createDecipheriv('aes-256-gcm', key, enclosed.subarray(1, 1 + NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(purpose));
  decipher.setAuthTag(enclosed.subarray(1 + NONCE_BYTES, HEADER_BYTES));
  return Buffer.concat([decipher.update(enclosed.subarray(HEADER_BYTES)), decipher.final()]);
}

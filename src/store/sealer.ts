import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { Sealer } from '../domain/ports.ts';

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + NONCE_BYTES + TAG_BYTES;

/**
 * A sealer under a master key of 32 bytes (64 hexadecimal digits). Encryption and
 * lookup use two keys derived from it (HKDF, RFC 5869). A sealed value is
 * version, nonce, tag, ciphertext (AES-256-GCM, NIST SP 800-38D) with the purpose
 * as associated data.
 */
export function createSealer(masterKeyHex: string): Sealer {
  const master = Buffer.from(masterKeyHex, 'hex');
  if (master.length !== 32) throw new Error('the master key must be 64 hexadecimal digits');
  const derive = (info: string) => Buffer.from(hkdfSync('sha256', master, Buffer.alloc(0), info, 32));
  const sealingKey = derive('gangbo sealing 1');
  const indexKey = derive('gangbo index 1');

  return {
    seal(purpose, text) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', sealingKey, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(purpose));
      const content = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), content]);
    },
    open(purpose, sealed) {
      if (sealed.length < HEADER_BYTES || sealed[0] !== VERSION) throw new Error('not a sealed value');
      const decipher = createDecipheriv('aes-256-gcm', sealingKey, sealed.subarray(1, 1 + NONCE_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(purpose));
      decipher.setAuthTag(sealed.subarray(1 + NONCE_BYTES, HEADER_BYTES));
      return Buffer.concat([decipher.update(sealed.subarray(HEADER_BYTES)), decipher.final()]).toString('utf8');
    },
    index(purpose, text) {
      // The length keeps (purpose, text) pairs apart whatever they contain.
      return createHmac('sha256', indexKey).update(`${purpose.length}:${purpose}:${text}`).digest();
    },
  };
}

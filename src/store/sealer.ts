import { createHmac, hkdfSync } from 'node:crypto';
import type { Sealer } from '../domain/ports.ts';
import { disclose, enclose } from './envelope.ts';

/**
 * A sealer under a master key of 32 bytes (64 hexadecimal digits). Encryption and
 * lookup use two keys derived from it (HKDF, RFC 5869).
 */
export function createSealer(masterKeyHex: string): Sealer {
  const master = Buffer.from(masterKeyHex, 'hex');
  if (master.length !== 32) throw new Error('the master key must be 64 hexadecimal digits');
  const derive = (info: string) => Buffer.from(hkdfSync('sha256', master, Buffer.alloc(0), info, 32));
  const sealingKey = derive('gangbo sealing 1');
  const indexKey = derive('gangbo index 1');

  return {
    seal: (purpose, text) => enclose(sealingKey, purpose, Buffer.from(text)),
    open: (purpose, sealed) => disclose(sealingKey, purpose, sealed).toString('utf8'),
    index(purpose, text) {
      // The length keeps (purpose, text) pairs apart whatever they contain.
      return createHmac('sha256', indexKey).update(`${purpose.length}:${purpose}:${text}`).digest();
    },
  };
}

import { createHmac } from 'node:crypto';
import type { IceServer } from '../../contract/index.ts';
import type { Clock } from '../ports.ts';

export interface IceServerOptions {
  /** STUN and TURN servers whose credentials, if any, never change. */
  fixed: readonly IceServer[];
  /** TURN servers that check a shared secret; empty for none. */
  urls: readonly string[];
  /** Shared with those servers; needed when there are any. */
  secret: string | undefined;
  /** How long a credential may be used to allocate, seconds. */
  lifeSeconds: number;
  clock: Clock;
  /** What the TURN server's log may call a connection: stable, so that an abuser can be found, and naming nobody. */
  pseudonym: (connectionId: string) => string;
}

/** The STUN and TURN servers for one connection; what it is given serves it alone and for a time. */
export type IceServersFor = (connectionId: string) => IceServer[];

/**
 * Short-lived TURN credentials by the TURN REST convention
 * (draft-uberti-behave-turn-rest-00; coturn's use-auth-secret): the username is
 * `<expiry, unix seconds>:<pseudonym>` and the password
 * base64(HMAC-SHA1(secret, username)), so that the server can check both without
 * a database. Ask again for every transport: an old answer may have expired.
 * @throws Error when there are URLs and no secret
 */
export function createIceServers({ fixed, urls, secret, lifeSeconds, clock, pseudonym }: IceServerOptions): IceServersFor {
  if (urls.length === 0) return () => [...fixed];
  if (!secret) throw new Error('TURN servers with short-lived credentials need the secret they share');
  return (connectionId) => {
    const username = `${Math.floor(clock() / 1_000) + lifeSeconds}:${pseudonym(connectionId)}`;
    const credential = createHmac('sha1', secret).update(username).digest('base64');
    return [...fixed, { urls: [...urls], username, credential }];
  };
}

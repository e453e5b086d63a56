import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { CodedError } from '../../contract/index.ts';
import type { Clock, Sealer } from '../ports.ts';

const accessClaimsSchema = z.object({
  sub: z.string().min(8).max(64),
  kind: z.enum(['guest', 'viewer', 'staff']),
  dev: z.string().min(8).max(64).optional(),
  sid: z.uuid().optional(),
  exp: z.number().int(),
});
/** `sub` is the account, for guests the device; `sid` the sign-in it came from. */
export type AccessClaims = z.infer<typeof accessClaimsSchema>;

const ACCESS = 'gangbo access';
const INVITATION = 'gangbo invitation';

export interface Tokens {
  issueAccess(claims: Omit<AccessClaims, 'exp'>): Promise<{ token: string; expiresAt: number }>;
  /** @throws CodedError TOKEN_EXPIRED, UNAUTHENTICATED */
  readAccess(token: string): Promise<AccessClaims>;
  issueInvitation(invitationId: string, expiresAt: number): Promise<string>;
  /** @throws CodedError INVITATION_INVALID */
  readInvitation(token: string): Promise<string>;
}

/** Signed tokens: JWT (RFC 7519) with HS256; the audience keeps purposes apart. */
export function createTokens({ secret, accessSeconds, clock }: { secret: string; accessSeconds: number; clock: Clock }): Tokens {
  const key = new TextEncoder().encode(secret);
  const sign = (claims: Record<string, unknown>, audience: string, expiresAt: number) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .setAudience(audience)
      .setIssuedAt(Math.floor(clock() / 1000))
      .setExpirationTime(Math.floor(expiresAt / 1000))
      .sign(key);
  const read = (token: string, audience: string) =>
    jwtVerify(token, key, { algorithms: ['HS256'], audience, currentDate: new Date(clock()) });

  return {
    async issueAccess(claims) {
      const expiresAt = Math.floor(clock() / 1000 + accessSeconds) * 1000;
      return { token: await sign(claims, ACCESS, expiresAt), expiresAt };
    },
    async readAccess(token) {
      try {
        return accessClaimsSchema.parse((await read(token, ACCESS)).payload);
      } catch (error) {
        throw new CodedError(error instanceof errors.JWTExpired ? 'TOKEN_EXPIRED' : 'UNAUTHENTICATED', { cause: error });
      }
    },
    issueInvitation: (invitationId, expiresAt) => sign({ jti: invitationId }, INVITATION, expiresAt),
    async readInvitation(token) {
      try {
        return z.uuid().parse((await read(token, INVITATION)).payload.jti);
      } catch (error) {
        throw new CodedError('INVITATION_INVALID', { cause: error });
      }
    },
  };
}

const SECRET_BYTES = 32;

export interface RefreshTokens {
  issue(signInId: string): { token: string; hash: Buffer };
  /** The sign-in and hash of a token that was issued here, whether or not it still is good; null for anything else. */
  read(token: string): { signInId: string; hash: Buffer } | null;
}

/**
 * Opaque refresh tokens: sign-in, secret, and a keyed check by which one that was
 * issued and replaced (a replay) is told from one that never existed (a guess).
 */
export function createRefreshTokens(sealer: Sealer): RefreshTokens {
  const checkOf = (signInId: string, secret: string) => sealer.index('refresh token', `${signInId}.${secret}`).subarray(0, 16);
  const hashOf = (secret: string) => createHash('sha256').update(secret).digest();
  return {
    issue(signInId) {
      const secret = randomBytes(SECRET_BYTES).toString('base64url');
      return { token: `${signInId}.${secret}.${checkOf(signInId, secret).toString('base64url')}`, hash: hashOf(secret) };
    },
    read(token) {
      const [signInId = '', secret = '', check = '', ...rest] = token.split('.');
      if (rest.length > 0 || !z.uuid().safeParse(signInId).success) return null;
      const given = Buffer.from(check, 'base64url');
      const expected = checkOf(signInId, secret);
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
      return { signInId, hash: hashOf(secret) };
    },
  };
}

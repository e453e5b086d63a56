import type { FastifyReply, FastifyRequest } from 'fastify';
import { CodedError } from '../contract/index.ts';

/** Cookies by kind, so that a viewer and staff can be signed in side by side in one browser. */
const DEVICE = 'gangbo_device';
const refreshCookies = { staff: 'gangbo_staff', viewer: 'gangbo_viewer' } as const;
const DEVICE_DAYS = 400;

export type SignInKind = keyof typeof refreshCookies;

export interface CookieRules {
  /** Whether people reach the program over https. */
  secure: () => boolean;
}

/** Reads and sets the program's own cookies: httpOnly, SameSite=Lax, signed by the server where they are not secrets themselves. */
export function createCookies({ secure }: CookieRules) {
  const base = () => ({ httpOnly: true, sameSite: 'lax' as const, secure: secure() });
  return {
    device(request: FastifyRequest): string | null {
      const raw = request.cookies[DEVICE];
      const opened = raw === undefined ? null : request.unsignCookie(raw);
      return opened?.valid && /^[\w-]{8,64}$/.test(opened.value) ? opened.value : null;
    },
    setDevice(reply: FastifyReply, deviceId: string): void {
      reply.setCookie(DEVICE, deviceId, { ...base(), path: '/', signed: true, maxAge: DEVICE_DAYS * 86_400 });
    },
    refresh(request: FastifyRequest, kind: SignInKind): string | null {
      const value = request.cookies[refreshCookies[kind]];
      return value && value.length <= 300 ? value : null;
    },
    /** The viewer's is also read at a room's door; the staff's only where it is renewed. */
    setRefresh(reply: FastifyReply, kind: SignInKind, refresh: { token: string; expiresAt: number } | null): void {
      if (refresh)
        reply.setCookie(refreshCookies[kind], refresh.token, { ...base(), path: pathOf(kind), expires: new Date(refresh.expiresAt) });
    },
    clearRefresh(reply: FastifyReply, kind: SignInKind): void {
      reply.clearCookie(refreshCookies[kind], { ...base(), path: pathOf(kind) });
    },
  };
}
export type Cookies = ReturnType<typeof createCookies>;

const pathOf = (kind: SignInKind) => (kind === 'staff' ? '/api/v1/auth' : '/api/v1');

/** Which sign-in a request of `/auth/renew` and `/auth/sign-out` is about. */
export function kindOf(request: FastifyRequest): SignInKind {
  const given = request.headers['x-gangbo-kind'] ?? 'staff';
  if (given === 'staff' || given === 'viewer') return given;
  throw new CodedError('BAD_INPUT', { issues: [{ path: 'x-gangbo-kind', message: 'staff or viewer' }] });
}

/** The access token of a request (RFC 6750), or null. */
export function bearerOf(request: FastifyRequest): string | null {
  return /^Bearer ([\w.~+/-]{10,4096}=*)$/i.exec(request.headers.authorization ?? '')?.[1] ?? null;
}

/**
 * Refuses what another site's page sends with our cookies (cross-site request
 * forgery). Programs that are not browsers send no Origin and carry no cookies of
 * anybody else.
 * @throws CodedError FORBIDDEN
 */
export function demandOwnOrigin(request: FastifyRequest, publicUrl: string): void {
  const { origin } = request.headers;
  if (origin === undefined) return;
  if (URL.canParse(origin)) {
    const given = new URL(origin);
    if (given.host === request.host || given.origin === new URL(publicUrl).origin) return;
  }
  throw new CodedError('FORBIDDEN');
}

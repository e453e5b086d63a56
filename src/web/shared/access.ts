import { type ShallowRef, shallowRef } from 'vue';
import { type Api, type ApiOptions, createApi } from '../../client/api.ts';
import type { Account, Role } from '../../contract/index.ts';

/** Viewers and staff may be signed in side by side in one browser, each with a cookie of its own. */
export type AccessKind = 'viewer' | 'staff';

export interface SignIn {
  /** The access token; kept in memory only, the refresh token is an httpOnly cookie. */
  token: string;
  /** Milliseconds since the epoch, by the server's clock. */
  expiresAt: number;
  role: Role;
  name: string;
  account: Account | null;
}

export interface Access {
  readonly api: Api;
  /** The same with its own fetch or time limit, for example for uploads. */
  apiWith(options: Pick<ApiOptions, 'fetch' | 'timeoutMs'>): Api;
  /** Who is signed in at this page, null before it is known or after signing out. */
  readonly signIn: Readonly<ShallowRef<SignIn | null>>;
  /** Takes what a sign-in, an entrance or an accepted invitation answered. */
  accept(signedIn: Pick<SignIn, 'token' | 'expiresAt' | 'role'> & { name?: string; account?: Account | null }): SignIn;
  /** A new access token, or null when one has to sign in again. Calls at the same time share one request. */
  renew(): Promise<string | null>;
  /** The present token, renewed when it is about to expire; for socket handshakes. Empty when there is none. */
  freshToken(): Promise<string>;
  signOut(): Promise<void>;
}

export interface AccessOptions {
  kind: AccessKind;
  /** How a new token is got; default: POST /auth/renew with the refresh cookie. A guest's page enters the room again instead. */
  renewWith?: (api: Api) => Promise<Parameters<Access['accept']>[0]>;
  fetch?: typeof fetch;
}

const NEARLY_EXPIRED_MS = 30_000;

/**
 * Runs alone among all tabs: each renewal replaces the refresh cookie, and a tab
 * that sent the replaced one would look like a thief. Where locks are missing
 * (plain http on a foreign host) tabs take their chances.
 */
function oneTabAtATime<T>(name: string, run: () => Promise<T>): Promise<T> {
  return 'locks' in navigator ? navigator.locks.request(name, run) : run();
}

/** The page's access to the server: the typed REST interface bound to the page's own sign-in. */
export function createAccess({ kind, renewWith, fetch: send = (...call) => fetch(...call) }: AccessOptions): Access {
  const signIn = shallowRef<SignIn | null>(null);
  let renewing: Promise<string | null> | null = null;

  const withKind =
    (through: typeof fetch): typeof fetch =>
    (input, init) => {
      const headers = new Headers(init?.headers);
      headers.set('x-gangbo-kind', kind);
      return through(input, { ...init, headers });
    };
  const token = () => signIn.value?.token ?? null;
  const apiWith: Access['apiWith'] = ({ fetch: through = send, ...options }) =>
    createApi({ ...options, fetch: withKind(through), token, renew: () => access.renew() });
  /** Never renews, so that a renewal cannot wait for itself. */
  const plain = createApi({ fetch: withKind(send), token });
  const renewal = renewWith ?? ((api: Api) => api.call('renew'));

  const access: Access = {
    api: apiWith({}),
    apiWith,
    signIn,
    accept({ token, expiresAt, role, name, account = null }) {
      signIn.value = { token, expiresAt, role, name: name ?? account?.name ?? '', account };
      return signIn.value;
    },
    renew() {
      renewing ??= oneTabAtATime(`gangbo-renew-${kind}`, async () => access.accept(await renewal(plain)).token)
        .catch((error: unknown) => {
          // Only a refusal ends the sign-in; being offline for a moment does not.
          if (error instanceof Error && error.name === 'ReplyError') signIn.value = null;
          return null;
        })
        .finally(() => {
          renewing = null;
        });
      return renewing;
    },
    async freshToken() {
      const held = signIn.value;
      if (held && held.expiresAt - Date.now() > NEARLY_EXPIRED_MS) return held.token;
      return (await access.renew()) ?? signIn.value?.token ?? '';
    },
    async signOut() {
      try {
        await plain.call('signOut');
      } finally {
        signIn.value = null;
      }
    },
  };
  return access;
}

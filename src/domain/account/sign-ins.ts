import { type Account, CodedError, type Role, type SignedIn, type StaffRole } from '../../contract/index.ts';
import type { Actor, Authenticated } from '../actor.ts';
import type { Clock, Log, NewId } from '../ports.ts';
import { createReadCache } from '../read-cache.ts';
import type { AccountKind, AccountStore, Revocations, SignInStore, StoredAccount } from './store.ts';
import type { RefreshTokens, Tokens } from './tokens.ts';

/** What a sign-in hands out: the reply, and the refresh token for the cookie. */
export interface Issued {
  signedIn: SignedIn;
  /** null: keep the cookie there is. */
  refresh: { token: string; expiresAt: number } | null;
}

const DAY = 86_400_000;
/** How long a sign-in lasts without being renewed. */
const lifeMs: Record<AccountKind, number> = { staff: 7 * DAY, viewer: 90 * DAY };
/** Two tabs, or a lost reply: within this time the replaced refresh token still answers, without being replaced again. */
const REPLAY_GRACE_MS = 10_000;
/** How old the grants in use may be. */
const GRANTS_LIFE_MS = 1_500;

const strength: StaffRole[] = ['organizer', 'recruiter', 'moderator'];

export function roleOf(account: StoredAccount): Role {
  if (account.kind === 'viewer') return 'viewer';
  return strength.find((role) => account.grants.some((grant) => grant.role === role)) ?? 'moderator';
}

export const accountOf = ({ id, kind, name, login, grants }: StoredAccount): Account => ({ id, kind, name, login, grants });

export interface SignInDependencies {
  accounts: AccountStore;
  signIns: SignInStore;
  revocations: Revocations;
  tokens: Tokens;
  refreshTokens: RefreshTokens;
  clock: Clock;
  newId: NewId;
  log: Log;
}

/** Sign-ins: opened, renewed with a token that is replaced each time, ended at once on every node. */
export function createSignIns(dependencies: SignInDependencies) {
  const { accounts, signIns, revocations, tokens, refreshTokens, clock, newId, log } = dependencies;
  const known = createReadCache<StoredAccount>({ read: (id) => accounts.find(id), clock, lifeMs: GRANTS_LIFE_MS, size: 5_000 });

  async function issue(account: StoredAccount, signInId: string, deviceId: string | null): Promise<SignedIn> {
    const { token, expiresAt } = await tokens.issueAccess({
      sub: account.id,
      kind: account.kind,
      sid: signInId,
      ...(deviceId ? { dev: deviceId } : {}),
    });
    return { token, expiresAt, role: roleOf(account), account: accountOf(account) };
  }

  /** Tells all nodes; if that fails, the SQL row already says it and is asked instead. */
  async function announceEnd(signInIds: readonly string[]): Promise<void> {
    try {
      await revocations.end(signInIds);
    } catch (error) {
      log.warn(
        { err: error, signIns: signInIds.length },
        'ended sign-ins could not be announced; they end within the life of their tokens',
      );
    }
  }

  async function end(signInId: string): Promise<void> {
    await signIns.end(signInId, clock());
    await announceEnd([signInId]);
  }

  async function endedAmong(signInIds: readonly string[]): Promise<string[]> {
    try {
      return await revocations.endedAmong(signInIds);
    } catch {
      return signIns.endedAmong(signInIds, clock());
    }
  }

  /** The sign-in and account behind a refresh token. @throws CodedError UNAUTHENTICATED; a replay also ends the sign-in */
  async function demand(kind: AccountKind, refreshToken: string) {
    const now = clock();
    const read = refreshTokens.read(refreshToken);
    const signIn = read && (await signIns.find(read.signInId));
    if (!read || !signIn || signIn.ended || signIn.expiresAt <= now) throw new CodedError('UNAUTHENTICATED');
    const current = signIn.refreshHash.equals(read.hash);
    const justReplaced = signIn.previousHash?.equals(read.hash) === true && now - signIn.renewedAt < REPLAY_GRACE_MS;
    if (!current && !justReplaced) {
      log.warn({ signInId: signIn.id }, 'a replaced refresh token came back: the sign-in is ended');
      await end(signIn.id);
      throw new CodedError('UNAUTHENTICATED');
    }
    const account = await accounts.find(signIn.accountId);
    if (!account || account.disabled || account.kind !== kind) throw new CodedError('UNAUTHENTICATED');
    return { signIn, account, current };
  }

  return {
    end,
    endedAmong,
    announceEnd,
    forgetAccount: (accountId: string) => known.forget(accountId),

    async open(account: StoredAccount, deviceId: string | null): Promise<Issued> {
      const id = newId();
      const at = clock();
      const { token, hash } = refreshTokens.issue(id);
      const expiresAt = at + lifeMs[account.kind];
      await signIns.insert({ id, accountId: account.id, refreshHash: hash, at, expiresAt });
      return { signedIn: await issue(account, id, deviceId), refresh: { token, expiresAt } };
    },

    async renew(kind: AccountKind, refreshToken: string, deviceId: string | null): Promise<Issued> {
      const { signIn, account, current } = await demand(kind, refreshToken);
      const signedIn = await issue(account, signIn.id, deviceId);
      if (!current) return { signedIn, refresh: null };
      const at = clock();
      const next = refreshTokens.issue(signIn.id);
      const expiresAt = at + lifeMs[kind];
      // Losing the race against another tab is like coming just after it.
      const won = await signIns.rotate(signIn.id, signIn.refreshHash, next.hash, at, expiresAt);
      return { signedIn, refresh: won ? { token: next.token, expiresAt } : null };
    },

    /** A new access token without replacing the refresh token. */
    async peek(kind: AccountKind, refreshToken: string, deviceId: string | null): Promise<SignedIn> {
      const { signIn, account } = await demand(kind, refreshToken);
      return issue(account, signIn.id, deviceId);
    },

    /** Ends the sign-in of a refresh token; one that is not good ends nothing. */
    async endByRefresh(refreshToken: string): Promise<void> {
      const read = refreshTokens.read(refreshToken);
      if (read) await end(read.signInId);
    },

    async authenticate(token: string): Promise<Authenticated> {
      const claims = await tokens.readAccess(token);
      const expiresAt = claims.exp * 1000;
      if (claims.kind === 'guest') {
        const actor: Actor = { role: 'guest', name: '', deviceId: claims.sub, accountId: null, signInId: null, grants: [] };
        return { actor, expiresAt };
      }
      const signInId = claims.sid;
      if (!signInId || (await endedAmong([signInId])).length > 0) throw new CodedError('UNAUTHENTICATED');
      const account = await known.get(claims.sub);
      if (!account || account.disabled || account.kind !== claims.kind) throw new CodedError('UNAUTHENTICATED');
      const actor: Actor = {
        role: roleOf(account),
        name: account.name,
        deviceId: claims.dev ?? null,
        accountId: account.id,
        signInId,
        grants: account.grants,
      };
      return { actor, expiresAt };
    },
  };
}
export type SignIns = ReturnType<typeof createSignIns>;

import { randomBytes } from 'node:crypto';
import type { z } from 'zod';
import {
  type Account,
  CodedError,
  type codeSentSchema,
  type codeVerifySchema,
  type RoomEntrance,
  type signInSchema,
} from '../../contract/index.ts';
import type { Actor, Authenticate } from '../actor.ts';
import { type AttemptStore, createStrictAllowance } from '../allowance.ts';
import type { Clock, Log, NewId, Sealer } from '../ports.ts';
import { createPasswords } from './passwords.ts';
import { accountOf, createSignIns, type Issued } from './sign-ins.ts';
import type { SmsSender } from './sms.ts';
import { createStaff } from './staff.ts';
import type { AccountKind, AccountStore, CodeStore, InvitationStore, Revocations, ScopeLookup, SignInStore } from './store.ts';
import { createRefreshTokens, createTokens } from './tokens.ts';
import { createViewerCodes } from './viewer-codes.ts';

const LOGIN_TRIES = 10;
const LOGIN_WINDOW_MS = 15 * 60_000;

export interface AccountDependencies {
  accounts: AccountStore;
  signIns: SignInStore;
  invitations: InvitationStore;
  revocations: Revocations;
  codes: CodeStore;
  attempts: AttemptStore;
  scopes: ScopeLookup;
  sms: SmsSender;
  sealer: Sealer;
  tokenSecret: string;
  accessTokenSeconds: number;
  /** The address people use, without a trailing slash. */
  publicUrl: () => string;
  clock: Clock;
  newId: NewId;
  log: Log;
}

/** What a room's door hands out: the device to remember, and who one is there. */
export interface Entrance {
  deviceId: string;
  signedIn: RoomEntrance['signedIn'];
}

/** People: who they are, how they prove it, and what staff were granted. */
export function createAccountService(dependencies: AccountDependencies) {
  const { accounts, attempts, sealer, clock, newId, log, tokenSecret, accessTokenSeconds } = dependencies;
  const demandAllowance = createStrictAllowance(attempts);
  const passwords = createPasswords();
  const tokens = createTokens({ secret: tokenSecret, accessSeconds: accessTokenSeconds, clock });
  const signIns = createSignIns({ ...dependencies, tokens, refreshTokens: createRefreshTokens(sealer) });
  const codes = createViewerCodes(dependencies);
  const staff = createStaff({ ...dependencies, signIns, tokens, passwords });

  return {
    /** @throws CodedError LOGIN_FAILED, RATE_LIMITED after ten tries on one login in a quarter of an hour */
    async signIn({ login, password }: z.output<typeof signInSchema>): Promise<Issued> {
      const key = `login:${sealer.index('login', login).toString('hex')}`;
      await demandAllowance({ key, limit: LOGIN_TRIES, windowMs: LOGIN_WINDOW_MS });
      const found = await accounts.findByLogin(login);
      const right = await passwords.matches(found?.passwordHash ?? null, password);
      if (!right || !found || found.account.disabled) throw new CodedError('LOGIN_FAILED');
      await attempts.forget(key);
      return signIns.open(found.account, null);
    },

    /** @throws CodedError UNAUTHENTICATED; a replayed refresh token also ends the sign-in everywhere */
    renew: (kind: AccountKind, refreshToken: string, deviceId: string | null = null): Promise<Issued> =>
      signIns.renew(kind, refreshToken, deviceId),

    /** Ends the sign-in of the refresh token and that of the access token, whichever are given. */
    async signOut(refreshToken: string | null, actor: Actor | null): Promise<void> {
      if (refreshToken) await signIns.endByRefresh(refreshToken);
      if (actor?.signInId) await signIns.end(actor.signInId);
    },

    requestCode: ({ phone }: { phone: string }, address: string): Promise<z.output<typeof codeSentSchema>> => codes.request(phone, address),

    /** Signs a viewer in; `deviceId` becomes the account's. @throws CodedError CODE_WRONG */
    async verifyCode({ phone, code, name }: z.output<typeof codeVerifySchema>, deviceId: string | null): Promise<Issued> {
      await codes.check(phone, code);
      const account = await accounts.findOrCreateViewer({ id: newId(), phone, name });
      if (account.disabled) throw new CodedError('FORBIDDEN');
      signIns.forgetAccount(account.id);
      if (deviceId) await accounts.linkDevice(deviceId, account.id, clock());
      return signIns.open(account, deviceId);
    },

    /** Who one is at a room's door: the viewer of the refresh token if it is good, else a guest on this device. */
    async enter(deviceId: string | null, refreshToken: string | null): Promise<Entrance> {
      const device = deviceId ?? newId();
      if (refreshToken) {
        try {
          const { token, expiresAt, role, account } = await signIns.peek('viewer', refreshToken, device);
          return { deviceId: device, signedIn: { token, expiresAt, role, name: account?.name ?? '' } };
        } catch (error) {
          if (!(error instanceof CodedError)) throw error;
        }
      }
      const { token, expiresAt } = await tokens.issueAccess({ sub: device, kind: 'guest', dev: device });
      return { deviceId: device, signedIn: { token, expiresAt, role: 'guest', name: '' } };
    },

    authenticate: ((token) => signIns.authenticate(token)) satisfies Authenticate,

    /** Which of these sign-ins have been ended: their connections are to be closed. */
    endedAmong: (signInIds: readonly string[]): Promise<string[]> => signIns.endedAmong(signInIds),

    me: async (actor: Actor): Promise<Account | null> => {
      const account = actor.accountId ? await accounts.find(actor.accountId) : null;
      return account && accountOf(account);
    },

    /** For other services: no access check. */
    namesOf: (accountIds: readonly string[]): Promise<Map<string, string>> => accounts.namesOf(accountIds),

    invite: staff.invite,
    acceptInvitation: staff.accept,
    listStaff: staff.list,
    revoke: staff.revoke,

    /**
     * Makes the first organizer, with a grant over everything, when there is no staff yet.
     * @param given the password to set; null generates one if `mayGenerate`
     * @returns the login and the generated password, null when nothing was made
     */
    async ensureFirstOrganizer(
      login: string,
      given: string | null,
      mayGenerate: boolean,
    ): Promise<{ login: string; generatedPassword: string | null } | null> {
      if (await accounts.hasStaff()) return null;
      if (given === null && !mayGenerate) {
        log.warn({}, 'there is no staff account yet: set GANGBO_ORGANIZER_PASSWORD and start again to make the first organizer');
        return null;
      }
      const password = given ?? randomBytes(12).toString('base64url');
      const passwordHash = await passwords.hash(password);
      const grant = { id: newId(), role: 'organizer' as const, fairId: null, companyId: null, sessionId: null };
      const made = await accounts.insertStaff({ id: newId(), login, passwordHash, name: '主办方', grant });
      return made ? { login, generatedPassword: given === null ? password : null } : null;
    },
  };
}
export type AccountService = ReturnType<typeof createAccountService>;

import type { z } from 'zod';
import {
  type Account,
  CodedError,
  type invitationAcceptSchema,
  type invitationCreateSchema,
  type invitationSchema,
} from '../../contract/index.ts';
import { type Actor, authorize, grantsFor, type Scope } from '../actor.ts';
import { afterId, type Page, pageById } from '../page.ts';
import type { Clock, NewId } from '../ports.ts';
import type { Passwords } from './passwords.ts';
import { accountOf, type Issued, type SignIns } from './sign-ins.ts';
import type { AccountStore, InvitationStore, ScopeLookup } from './store.ts';
import type { Tokens } from './tokens.ts';

const INVITATION_LIFE_MS = 7 * 86_400_000;

export interface StaffDependencies {
  accounts: AccountStore;
  invitations: InvitationStore;
  scopes: ScopeLookup;
  signIns: SignIns;
  tokens: Tokens;
  passwords: Passwords;
  /** Without a trailing slash; links begin with it. Asked each time: the port may be known only after listening. */
  publicUrl: () => string;
  clock: Clock;
  newId: NewId;
}

type InvitationInput = z.output<typeof invitationCreateSchema>;

/** Staff accounts: invited with one grant by a signed link that works once, listed, revoked. */
export function createStaff(dependencies: StaffDependencies) {
  const { accounts, invitations, scopes, signIns, tokens, passwords, publicUrl, clock, newId } = dependencies;

  /** The scope that is invited to, complete with its fair. @throws CodedError NOT_FOUND when its parts do not belong together */
  async function scopeOf(input: InvitationInput): Promise<Scope & { fairId?: string }> {
    let fairId = input.fairId;
    const belongs = (to: string | null) => {
      if (to === null || (fairId !== null && fairId !== to)) throw new CodedError('NOT_FOUND');
      fairId = to;
    };
    if (fairId !== null && !(await scopes.fair(fairId))) throw new CodedError('NOT_FOUND');
    if (input.companyId !== null) belongs(await scopes.fairOfCompany(input.companyId));
    if (input.sessionId !== null) belongs((await scopes.session(input.sessionId))?.fairId ?? null);
    return {
      ...(fairId === null ? {} : { fairId }),
      ...(input.companyId === null ? {} : { companyIds: [input.companyId] }),
      ...(input.sessionId === null ? {} : { sessionId: input.sessionId }),
    };
  }

  return {
    async invite(actor: Actor, input: InvitationInput): Promise<z.output<typeof invitationSchema>> {
      const scope = await scopeOf(input);
      authorize(actor, 'account.invite', scope);
      if (actor.accountId === null) throw new CodedError('FORBIDDEN');
      const id = newId();
      const expiresAt = Math.floor((clock() + INVITATION_LIFE_MS) / 1000) * 1000;
      const { role, companyId, sessionId } = input;
      await invitations.insert({ id, role, fairId: scope.fairId ?? null, companyId, sessionId, createdBy: actor.accountId, expiresAt });
      const token = await tokens.issueInvitation(id, expiresAt);
      return { id, role, link: `${publicUrl()}/join#${token}`, expiresAt };
    },

    async accept(input: z.output<typeof invitationAcceptSchema>): Promise<Issued> {
      const invitationId = await tokens.readInvitation(input.token);
      const id = newId();
      const passwordHash = await passwords.hash(input.password);
      const staff = { id, login: input.login, name: input.name, passwordHash, grantId: newId() };
      const result = await invitations.accept(invitationId, staff, clock());
      if (result === 'invalid') throw new CodedError('INVITATION_INVALID');
      if (result === 'taken') throw new CodedError('CONFLICT', { issues: [{ path: 'login', message: '该账号已被使用 / login taken' }] });
      const account = await accounts.find(id);
      if (!account) throw new CodedError('INTERNAL');
      return signIns.open(account, null);
    },

    async list(actor: Actor, query: { limit: number; cursor?: string | undefined }): Promise<Page<Account>> {
      // Accounts belong to fairs: a grant over less than a fair lists none.
      const grants = grantsFor(actor, 'account.list').filter((grant) => grant.companyId === null && grant.sessionId === null);
      const fairIds = grants.some((grant) => grant.fairId === null) ? null : grants.flatMap((grant) => grant.fairId ?? []);
      const page = afterId(query);
      const { items, next } = pageById(await accounts.listStaff(fairIds, page), page.limit);
      return { items: items.map(accountOf), next };
    },

    /** The actor must reach every grant of the account, and may not revoke itself: a fair would be left without anybody. */
    async revoke(actor: Actor, accountId: string): Promise<void> {
      const account = await accounts.find(accountId);
      if (account?.kind !== 'staff') throw new CodedError('NOT_FOUND');
      if (accountId === actor.accountId) throw new CodedError('FORBIDDEN');
      if (account.grants.length === 0) authorize(actor, 'account.revoke');
      for (const grant of account.grants) {
        authorize(actor, 'account.revoke', {
          ...(grant.fairId === null ? {} : { fairId: grant.fairId }),
          ...(grant.companyId === null ? {} : { companyIds: [grant.companyId] }),
          ...(grant.sessionId === null ? {} : { sessionId: grant.sessionId }),
        });
      }
      const ended = await accounts.revoke(accountId, clock());
      signIns.forgetAccount(accountId);
      await signIns.announceEnd(ended);
    },
  };
}

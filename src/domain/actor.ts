import {
  type Action,
  CodedError,
  type Grant,
  policy,
  type Role,
  roleAllows,
  type Session,
  type StaffRole,
  type ViewerKey,
} from '../contract/index.ts';

/** Who is asking, as the access token and the account's grants say. */
export interface Actor {
  /** The strongest role; what a staff account may do is decided grant by grant. */
  readonly role: Role;
  readonly name: string;
  /** The device cookie's id; null for staff tokens. */
  readonly deviceId: string | null;
  /** null for guests. */
  readonly accountId: string | null;
  /** The sign-in this token came from; null for guests. */
  readonly signInId: string | null;
  readonly grants: readonly Grant[];
}

/** What an access token turned out to be. */
export interface Authenticated {
  actor: Actor;
  /** When the token expires. */
  expiresAt: number;
}

/** Checks an access token. @throws CodedError TOKEN_EXPIRED or UNAUTHENTICATED */
export type Authenticate = (token: string) => Promise<Authenticated>;

/** What an action touches. An action on a session names its fair, companies and id. */
export interface Scope {
  fairId?: string;
  companyIds?: readonly string[];
  sessionId?: string;
}

const covers = (grant: Grant, scope: Scope): boolean =>
  (grant.fairId === null || grant.fairId === scope.fairId) &&
  (grant.companyId === null || (scope.companyIds ?? []).includes(grant.companyId)) &&
  (grant.sessionId === null || grant.sessionId === scope.sessionId);

/** The role by which an actor may do an action on a scope, or null. */
export function roleFor(actor: Actor, action: Action, scope: Scope = {}): Role | null {
  if (actor.role === 'guest' || actor.role === 'viewer') return roleAllows(actor.role, action) ? actor.role : null;
  const allowed = policy[action] as readonly Role[];
  return actor.grants.find((grant) => allowed.includes(grant.role) && covers(grant, scope))?.role ?? null;
}

/**
 * Throws unless the actor may do the action on the scope.
 * @throws CodedError ACCOUNT_REQUIRED when a guest would be allowed as a viewer, else FORBIDDEN
 */
export function authorize(actor: Actor, action: Action, scope: Scope = {}): void {
  if (roleFor(actor, action, scope) !== null) return;
  throw new CodedError(actor.role === 'guest' && roleAllows('viewer', action) ? 'ACCOUNT_REQUIRED' : 'FORBIDDEN');
}

/**
 * Throws unless the actor may do the action somewhere: the check at the door,
 * before it is known what is touched.
 * @throws CodedError as {@link authorize}
 */
export function admit(actor: Actor, action: Action): void {
  if (isStaff(actor) ? grantsFor(actor, action).length > 0 : roleAllows(actor.role, action)) return;
  throw new CodedError(actor.role === 'guest' && roleAllows('viewer', action) ? 'ACCOUNT_REQUIRED' : 'FORBIDDEN');
}

/**
 * As {@link authorize}, for what must not even be known to exist outside the scope.
 * @throws CodedError NOT_FOUND when the actor may do the action, but not there
 */
export function authorizeHidden(actor: Actor, action: Action, scope: Scope): void {
  admit(actor, action);
  if (roleFor(actor, action, scope) === null) throw new CodedError('NOT_FOUND');
}

/** The scope of an action on a session. */
export function scopeOfSession(session: Session): Scope {
  return { fairId: session.fairId, companyIds: session.companies.map((company) => company.id), sessionId: session.id };
}

/** The grants by which a staff actor may do an action somewhere; lists are narrowed to them. */
export function grantsFor(actor: Actor, action: Action): Grant[] {
  const allowed = policy[action] as readonly Role[];
  return actor.grants.filter((grant) => allowed.includes(grant.role));
}

/** The account that asks. @throws CodedError ACCOUNT_REQUIRED for a guest */
export function demandAccount(actor: Actor): string {
  if (!actor.accountId) throw new CodedError('ACCOUNT_REQUIRED');
  return actor.accountId;
}

/** The key under which a viewer is counted (rule V2): the account, else the device. */
export function viewerKeyOf(actor: Actor): ViewerKey {
  if (actor.accountId) return `a:${actor.accountId}`;
  if (actor.deviceId) return `d:${actor.deviceId}`;
  throw new CodedError('UNAUTHENTICATED');
}

export function isStaff(actor: Actor): boolean {
  return (['recruiter', 'moderator', 'organizer'] as StaffRole[]).includes(actor.role as StaffRole);
}

import type { Role } from './nouns.ts';

/**
 * Who may do what: the only place where a role meets an action. What a role may
 * touch (which fair, company, session, or only what is one's own) is narrowed by
 * the grant of the account and checked where the action is carried out.
 */
export const policy = {
  'account.invite': ['organizer'],
  'account.list': ['organizer'],
  'account.revoke': ['organizer'],
  'account.readSelf': ['guest', 'viewer', 'recruiter', 'moderator', 'organizer'],
  'fair.create': ['organizer'],
  'fair.edit': ['organizer'],
  'fair.read': ['recruiter', 'moderator', 'organizer'],
  'company.create': ['organizer'],
  'company.edit': ['organizer', 'recruiter'],
  'company.read': ['recruiter', 'moderator', 'organizer'],
  'campus.edit': ['organizer'],
  'campus.read': ['organizer'],
  'position.edit': ['organizer', 'recruiter'],
  'position.read': ['guest', 'viewer', 'recruiter', 'moderator', 'organizer'],
  'session.schedule': ['organizer'],
  'session.start': ['organizer', 'recruiter'],
  'session.end': ['organizer', 'recruiter'],
  'room.join': ['guest', 'viewer', 'recruiter', 'moderator', 'organizer'],
  'chat.send': ['guest', 'viewer', 'recruiter', 'moderator', 'organizer'],
  'notice.post': ['recruiter', 'moderator', 'organizer'],
  'position.open': ['guest', 'viewer', 'recruiter', 'moderator', 'organizer'],
  'position.pin': ['recruiter', 'moderator'],
  /** A guest or viewer only with a seat on stage or in a one-to-one room. */
  'stage.publish': ['guest', 'viewer', 'recruiter'],
  'stage.invite': ['recruiter', 'moderator'],
  'stage.answer': ['guest', 'viewer'],
  'stage.read': ['recruiter', 'moderator', 'organizer'],
  'stage.key': ['recruiter'],
  'media.read': ['organizer'],
  'call.hold': ['recruiter'],
  'consultation.ask': ['viewer'],
  'consultation.readOwn': ['viewer'],
  'consultation.read': ['recruiter'],
  'consultation.answer': ['recruiter'],
  'application.submit': ['viewer'],
  'application.readOwn': ['viewer'],
  'application.withdraw': ['viewer'],
  'application.list': ['recruiter', 'organizer'],
  'application.open': ['recruiter'],
  'outcome.record': ['recruiter'],
  'outcome.confirm': ['viewer'],
  'report.read': ['organizer', 'recruiter'],
} as const satisfies Record<string, readonly Role[]>;

export type Action = keyof typeof policy;
export const actions = Object.keys(policy) as Action[];

/** Whether a role may ever do an action, before any grant or ownership is looked at. */
export function roleAllows(role: Role, action: Action): boolean {
  return (policy[action] as readonly Role[]).includes(role);
}

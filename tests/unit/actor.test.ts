import { describe, expect, it } from 'vitest';
import { type Action, actions, type Grant, policy, type Role, roleAllows, type StaffRole } from '../../src/contract/index.ts';
import { type Actor, admit, authorize, grantsFor, roleFor, viewerKeyOf } from '../../src/domain/actor.ts';

const anywhere = { fairId: null, companyId: null, sessionId: null };
const someone: Actor = { role: 'guest', name: '', deviceId: 'device-1', accountId: null, signInId: null, grants: [] };
const guest = someone;
const viewer: Actor = { ...someone, role: 'viewer', accountId: 'account-1', signInId: 's' };
const staff = (role: StaffRole, scope: Partial<Omit<Grant, 'role'>> = {}): Actor => ({
  ...someone,
  role,
  accountId: 'account-2',
  signInId: 's',
  grants: [{ role, ...anywhere, ...scope }],
});
const everybody: [Role, Actor][] = [
  ['guest', guest],
  ['viewer', viewer],
  ['recruiter', staff('recruiter')],
  ['moderator', staff('moderator')],
  ['organizer', staff('organizer')],
];

const codeOf = (call: () => void): string => {
  try {
    call();
    return 'done';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('policy: role × action', () => {
  it.each(actions)('%s', (action: Action) => {
    for (const [role, actor] of everybody) {
      const expected = roleAllows(role, action)
        ? 'done'
        : role === 'guest' && roleAllows('viewer', action)
          ? 'ACCOUNT_REQUIRED'
          : 'FORBIDDEN';
      expect(
        codeOf(() => admit(actor, action)),
        role,
      ).toBe(expected);
      expect(
        codeOf(() => authorize(actor, action)),
        role,
      ).toBe(expected);
    }
  });

  it('names every role at least once, and no action without anybody', () => {
    expect(new Set(Object.values(policy).flat())).toEqual(new Set(['guest', 'viewer', 'recruiter', 'moderator', 'organizer']));
    for (const action of actions) expect(policy[action].length).toBeGreaterThan(0);
  });
});

describe('grants', () => {
  it('cover what they name, and all of it where they name nothing', () => {
    const scope = { fairId: 'f1', companyIds: ['c1', 'c2'], sessionId: 's1' };
    const may = (given: Partial<Omit<Grant, 'role'>>, asked = scope) => roleFor(staff('recruiter', given), 'session.start', asked) !== null;
    expect(may({})).toBe(true);
    expect(may({ fairId: 'f1' })).toBe(true);
    expect(may({ fairId: 'f2' })).toBe(false);
    expect(may({ fairId: 'f1', companyId: 'c2' })).toBe(true);
    expect(may({ fairId: 'f1', companyId: 'c3' })).toBe(false);
    expect(may({ fairId: 'f1', sessionId: 's1' })).toBe(true);
    expect(may({ fairId: 'f1', sessionId: 's2' })).toBe(false);
  });

  it('a narrow grant does not reach what is wider than it', () => {
    expect(roleFor(staff('recruiter', { fairId: 'f1', companyId: 'c1' }), 'position.edit', { fairId: 'f1' })).toBeNull();
    expect(roleFor(staff('organizer', { fairId: 'f1' }), 'fair.create')).toBeNull();
  });

  it('of several, each counts by its own role', () => {
    const both: Actor = {
      ...staff('organizer', { fairId: 'f1' }),
      grants: [
        { role: 'organizer', ...anywhere, fairId: 'f1' },
        { role: 'recruiter', ...anywhere, fairId: 'f2', companyId: 'c2' },
      ],
    };
    expect(roleFor(both, 'stage.publish', { fairId: 'f1', companyIds: ['c1'] })).toBeNull();
    expect(roleFor(both, 'stage.publish', { fairId: 'f2', companyIds: ['c2'] })).toBe('recruiter');
    expect(grantsFor(both, 'fair.edit')).toEqual([both.grants[0]]);
  });

  it('staff whose grants were taken may do nothing', () => {
    const bare: Actor = { ...staff('moderator'), grants: [] };
    for (const action of actions) expect(codeOf(() => admit(bare, action))).toBe('FORBIDDEN');
  });
});

describe('V2: whom a viewer is counted as', () => {
  it('the account, else the device', () => {
    expect(viewerKeyOf(viewer)).toBe('a:account-1');
    expect(viewerKeyOf(guest)).toBe('d:device-1');
  });
});

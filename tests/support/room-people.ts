import { v7 } from 'uuid';
import type { Position, Session } from '../../src/contract/index.ts';
import type { Actor } from '../../src/domain/actor.ts';
import type { RoomWorld } from './room-node.ts';

export function aSession(status: Session['status'] = 'live'): Session {
  return {
    id: v7(),
    fairId: v7(),
    fairName: '春季招聘会',
    title: '光伏专场',
    companies: [{ id: v7(), name: '测试光伏', industry: 'energy' }],
    startsAt: Date.now(),
    status,
    liveAt: status === 'scheduled' ? null : Date.now(),
    endedAt: status === 'ended' ? Date.now() : null,
  };
}

export function aPosition(session: Session, status: Position['status'] = 'published'): Position {
  return {
    id: v7(),
    fairId: session.fairId,
    companyId: session.companies[0]?.id ?? v7(),
    companyName: '测试光伏',
    industry: 'energy',
    status,
    createdAt: Date.now(),
    kind: 'fulltime',
    title: '焊接技术员',
    headcount: 10,
    duties: '焊接',
    conditions: '持证',
    place: '包头',
    payMin: 6000,
    payMax: 9000,
    payPeriod: 'month',
    benefits: [],
    groups: [],
    expiresOn: '2099-12-31',
    training: null,
  };
}

/** Lets somebody into the world; answers the token. */
export function admit(world: RoomWorld, actor: Actor): string {
  const token = `token-${v7()}`;
  world.tokens.set(token, actor);
  return token;
}

export const guest = (deviceId: string = v7()): Actor => ({
  role: 'guest',
  name: '',
  deviceId,
  accountId: null,
  signInId: null,
  grants: [],
});

export const viewer = (deviceId: string = v7(), accountId: string = v7(), name = '王小明'): Actor => ({
  role: 'viewer',
  name,
  deviceId,
  accountId,
  signInId: v7(),
  grants: [],
});

export const staff = (role: 'recruiter' | 'moderator' | 'organizer', session: Session): Actor => ({
  role,
  name: '陈招聘',
  deviceId: null,
  accountId: v7(),
  signInId: v7(),
  grants: [
    {
      role,
      fairId: session.fairId,
      companyId: role === 'recruiter' ? (session.companies[0]?.id ?? null) : null,
      sessionId: role === 'moderator' ? session.id : null,
    },
  ],
});

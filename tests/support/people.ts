import { createApi, ReplyError } from '../../src/client/index.ts';
import type { ErrorCode, FairInput, PositionInput, StaffRole } from '../../src/contract/index.ts';
import type { Scope } from '../../src/domain/actor.ts';
import type { TestInterface } from './interface.ts';

export const organizerPassword = 'organizer-password-1';
export const inDays = (days: number, from = Date.now()) => new Date(from + days * 86_400_000).toISOString().slice(0, 10);

export const fairInput: FairInput = {
  name: '包头秋季招聘会',
  nameEn: '',
  organizerName: '昆都仑区人社局',
  timeZone: 'Asia/Shanghai',
  startsOn: inDays(0),
  endsOn: inDays(14),
};

export const companyInput = (name: string) => ({
  name,
  industry: 'energy' as const,
  province: '内蒙古自治区',
  city: '包头市',
  licenceNumber: '91150200MATEST0001',
  licenceExpiresOn: inDays(300),
});

export const positionInput: PositionInput = {
  kind: 'fulltime',
  title: '焊接技术员',
  headcount: 40,
  duties: '负责串焊机操作与点检。',
  conditions: '中专及以上学历。',
  place: '包头市昆都仑区',
  payMin: 6000,
  payMax: 8500,
  payPeriod: 'month',
  benefits: ['五险一金'],
  groups: ['graduate'],
  expiresOn: inDays(60),
  training: null,
};

export interface Person {
  api: ReturnType<typeof createApi>;
  token: string;
  accountId: string;
}

let logins = 0;
let phones = 0;
export const newPhone = () => `138${String(++phones).padStart(8, '0')}`;

/** People of every role, signed in through the interface itself. */
export async function meetPeople(server: TestInterface) {
  const { origin } = server;
  const as = (token: string, accountId = ''): Person => ({ api: createApi({ origin, token: () => token || null }), token, accountId });
  const nobody = as('');
  await server.accounts.ensureFirstOrganizer('organizer', organizerPassword, false);
  const signedIn = await nobody.api.call('signIn', { body: { login: 'organizer', password: organizerPassword } });
  const organizer = as(signedIn.token, signedIn.account?.id);

  /** A staff account with one grant, invited by the organizer. */
  async function staff(role: StaffRole, { fairId, companyIds, sessionId }: Scope = {}): Promise<Person> {
    const { link } = await organizer.api.call('createInvitation', {
      body: { role, fairId: fairId ?? null, companyId: companyIds?.[0] ?? null, sessionId: sessionId ?? null },
    });
    const accepted = await nobody.api.call('acceptInvitation', {
      body: { token: link.split('#')[1] ?? '', login: `staff-${++logins}`, password: 'a long enough password', name: '王主管' },
    });
    return as(accepted.token, accepted.account?.id);
  }

  async function viewer(phone = newPhone(), guest: Person = nobody): Promise<Person> {
    await guest.api.call('requestCode', { body: { phone } });
    const { code } = server.sent.at(-1) ?? { code: '' };
    const verified = await guest.api.call('verifyCode', { body: { phone, code } });
    return as(verified.token, verified.account?.id);
  }

  async function guest(sessionId: string): Promise<Person> {
    return as((await nobody.api.call('enterRoom', { params: { sessionId }, body: {} })).signedIn.token);
  }

  /** A fair with one company, one published position and a scheduled session. */
  async function fair(name = '测试光伏有限公司') {
    const { api } = organizer;
    const made = await api.call('createFair', { body: fairInput });
    const company = await api.call('createCompany', { params: { fairId: made.id }, body: companyInput(name) });
    const drafted = await api.call('createPosition', { params: { companyId: company.id }, body: positionInput });
    const position = await api.call('publishPosition', { params: { positionId: drafted.id } });
    const session = await api.call('createSession', {
      params: { fairId: made.id },
      body: { title: '光伏专场', companyIds: [company.id], startsAt: server.time.now },
    });
    return { fair: made, company, position, session };
  }

  return { as, nobody, organizer, staff, viewer, guest, fair };
}
export type People = Awaited<ReturnType<typeof meetPeople>>;

/** The code of a refusal, or `done` when there was none. */
export async function codeOf(call: Promise<unknown>): Promise<ErrorCode | 'done'> {
  try {
    await call;
    return 'done';
  } catch (error) {
    if (error instanceof ReplyError) return error.code;
    throw error;
  }
}

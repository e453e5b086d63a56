import type { Api } from '../../src/client/index.ts';
import type { Company, Fair, Position, PositionInput, Session } from '../../src/contract/index.ts';
import { type Access, createAccess } from '../../src/demo/account.ts';

export const organizerLogin = { login: 'organizer', password: 'organizer-password-1' };
/** The settings that make {@link organizerLogin} work. */
export const organizerSettings = { GANGBO_ORGANIZER_LOGIN: organizerLogin.login, GANGBO_ORGANIZER_PASSWORD: organizerLogin.password };
export const recruiterLogin = { login: 'recruiter-one', password: 'recruiter-password-1' };

export interface TestFair {
  organizer: Access;
  recruiter: Access;
  fair: Fair;
  company: Company;
  positions: [Position, Position];
  session: Session;
  campusCode: string;
}

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

const welding: PositionInput = {
  kind: 'fulltime',
  title: '焊接技术员',
  headcount: 40,
  duties: '负责串焊机操作与点检。',
  conditions: '中专及以上，机电类专业优先。',
  place: '包头市昆都仑区',
  payMin: 6000,
  payMax: 8500,
  payPeriod: 'month',
  benefits: ['五险一金'],
  groups: ['graduate'],
  expiresOn: inDays(60),
  training: null,
};

async function publish(api: Api, companyId: string, input: PositionInput): Promise<Position> {
  const drafted = await api.call('createPosition', { params: { companyId }, body: input });
  return api.call('publishPosition', { params: { positionId: drafted.id } });
}

/** One fair with one company, two open positions, a campus, a recruiter and a scheduled session, made through the public interface. */
export async function setUpFair(origin: string): Promise<TestFair> {
  const organizer = createAccess(origin, 'staff');
  organizer.setToken((await organizer.api.call('signIn', { body: organizerLogin })).token);
  const { api } = organizer;
  const fair = await api.call('createFair', {
    body: { name: '测试招聘会', organizerName: '测试区人社局', startsOn: inDays(0), endsOn: inDays(7) },
  });
  const company = await api.call('createCompany', {
    params: { fairId: fair.id },
    body: {
      name: '测试光伏有限公司',
      industry: 'energy',
      province: '内蒙古自治区',
      city: '包头市',
      licenceNumber: '91150200MATEST0001',
      licenceExpiresOn: inDays(365),
    },
  });
  const campusCode = 'test-campus';
  await api.call('createCampus', {
    params: { fairId: fair.id },
    body: { name: '测试学院', kind: 'campus', province: '内蒙古自治区', code: campusCode },
  });
  const positions: [Position, Position] = [
    await publish(api, company.id, welding),
    await publish(api, company.id, { ...welding, title: '设备维护实习生', kind: 'internship', headcount: 20 }),
  ];
  const session = await api.call('createSession', {
    params: { fairId: fair.id },
    body: { title: '测试专场', companyIds: [company.id], startsAt: Date.now() },
  });
  const invitation = await api.call('createInvitation', { body: { role: 'recruiter', fairId: fair.id, companyId: company.id } });
  const recruiter = createAccess(origin, 'staff');
  const accepted = await recruiter.api.call('acceptInvitation', {
    body: { token: new URL(invitation.link).hash.slice(1), ...recruiterLogin, name: '陈招聘' },
  });
  recruiter.setToken(accepted.token);
  return { organizer, recruiter, fair, company, positions, session, campusCode };
}

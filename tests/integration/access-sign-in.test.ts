import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApi } from '../../src/client/index.ts';
import { createCookieFetch } from '../../src/demo/account.ts';
import { openInterface, type TestInterface } from '../support/interface.ts';
import { codeOf, fairInput, meetPeople, organizerPassword, type People } from '../support/people.ts';

let server: TestInterface;
let people: People;
beforeAll(async () => {
  server = await openInterface();
  people = await meetPeople(server);
});
afterAll(() => server.close());

/** A browser: cookies are kept; `cookie()` steals the staff cookie. */
function browser() {
  let stolen = '';
  const keep = createCookieFetch();
  const watching: typeof fetch = async (input, init) => {
    const response = await keep(input, init);
    for (const line of response.headers.getSetCookie()) if (line.startsWith('gangbo_staff=')) stolen = line.split(';')[0] ?? '';
    return response;
  };
  return { api: createApi({ origin: server.origin, fetch: watching }), cookie: () => stolen };
}

async function renewWith(cookie: string): Promise<{ status: number; code: string; token: string; setCookie: string[] }> {
  const response = await fetch(`${server.origin}/api/v1/auth/renew`, { method: 'POST', headers: { cookie } });
  const reply = (await response.json()) as { ok: boolean; error?: { code: string }; data?: { token: string } };
  return {
    status: response.status,
    code: reply.error?.code ?? 'done',
    token: reply.data?.token ?? '',
    setCookie: response.headers.getSetCookie(),
  };
}

const organizerSignIn = { body: { login: 'organizer', password: organizerPassword } };
const listWith = (token: string) => codeOf(people.as(token).api.call('listFairs', { query: {} }));

describe('sign-ins of staff', () => {
  it('a wrong password and an unknown login are refused alike', async () => {
    const { api } = people.nobody;
    expect(await codeOf(api.call('signIn', { body: { login: 'organizer', password: 'wrong' } }))).toBe('LOGIN_FAILED');
    expect(await codeOf(api.call('signIn', { body: { login: 'nobody-here', password: 'wrong' } }))).toBe('LOGIN_FAILED');
  });

  it('the refresh token is replaced at each renewal, and its cookie is out of reach of scripts', async () => {
    const { api, cookie } = browser();
    await api.call('signIn', organizerSignIn);
    const first = cookie();
    const renewed = await renewWith(first);
    expect(renewed.code).toBe('done');
    const [line = ''] = renewed.setCookie.filter((header) => header.startsWith('gangbo_staff='));
    expect(line.split(';')[0]).not.toBe(first);
    expect(line).toMatch(/HttpOnly/);
    expect(line).toMatch(/SameSite=Lax/);
    expect(line).toMatch(/Path=\/api\/v1\/auth/);
  });

  it('two tabs renewing at the same moment both go on', async () => {
    const { api, cookie } = browser();
    await api.call('signIn', organizerSignIn);
    const answers = await Promise.all([renewWith(cookie()), renewWith(cookie())]);
    expect(answers.map((answer) => answer.code)).toEqual(['done', 'done']);
    for (const { token } of answers) expect(await listWith(token)).toBe('done');
  });

  it('a replayed refresh token ends the sign-in everywhere, at once', async () => {
    const { api, cookie } = browser();
    await api.call('signIn', organizerSignIn);
    const stolen = cookie();
    const honest = await renewWith(stolen);
    const next = honest.setCookie.find((header) => header.startsWith('gangbo_staff='))?.split(';')[0] ?? '';
    expect(await listWith(honest.token)).toBe('done');
    server.time.now += 11_000;
    expect((await renewWith(stolen)).code).toBe('UNAUTHENTICATED');
    expect(await listWith(honest.token)).toBe('UNAUTHENTICATED');
    expect((await renewWith(next)).code).toBe('UNAUTHENTICATED');
  });

  it('a made-up refresh token ends nobody’s sign-in', async () => {
    const { api, cookie } = browser();
    const { token } = await api.call('signIn', organizerSignIn);
    const [name, value = ''] = cookie().split('=');
    const [signIn = ''] = value.split('.');
    expect((await renewWith(`${name}=${signIn}.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA`)).code).toBe(
      'UNAUTHENTICATED',
    );
    expect(await listWith(token)).toBe('done');
  });

  it('signing out ends access tokens at once', async () => {
    const { api, cookie } = browser();
    const { token } = await api.call('signIn', organizerSignIn);
    await api.call('signOut');
    expect(await listWith(token)).toBe('UNAUTHENTICATED');
    expect((await renewWith(cookie())).code).toBe('UNAUTHENTICATED');
  });

  it('another site’s page cannot use the cookies', async () => {
    const response = await fetch(`${server.origin}/api/v1/auth/sign-out`, { method: 'POST', headers: { origin: 'https://evil.example' } });
    expect(response.status).toBe(403);
    const own = await fetch(`${server.origin}/api/v1/auth/sign-out`, { method: 'POST', headers: { origin: server.origin } });
    expect(own.status).toBe(200);
  });

  it('ten wrong passwords in a quarter of an hour close a login, whatever the address', async () => {
    await people.staff('moderator');
    const attempt = () => codeOf(people.nobody.api.call('signIn', { body: { login: 'somebody-else', password: 'guess' } }));
    const answers: string[] = [];
    for (let n = 0; n < 11; n++) answers.push(await attempt());
    expect(answers.at(9)).toBe('LOGIN_FAILED');
    expect(answers.at(10)).toBe('RATE_LIMITED');
  });
});

describe('invitations', () => {
  let fairId: string;
  beforeEach(async () => {
    fairId = (await people.organizer.api.call('createFair', { body: fairInput })).id;
  });
  const accept = (link: string, login: string) =>
    people.nobody.api.call('acceptInvitation', {
      body: { token: link.split('#')[1] ?? '', login, password: 'a long enough password', name: '王主管' },
    });

  it('an invitation works once, also when two accept it at the same moment', async () => {
    const { link } = await people.organizer.api.call('createInvitation', { body: { role: 'recruiter', fairId } });
    const results = await Promise.all([codeOf(accept(link, 'twice-a')), codeOf(accept(link, 'twice-b'))]);
    expect(results.sort()).toEqual(['INVITATION_INVALID', 'done']);
    expect(await codeOf(accept(link, 'twice-c'))).toBe('INVITATION_INVALID');
  });

  it('a taken login leaves the invitation open for another', async () => {
    const { link } = await people.organizer.api.call('createInvitation', { body: { role: 'recruiter', fairId } });
    expect(await codeOf(accept(link, 'organizer'))).toBe('CONFLICT');
    const accepted = await accept(link, 'not-taken');
    expect(accepted.role).toBe('recruiter');
    expect(accepted.account?.grants).toEqual([{ role: 'recruiter', fairId, companyId: null, sessionId: null }]);
  });

  it('it ends after seven days, and a changed one is worth nothing', async () => {
    const { link } = await people.organizer.api.call('createInvitation', { body: { role: 'recruiter', fairId } });
    expect(await codeOf(accept(`${link}x`, 'changed'))).toBe('INVITATION_INVALID');
    server.time.now += 7 * 86_400_000 + 1000;
    expect(await codeOf(accept(link, 'too-late'))).toBe('INVITATION_INVALID');
    server.time.now -= 7 * 86_400_000 + 1000;
  });

  it('an organizer of one fair invites to that fair alone', async () => {
    const other = await people.organizer.api.call('createFair', { body: fairInput });
    const local = await people.staff('organizer', { fairId });
    const invite = (to: string | null) => codeOf(local.api.call('createInvitation', { body: { role: 'recruiter', fairId: to } }));
    expect(await invite(fairId)).toBe('done');
    expect(await invite(other.id)).toBe('FORBIDDEN');
    expect(await invite(null)).toBe('FORBIDDEN');
  });

  it('a company of another fair cannot be invited to', async () => {
    const { company } = await people.fair('别处的公司');
    const { api } = people.organizer;
    expect(await codeOf(api.call('createInvitation', { body: { role: 'recruiter', fairId, companyId: company.id } }))).toBe('NOT_FOUND');
  });
});

describe('revocation', () => {
  it('takes effect at once: tokens, renewal and sign-in', async () => {
    const { fair } = await people.fair('撤权公司');
    const recruiter = await people.staff('recruiter', { fairId: fair.id });
    expect(await codeOf(recruiter.api.call('listFairs', { query: {} }))).toBe('done');
    await people.organizer.api.call('revokeStaff', { params: { accountId: recruiter.accountId } });
    expect(await codeOf(recruiter.api.call('listFairs', { query: {} }))).toBe('UNAUTHENTICATED');
  });

  it('is not for oneself, nor for staff beyond one’s fair', async () => {
    const { fair } = await people.fair('甲公司');
    const local = await people.staff('organizer', { fairId: fair.id });
    const elsewhere = await people.staff('recruiter');
    expect(await codeOf(local.api.call('revokeStaff', { params: { accountId: elsewhere.accountId } }))).toBe('FORBIDDEN');
    expect(await codeOf(local.api.call('revokeStaff', { params: { accountId: local.accountId } }))).toBe('FORBIDDEN');
    const listed = await local.api.call('listStaff', { query: {} });
    expect(listed.items.map((account) => account.id)).toEqual([local.accountId]);
    const { fair: wide, company } = await people.fair('乙公司');
    const narrow = await people.staff('organizer', { fairId: wide.id, companyIds: [company.id] });
    expect((await narrow.api.call('listStaff', { query: {} })).items).toEqual([]);
  });

  it('still is known when Redis has forgotten it: the row in SQL decides', async () => {
    const moderator = await people.staff('moderator');
    await people.organizer.api.call('revokeStaff', { params: { accountId: moderator.accountId } });
    await server.redis.flushall();
    server.time.now += 2_000;
    expect(await codeOf(moderator.api.call('listFairs', { query: {} }))).toBe('UNAUTHENTICATED');
  });
});

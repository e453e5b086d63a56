import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileRoutes, type Role, type RouteDefinition, type RouteName, roleAllows, routes } from '../../src/contract/index.ts';
import { createFileLinks } from '../../src/domain/application/file-links.ts';
import { openInterface, type TestInterface, tokenSecret } from '../support/interface.ts';
import { codeOf, meetPeople, type Person } from '../support/people.ts';

const names = Object.keys(routes) as RouteName[];
const everybody = ['nobody', 'guest', 'viewer', 'recruiter', 'moderator', 'organizer'] as const;
const refusals = ['UNAUTHENTICATED', 'TOKEN_EXPIRED', 'FORBIDDEN', 'ACCOUNT_REQUIRED'];

let server: TestInterface;
let people: Record<(typeof everybody)[number], Person>;
let ids: Record<string, string>;

beforeAll(async () => {
  server = await openInterface();
  const met = await meetPeople(server);
  const { fair, company, position, session } = await met.fair();
  const scope = { fairId: fair.id };
  ids = { fairId: fair.id, companyId: company.id, positionId: position.id, sessionId: session.id };
  people = {
    nobody: met.nobody,
    guest: await met.guest(session.id),
    viewer: await met.viewer(),
    recruiter: await met.staff('recruiter', scope),
    moderator: await met.staff('moderator', scope),
    organizer: met.organizer,
  };
});
afterAll(() => server.close());

async function answer(method: string, path: string, token: string, multipart = false): Promise<{ status: number; code: string }> {
  const address = path.replace(/:(\w+)/g, (_, name: string) => ids[name] ?? randomUUID());
  const form = new FormData();
  form.append('application', '{}');
  const json = { 'content-type': 'application/json' };
  const body = method === 'GET' ? {} : { body: multipart ? form : '{}' };
  const response = await fetch(`${server.origin}/api/v1${address}`, {
    method,
    headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...(method === 'GET' || multipart ? {} : json) },
    ...body,
  });
  const text = await response.text();
  const reply = response.headers.get('content-type')?.includes('json')
    ? (JSON.parse(text) as { ok: boolean; error?: { code: string } })
    : null;
  return { status: response.status, code: reply?.error?.code ?? 'done' };
}

/** A conversation is read by its viewer or by the company: two actions behind one address. */
function actionOf(name: RouteName, role: (typeof everybody)[number]): RouteDefinition['action'] {
  if (name !== 'listConsultationMessages' || role === 'nobody') return routes[name].action;
  return role === 'guest' || role === 'viewer' ? 'consultation.readOwn' : 'consultation.read';
}

function expected(role: (typeof everybody)[number], action: RouteDefinition['action']): string | null {
  if (action === null) return null;
  if (role === 'nobody') return 'UNAUTHENTICATED';
  if (roleAllows(role as Role, action)) return null;
  return role === 'guest' && roleAllows('viewer', action) ? 'ACCOUNT_REQUIRED' : 'FORBIDDEN';
}

describe('role × action: every route of the table asked by everybody answers as the policy says', () => {
  it.each(names)('%s', async (name) => {
    const route: RouteDefinition = routes[name];
    for (const role of everybody) {
      // Without its cookie, renewing is refused to everybody alike.
      if (name === 'renew') continue;
      // Ending one's own sign-in would end the walk.
      if (name === 'signOut') continue;
      const { code } = await answer(route.method, route.path, people[role].token, route.multipart);
      const refused = expected(role, actionOf(name, role));
      if (refused) expect(code, `${role} of ${name}`).toBe(refused);
      else expect(refusals, `${role} of ${name}: ${code}`).not.toContain(code);
      expect(code).not.toBe('INTERNAL');
    }
  });

  it('the report as CSV follows report.read', async () => {
    for (const role of everybody) {
      const { code } = await answer('GET', fileRoutes.sessionReportCsv, people[role].token);
      expect(code, role).toBe(expected(role, 'report.read') ?? 'done');
    }
  });

  it('a token that is no token, or was changed, is nobody’s', async () => {
    const { token } = people.organizer;
    const [head, claims = '', mark] = token.split('.');
    const forged = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(claims, 'base64url').toString()), kind: 'guest' })).toString(
      'base64url',
    );
    for (const bad of ['nonsense-nonsense', `${head}.${forged}.${mark}`, `${token}x`]) {
      expect((await answer('GET', '/fairs', bad)).code).toBe('UNAUTHENTICATED');
    }
  });

  it('a token for one purpose passes for no other: an invitation, a file link, and access', async () => {
    const { link } = await people.organizer.api.call('createInvitation', { body: { role: 'organizer' } });
    const invitation = link.split('#')[1] ?? '';
    const links = createFileLinks({ tokenSecret, clock: () => server.time.now });
    const [staffId, applicationId, fileId] = [people.recruiter.accountId, randomUUID(), randomUUID()];
    const file = (await links.sign({ staffId, applicationId, fileId })).split('/').at(-1) ?? '';
    for (const token of [invitation, file]) expect((await answer('GET', '/fairs', token)).code).toBe('UNAUTHENTICATED');
    for (const token of [people.organizer.token, file]) {
      const accept = people.nobody.api.call('acceptInvitation', {
        body: { token, login: 'with-another-token', password: 'a long enough password', name: '王主管' },
      });
      expect(await codeOf(accept)).toBe('INVITATION_INVALID');
    }
    for (const token of [people.organizer.token, invitation])
      await expect(links.verify(token)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('an expired token is told apart, and does not lock what is open to all', async () => {
    server.time.now += 901_000;
    expect((await answer('GET', '/fairs', people.organizer.token)).code).toBe('TOKEN_EXPIRED');
    expect((await answer('GET', '/sessions', people.organizer.token)).code).toBe('done');
    server.time.now -= 901_000;
  });
});

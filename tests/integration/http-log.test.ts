import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLogger } from '../../src/telemetry/logger.ts';
import { openInterface, type TestInterface } from '../support/interface.ts';
import { codeOf, meetPeople, newPhone, organizerPassword } from '../support/people.ts';

let server: TestInterface;
let lines = '';
beforeAll(async () => {
  const destination = new PassThrough();
  destination.on('data', (chunk: Buffer) => {
    lines += chunk.toString();
  });
  server = await openInterface({ log: createLogger({ level: 'trace', pretty: false, destination }) });
});
afterAll(() => server.close());

it('names, phones, logins, passwords, tokens, cookies, searches and links never reach the log; request ids do', async () => {
  const people = await meetPeople(server);
  const { fair, position } = await people.fair('日志公司');
  const recruiter = await people.staff('recruiter', { fairId: fair.id });
  const phone = newPhone();
  await people.nobody.api.call('requestCode', { body: { phone } });
  const { code } = server.sent.at(-1) ?? { code: '' };
  const viewer = await people.nobody.api.call('verifyCode', { body: { phone, code, name: '孙悟空空' } });
  const applicant = people.as(viewer.token);
  const body = {
    positionId: position.id,
    onceId: 'once-log-1234',
    form: { name: '孙悟空空', phone, experience: '花果山主管十年' },
    consent: { accepted: true as const, until: '2027-03-01' },
  };
  const { id } = await applicant.api.call('submitApplication', { body });
  await recruiter.api.call('openApplication', { params: { applicationId: id } });
  expect(await codeOf(people.nobody.api.call('signIn', { body: { login: 'secret-login', password: 'secret-password' } }))).toBe(
    'LOGIN_FAILED',
  );
  await people.organizer.api.call('listPositions', { query: { search: '私密检索词' } });
  await fetch(`${server.origin}/api/v1/files/secret-file-token-0123456789`);
  await fetch(`${server.origin}/api/v1/sessions?secret=query-value`, { headers: { 'x-request-id': 'request-to-find-1' } });
  await fetch(`${server.origin}/api/v1/auth/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"broken 孙悟空空',
  });

  expect(lines).toContain('request-to-find-1');
  expect(lines).toContain('/api/v1/auth/sign-in');
  const secrets = [
    phone,
    '孙悟空空',
    '花果山',
    organizerPassword,
    'secret-login',
    'secret-password',
    '私密检索词',
    'query-value',
    'secret-file-token',
    viewer.token,
    recruiter.token,
    'gangbo_staff=',
  ];
  for (const secret of secrets) expect(lines, secret).not.toContain(secret);
});

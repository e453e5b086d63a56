import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApi } from '../../src/client/index.ts';
import { createCookieFetch } from '../../src/demo/account.ts';
import { openInterface, type TestInterface } from '../support/interface.ts';
import { codeOf, meetPeople, newPhone, type People } from '../support/people.ts';

let server: TestInterface;
let people: People;
let sessionId: string;
beforeAll(async () => {
  server = await openInterface();
  people = await meetPeople(server);
  sessionId = (await people.fair()).session.id;
});
afterAll(() => server.close());

const lastCode = () => server.sent.at(-1)?.code ?? '';
const otherThan = (code: string) => (code === '000000' ? '000001' : '000000');
const request = (phone: string) => people.nobody.api.call('requestCode', { body: { phone } });
const verify = (phone: string, code: string) => people.nobody.api.call('verifyCode', { body: { phone, code } });

describe('viewers', () => {
  it('enter a room as guests at once, and stay the same device', async () => {
    const api = createApi({ origin: server.origin, fetch: createCookieFetch() });
    const first = await api.call('enterRoom', { params: { sessionId }, body: {} });
    const second = await api.call('enterRoom', { params: { sessionId }, body: {} });
    expect(first.signedIn.role).toBe('guest');
    const deviceOf = async (token: string) => (await server.accounts.authenticate(token)).actor.deviceId;
    expect(await deviceOf(second.signedIn.token)).toBe(await deviceOf(first.signedIn.token));
  });

  it('V2: a guest who signs in keeps the device, which becomes the account’s', async () => {
    const api = createApi({ origin: server.origin, fetch: createCookieFetch() });
    const guest = (await server.accounts.authenticate((await api.call('enterRoom', { params: { sessionId }, body: {} })).signedIn.token))
      .actor;
    const phone = newPhone();
    await api.call('requestCode', { body: { phone } });
    const signedIn = await api.call('verifyCode', { body: { phone, code: lastCode(), name: '李同学' } });
    const viewer = (await server.accounts.authenticate(signedIn.token)).actor;
    expect(viewer).toMatchObject({ role: 'viewer', name: '李同学', deviceId: guest.deviceId });
    const device = server.database
      .selectFrom('devices')
      .select('account_id')
      .where('id', '=', guest.deviceId ?? '');
    expect(await device.executeTakeFirst()).toEqual({ account_id: viewer.accountId });
    const back = await api.call('enterRoom', { params: { sessionId }, body: {} });
    expect(back.signedIn).toMatchObject({ role: 'viewer', name: '李同学' });
    expect((await server.accounts.authenticate(back.signedIn.token)).actor.accountId).toBe(viewer.accountId);
  });

  it('one phone is one account, however it is written and however often it comes', async () => {
    const phone = newPhone();
    const first = await people.viewer(phone);
    server.time.now += 61_000;
    await server.redis.flushall();
    const second = await people.viewer(`+86 ${phone.slice(0, 3)}-${phone.slice(3)}`);
    expect(second.accountId).toBe(first.accountId);
  });

  it('a code works once, and the sixth try finds it used up', async () => {
    const phone = newPhone();
    await request(phone);
    const code = lastCode();
    expect(await codeOf(verify(phone, code))).toBe('done');
    expect(await codeOf(verify(phone, code))).toBe('CODE_WRONG');

    const other = newPhone();
    await request(other);
    const right = lastCode();
    for (let n = 0; n < 5; n++) expect(await codeOf(verify(other, otherThan(right)))).toBe('CODE_WRONG');
    expect(await codeOf(verify(other, right))).toBe('CODE_WRONG');
  });

  it('of two right answers at the same moment one is first', async () => {
    const phone = newPhone();
    await request(phone);
    const code = lastCode();
    const answers = await Promise.all([codeOf(verify(phone, code)), codeOf(verify(phone, code))]);
    expect(answers.sort()).toEqual(['CODE_WRONG', 'done']);
  });

  it('a code is for its phone alone, and is asked for once a minute', async () => {
    const [phone, other] = [newPhone(), newPhone()];
    await request(phone);
    expect(await codeOf(verify(other, lastCode()))).toBe('CODE_WRONG');
    expect(await codeOf(request(phone))).toBe('RATE_LIMITED');
  });

  it('neither phone nor name lies readable in the database', async () => {
    const phone = newPhone();
    await request(phone);
    await people.nobody.api.call('verifyCode', { body: { phone, code: lastCode(), name: '赵铁柱' } });
    const rows = await server.database.selectFrom('accounts').selectAll().execute();
    const dump = rows
      .map((row) =>
        Object.values(row)
          .map((value) => (Buffer.isBuffer(value) ? value.toString('utf8') : String(value)))
          .join('|'),
      )
      .join('\n');
    expect(dump).not.toContain(phone);
    expect(dump).not.toContain('赵铁柱');
  });
});

describe('without an SMS gateway', () => {
  it('the refusal says so, and the phone may try again', async () => {
    const broken = await openInterface({ sms: { development: false, send: () => Promise.reject(new Error('no gateway')) } });
    try {
      const api = createApi({ origin: broken.origin });
      expect(await codeOf(api.call('requestCode', { body: { phone: newPhone() } }))).toBe('SMS_UNAVAILABLE');
    } finally {
      await broken.close();
    }
  });
});

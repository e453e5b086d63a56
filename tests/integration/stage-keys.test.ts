import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Broadcast, errorOf, openBroadcast } from '../support/broadcast.ts';
import { codeOf } from '../support/people.ts';
import { until } from '../support/until.ts';
import { postOffer } from '../support/whip-client.ts';

let cast: Broadcast;
beforeAll(async () => {
  cast = await openBroadcast();
});
afterAll(() => cast.close());
afterEach(() => cast.clear());

describe('a stage key', () => {
  it('is listed without its token, and whoever uses it is taken off when it is withdrawn', async () => {
    const used = await cast.newKey();
    const { encoder } = await cast.live(used.token);
    await until(() => encoder.state() === 'connected');
    const { items } = await cast.recruiter.api.call('listStageKeys', { params: { sessionId: cast.sessionId } });
    const listed = items.find(({ id }) => id === used.id);
    expect(listed).toMatchObject({ purpose: 'publish', createdByName: '王主管' });
    expect(listed?.lastUsedAt).not.toBeNull();
    expect(JSON.stringify(items)).not.toContain('gbk_');
    await cast.recruiter.api.call('withdrawStageKey', { params: { sessionId: cast.sessionId, keyId: used.id } });
    expect(await cast.producers()).toEqual([]);
    await until(() => encoder.state() !== 'connected');
    const refused = await postOffer(used.url, used.token, encoder.offer);
    expect([refused.status, errorOf(refused)]).toEqual([401, 'STAGE_KEY_INVALID']);
    expect(await codeOf(cast.recruiter.api.call('withdrawStageKey', { params: { sessionId: cast.sessionId, keyId: used.id } }))).toBe(
      'NOT_FOUND',
    );
  });

  it('is made by recruiters of the session, ten at most', async () => {
    const { fair, company, session } = await cast.people.fair('钥匙公司');
    const at = { params: { sessionId: session.id }, body: { purpose: 'publish' as const } };
    const own = await cast.people.staff('recruiter', { fairId: fair.id, companyIds: [company.id] });
    const moderator = await cast.people.staff('moderator', { fairId: fair.id });
    expect(await codeOf(cast.recruiter.api.call('createStageKey', at))).toBe('FORBIDDEN');
    expect(await codeOf(moderator.api.call('createStageKey', at))).toBe('FORBIDDEN');
    expect(await codeOf((await cast.people.viewer()).api.call('createStageKey', at))).toBe('FORBIDDEN');
    const made = await Promise.all(Array.from({ length: 14 }, () => codeOf(own.api.call('createStageKey', at))));
    expect([made.filter((code) => code === 'done').length, made.filter((code) => code === 'OVERLOADED').length]).toEqual([10, 4]);
  });

  it('ends with the account of who made it: the encoder is taken off, and others may make as many', async () => {
    const { fair, company, session } = await cast.people.fair('离职公司');
    const scope = { fairId: fair.id, companyIds: [company.id] };
    const at = { params: { sessionId: session.id }, body: { purpose: 'publish' as const } };
    const [leaver, stayer] = [await cast.people.staff('recruiter', scope), await cast.people.staff('recruiter', scope)];
    const keys = await Promise.all(Array.from({ length: 10 }, () => leaver.api.call('createStageKey', at)));
    expect(await codeOf(stayer.api.call('createStageKey', at))).toBe('OVERLOADED');
    const [key] = keys;
    if (!key) throw new Error('no key');
    const encoder = await cast.encoder();
    encoder.accept((await postOffer(key.url, key.token, encoder.offer)).body);
    const publishers = async () => (await cast.plane.stageHealth(session.id)).publishers;
    expect(await publishers()).toBe(1);
    await cast.people.organizer.api.call('revokeStaff', { params: { accountId: leaver.accountId } });
    await until(async () => (await publishers()) === 0, 15_000);
    const refused = await postOffer(key.url, key.token, encoder.offer);
    expect([refused.status, errorOf(refused)]).toEqual([401, 'STAGE_KEY_INVALID']);
    expect(await codeOf(stayer.api.call('createStageKey', at))).toBe('done');
  }, 30_000);

  it('ends with the session', async () => {
    const { fair, company, session } = await cast.people.fair('结束公司');
    const own = await cast.people.staff('recruiter', { fairId: fair.id, companyIds: [company.id] });
    const at = { params: { sessionId: session.id } };
    const made = await own.api.call('createStageKey', { ...at, body: { purpose: 'publish' } });
    await own.api.call('startSession', at);
    await own.api.call('endSession', at);
    const { offer } = await cast.encoder();
    const refused = await postOffer(made.url, made.token, offer);
    expect([refused.status, errorOf(refused)]).toEqual([409, 'SESSION_ENDED']);
    expect((await own.api.call('listStageKeys', at)).items).toEqual([]);
    expect(await codeOf(own.api.call('createStageKey', { ...at, body: { purpose: 'watch' } }))).toBe('SESSION_ENDED');
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ReplyError } from '../../src/client/index.ts';
import type { PositionInput } from '../../src/contract/index.ts';
import { openInterface, type TestInterface } from '../support/interface.ts';
import { codeOf, companyInput, fairInput, inDays, meetPeople, type People, positionInput } from '../support/people.ts';

let server: TestInterface;
let people: People;
beforeAll(async () => {
  server = await openInterface();
  people = await meetPeople(server);
});
afterAll(() => server.close());

const issuePaths = async (call: Promise<unknown>): Promise<string[]> => {
  try {
    await call;
  } catch (error) {
    if (error instanceof ReplyError) return (error.failure.issues ?? []).map((issue) => issue.path);
    throw error;
  }
  return [];
};

describe('fairs, companies and campuses', () => {
  it('are seen within the grants alone', async () => {
    const mine = await people.fair('我方公司');
    const other = await people.fair('他方公司');
    const recruiter = await people.staff('recruiter', { fairId: mine.fair.id, companyIds: [mine.company.id] });
    const { items } = await recruiter.api.call('listFairs', { query: {} });
    expect(items.map((fair) => fair.id)).toEqual([mine.fair.id]);
    expect(await codeOf(recruiter.api.call('getFair', { params: { fairId: other.fair.id } }))).toBe('FORBIDDEN');
    expect(await codeOf(recruiter.api.call('listCompanies', { params: { fairId: other.fair.id }, query: {} }))).toBe('FORBIDDEN');
    await people.organizer.api.call('createCompany', { params: { fairId: mine.fair.id }, body: companyInput('同场另一家') });
    const companies = await recruiter.api.call('listCompanies', { params: { fairId: mine.fair.id }, query: {} });
    expect(companies.items.map((company) => company.id)).toEqual([mine.company.id]);
  });

  it('an organizer of one fair can neither make another nor touch it', async () => {
    const mine = await people.fair('本区公司');
    const other = await people.fair('邻区公司');
    const local = await people.staff('organizer', { fairId: mine.fair.id });
    expect(await codeOf(local.api.call('createFair', { body: fairInput }))).toBe('FORBIDDEN');
    expect(await codeOf(local.api.call('editFair', { params: { fairId: other.fair.id }, body: { name: '改名' } }))).toBe('FORBIDDEN');
    expect(await codeOf(local.api.call('editCompany', { params: { companyId: other.company.id }, body: { city: '别处' } }))).toBe(
      'FORBIDDEN',
    );
    const edited = await local.api.call('editFair', { params: { fairId: mine.fair.id }, body: { name: '改名' } });
    expect(edited).toEqual({ ...mine.fair, name: '改名' });
  });

  it('names of companies and codes of campuses are unique within a fair, and dates must be in order', async () => {
    const { fair, company } = await people.fair('唯一公司');
    const { api } = people.organizer;
    const params = { fairId: fair.id };
    expect(await codeOf(api.call('createCompany', { params, body: companyInput('唯一公司') }))).toBe('CONFLICT');
    await api.call('createCompany', { params, body: companyInput('另一公司') });
    expect(await codeOf(api.call('editCompany', { params: { companyId: company.id }, body: { name: '另一公司' } }))).toBe('CONFLICT');
    const campus = { name: '包头职院', kind: 'campus' as const, province: '内蒙古自治区', code: 'btzy' };
    await api.call('createCampus', { params, body: campus });
    expect(await codeOf(api.call('createCampus', { params, body: { ...campus, name: '其他' } }))).toBe('CONFLICT');
    expect(await issuePaths(api.call('editFair', { params, body: { endsOn: '2020-01-01' } }))).toEqual(['endsOn']);
  });

  it('lists are paged without gaps or repeats', async () => {
    const { fair } = await people.fair('分页公司');
    const { api } = people.organizer;
    for (let n = 0; n < 6; n++) await api.call('createCompany', { params: { fairId: fair.id }, body: companyInput(`分页公司${n}`) });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await api.call('listCompanies', { params: { fairId: fair.id }, query: { limit: 3, ...(cursor ? { cursor } : {}) } });
      seen.push(...page.items.map((company) => company.name));
      cursor = page.next ?? undefined;
    } while (cursor);
    expect(seen).toEqual(['分页公司', ...Array.from({ length: 6 }, (_, n) => `分页公司${n}`)]);
    expect(await issuePaths(api.call('listFairs', { query: { cursor: 'bm90IG91cnM' } }))).toEqual(['cursor']);
  });
});

describe('the gate of positions', () => {
  const draft = async (input: Partial<PositionInput>) => {
    const { company } = await people.fair(`公司${Math.random()}`);
    const { api } = people.organizer;
    return {
      api,
      company,
      position: await api.call('createPosition', { params: { companyId: company.id }, body: { ...positionInput, ...input } }),
    };
  };

  it.each<[string, Partial<PositionInput>, string]>([
    ['duties', { duties: '' }, 'duties'],
    ['conditions', { conditions: '' }, 'conditions'],
    ['a place', { place: '' }, 'place'],
    ['a base pay', { payMin: null }, 'payMin'],
    ['an expiry', { expiresOn: null }, 'expiresOn'],
    ['an expiry to come', { expiresOn: inDays(-2) }, 'expiresOn'],
    ['training facts of an order class', { kind: 'orderclass' }, 'training'],
  ])('a position without %s is not published, and the field is named', async (_what, input, path) => {
    const { api, position } = await draft(input);
    const publish = () => api.call('publishPosition', { params: { positionId: position.id } });
    expect(await codeOf(publish())).toBe('POSITION_INCOMPLETE');
    expect(await issuePaths(publish())).toEqual([path]);
  });

  it('a missing or expired licence keeps it closed', async () => {
    const { api, company, position } = await draft({});
    const params = { positionId: position.id };
    await api.call('editCompany', { params: { companyId: company.id }, body: { licenceExpiresOn: inDays(-2) } });
    expect(await codeOf(api.call('publishPosition', { params }))).toBe('LICENCE_INVALID');
    await api.call('editCompany', { params: { companyId: company.id }, body: { licenceNumber: '', licenceExpiresOn: inDays(9) } });
    expect(await issuePaths(api.call('publishPosition', { params }))).toEqual(['licenceNumber']);
    await api.call('editCompany', { params: { companyId: company.id }, body: { licenceNumber: '911502X' } });
    expect((await api.call('publishPosition', { params })).status).toBe('published');
  });

  it('an edit that would break a published position is refused and changes nothing', async () => {
    const { api, position } = await draft({});
    const params = { positionId: position.id };
    await api.call('publishPosition', { params });
    expect(await codeOf(api.call('editPosition', { params, body: { ...positionInput, duties: '' } }))).toBe('POSITION_INCOMPLETE');
    expect((await api.call('getPosition', { params })).duties).toBe(positionInput.duties);
    const edited = await api.call('editPosition', { params, body: { ...positionInput, title: '高级焊工', payMax: 9000 } });
    expect(edited).toMatchObject({ title: '高级焊工', payMax: 9000, status: 'published' });
  });

  it('viewers see published positions that have not expired; staff their own drafts besides', async () => {
    const { fair, company, position, session } = await people.fair('可见公司');
    const hidden = await people.organizer.api.call('createPosition', { params: { companyId: company.id }, body: positionInput });
    const guest = await people.guest(session.id);
    const recruiter = await people.staff('recruiter', { fairId: fair.id, companyIds: [company.id] });
    const outsider = await people.staff('recruiter', { fairId: (await people.fair('外人公司')).fair.id });
    const list = async (person: typeof guest) =>
      (await person.api.call('listPositions', { query: { sessionId: session.id } })).items.map((item) => item.id);
    expect(await list(guest)).toEqual([position.id]);
    expect(await list(recruiter)).toEqual([position.id, hidden.id]);
    expect(await list(outsider)).toEqual([position.id]);
    const get = (person: typeof guest) => codeOf(person.api.call('getPosition', { params: { positionId: hidden.id } }));
    expect([await get(guest), await get(recruiter), await get(outsider)]).toEqual(['NOT_FOUND', 'done', 'NOT_FOUND']);
    expect(await codeOf(outsider.api.call('editPosition', { params: { positionId: position.id }, body: positionInput }))).toBe('FORBIDDEN');

    server.time.now += 61 * 86_400_000;
    expect(await server.positions.demandOpen(position.id).catch((error: { code: string }) => error.code)).toBe('POSITION_CLOSED');
    server.time.now -= 61 * 86_400_000;
  });

  it('search finds titles and takes no patterns', async () => {
    const { fair } = await people.fair('搜索公司');
    const { api } = people.organizer;
    const find = async (search: string) => (await api.call('listPositions', { query: { fairId: fair.id, search } })).items.length;
    expect([await find('焊接'), await find('%'), await find('厨师')]).toEqual([1, 0, 0]);
  });
});

describe('sessions', () => {
  it('go from scheduled to live to ended, once each however often asked, and each change is a fact (R4)', async () => {
    const { fair, company, session } = await people.fair('直播公司');
    const recruiter = await people.staff('recruiter', { fairId: fair.id, companyIds: [company.id] });
    const params = { sessionId: session.id };
    const { api } = recruiter;
    expect(await codeOf(api.call('endSession', { params }))).toBe('SESSION_STATE');
    const started = await Promise.all([api.call('startSession', { params }), api.call('startSession', { params })]);
    expect(started.map((item) => item.status)).toEqual(['live', 'live']);
    expect(started[0]?.liveAt).toBe(started[1]?.liveAt);
    expect(await codeOf(people.organizer.api.call('editSession', { params, body: { title: '改名' } }))).toBe('SESSION_STATE');
    await api.call('endSession', { params });
    const ended = await api.call('endSession', { params });
    expect(ended.status).toBe('ended');
    expect(await codeOf(api.call('startSession', { params }))).toBe('SESSION_ENDED');
    expect(server.changes.filter((change) => change.id === session.id).map((change) => change.status)).toEqual(['live', 'ended']);
    const facts = await server.database
      .selectFrom('outbox')
      .select('event_id')
      .where('subject_id', '=', session.id)
      .orderBy('id')
      .execute();
    expect(facts.map((fact) => fact.event_id)).toEqual([`session.live:${session.id}`, `session.ended:${session.id}`]);
  });

  it('need every company’s licence to go live', async () => {
    const { company, session } = await people.fair('过期公司');
    const { api } = people.organizer;
    await api.call('editCompany', { params: { companyId: company.id }, body: { licenceExpiresOn: inDays(-2) } });
    expect(await codeOf(api.call('startSession', { params: { sessionId: session.id } }))).toBe('LICENCE_INVALID');
  });

  it('are started and ended only by those they are granted to', async () => {
    const { session } = await people.fair('甲方');
    const other = await people.fair('乙方');
    const stranger = await people.staff('recruiter', { fairId: other.fair.id, companyIds: [other.company.id] });
    const params = { sessionId: session.id };
    expect(await codeOf(stranger.api.call('startSession', { params }))).toBe('FORBIDDEN');
    expect(await codeOf(stranger.api.call('endSession', { params }))).toBe('FORBIDDEN');
  });

  it('take companies of their own fair alone', async () => {
    const mine = await people.fair('本会');
    const other = await people.fair('他会');
    const body = { title: '混场', companyIds: [mine.company.id, other.company.id], startsAt: server.time.now };
    expect(await codeOf(people.organizer.api.call('createSession', { params: { fairId: mine.fair.id }, body }))).toBe('NOT_FOUND');
  });

  it('are listed for everybody, latest first, page by page', async () => {
    const { fair, company } = await people.fair('排期公司');
    for (let n = 1; n <= 4; n++) {
      const body = { title: `第${n}场`, companyIds: [company.id], startsAt: server.time.now + n * 3_600_000 };
      await people.organizer.api.call('createSession', { params: { fairId: fair.id }, body });
    }
    const titles: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await people.nobody.api.call('listSessions', { query: { fairId: fair.id, limit: 2, ...(cursor ? { cursor } : {}) } });
      titles.push(...page.items.map((session) => session.title));
      cursor = page.next ?? undefined;
    } while (cursor);
    expect(titles).toEqual(['第4场', '第3场', '第2场', '第1场', '光伏专场']);
  });
});

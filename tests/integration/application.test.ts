import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ApplicationInput } from '../../src/contract/index.ts';
import type { Actor } from '../../src/domain/actor.ts';
import { codesOf, newOnce, openRecruiting, type Recruiting } from '../support/recruiting.ts';

type Person = Actor & { accountId: string };
let recruiting: Recruiting;
let fairId: string;
let companyId: string;
let positionId: string;
let sessionId: string;
let viewer: Person;
let recruiter: Person;

beforeAll(async () => {
  recruiting = await openRecruiting();
});
afterAll(() => recruiting?.close());
beforeEach(async () => {
  fairId = await recruiting.addFair();
  companyId = await recruiting.addCompany(fairId);
  positionId = await recruiting.addPosition(fairId, companyId);
  sessionId = await recruiting.addSession(fairId, [companyId]);
  viewer = await recruiting.addViewer();
  recruiter = await recruiting.addStaff({ role: 'recruiter', fairId, companyId });
  recruiting.told.length = 0;
});

const inDays = (days: number) => new Date(recruiting.time.now + days * 86_400_000).toISOString().slice(0, 10);
const input = (more: Partial<ApplicationInput> = {}): ApplicationInput => ({
  positionId,
  sessionId,
  onceId: newOnce(),
  form: {
    name: '王小明',
    phone: '+8613800001234',
    group: 'graduate',
    school: '包头职院',
    major: '焊接',
    degree: '大专',
    experience: '实习半年',
  },
  consent: { accepted: true, until: inDays(90) },
  ...more,
});
const submit = (more: Partial<ApplicationInput> = {}) => recruiting.applications.submit(viewer, input(more), null);
const factsOf = async (type: string, subject: string) => (await recruiting.facts(type)).filter((fact) => fact.subject_id === subject);

describe('submitting', () => {
  it('A1: records the application with its campus, tells the company and counts it once', async () => {
    recruiting.campuses.set(viewer.accountId, 'bt-college');
    const mine = await submit();
    expect(mine).toMatchObject({ positionId, positionTitle: '焊接技术员', sessionId, status: 'submitted', fileName: null, openings: [] });
    expect(await factsOf('application.submitted', sessionId)).toMatchObject([
      {
        event_id: `application.submitted:${mine.id}`,
        fact: { applicationId: mine.id, viewer: `a:${viewer.accountId}`, companyId, positionId, campus: 'bt-college' },
      },
    ]);
    expect(recruiting.told).toMatchObject([
      {
        to: `company:${companyId}`,
        event: 'application.arrived',
        payload: { application: { id: mine.id, applicantName: '王**', group: 'graduate' } },
      },
      { to: `account:${viewer.accountId}`, event: 'application.updated', payload: { application: { id: mine.id } } },
    ]);
  });

  it('A1: twenty submissions at once from several devices are one application, one fact', async () => {
    const once = newOnce();
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, index) => submit(index % 2 ? { onceId: once } : { onceId: newOnce() })),
    );
    expect(new Set(replies.map((reply) => reply.id)).size).toBe(1);
    expect(await factsOf('application.submitted', sessionId)).toHaveLength(1);
    const rows = await recruiting.database.selectFrom('applications').selectAll().where('position_id', '=', positionId).execute();
    expect(rows).toHaveLength(1);
  });

  it('A1, R4: a retry after a lost reply answers the same, even after a newer submission and a withdrawal', async () => {
    const lost = input();
    const first = await recruiting.applications.submit(viewer, lost, null);
    const newer = await submit({ form: { ...input().form, name: '王大明' } });
    expect(newer.id).toBe(first.id);
    expect((await recruiting.applications.submit(viewer, lost, null)).id).toBe(first.id);
    // The late retry has not put the older form back.
    expect((await recruiting.applications.open(recruiter, first.id)).form.name).toBe('王大明');
    await recruiting.applications.withdraw(viewer, first.id);
    expect(await recruiting.applications.submit(viewer, lost, null)).toMatchObject({ id: first.id, status: 'withdrawn' });
    expect(await factsOf('application.submitted', sessionId)).toHaveLength(1);
  });

  it('belongs to the fair when no session was watched', async () => {
    const mine = await submit({ sessionId: null });
    expect(mine.sessionId).toBeNull();
    expect(await factsOf('application.submitted', fairId)).toHaveLength(1);
  });

  it('refuses what may not be, and records nothing of it', async () => {
    const elsewhere = await recruiting.addFair();
    const other = await recruiting.addSession(elsewhere, [await recruiting.addCompany(elsewhere)]);
    const scheduled = await recruiting.addSession(fairId, [companyId], 'scheduled');
    const draft = await recruiting.addPosition(fairId, companyId, { status: 'draft' });
    const closed = await recruiting.addPosition(fairId, companyId, { status: 'closed' });
    const expired = await recruiting.addPosition(fairId, companyId, { expires_on: inDays(-2) });
    const guest: Actor = { ...viewer, role: 'guest', accountId: null };
    const codes = await codesOf([
      () => recruiting.applications.submit(guest, input(), null),
      () => recruiting.applications.submit(recruiter, input(), null),
      () => submit({ positionId: sessionId }),
      () => submit({ positionId: draft }),
      () => submit({ positionId: closed }),
      () => submit({ positionId: expired }),
      () => submit({ sessionId: other }),
      () => submit({ sessionId: scheduled }),
      () => submit({ sessionId: positionId }),
      () => submit({ consent: { accepted: true, until: inDays(-2) } }),
      () => submit({ consent: { accepted: true, until: inDays(4000) } }),
    ]);
    expect(codes).toEqual([
      'ACCOUNT_REQUIRED',
      'FORBIDDEN',
      'NOT_FOUND',
      'NOT_FOUND',
      'POSITION_CLOSED',
      'POSITION_CLOSED',
      'POSITION_ELSEWHERE',
      'SESSION_NOT_LIVE',
      'NOT_FOUND',
      'CONSENT_REQUIRED',
      'CONSENT_REQUIRED',
    ]);
    expect((await recruiting.applications.listOwn(viewer, { limit: 10 })).items).toEqual([]);
    expect(await factsOf('application.submitted', sessionId)).toEqual([]);
    expect(recruiting.told).toEqual([]);
  });

  it('is accepted while the session has ended: its replay still recruits', async () => {
    const ended = await recruiting.addSession(fairId, [companyId], 'ended');
    await expect(submit({ sessionId: ended })).resolves.toMatchObject({ sessionId: ended });
  });

  it('sees a position that closes in between: whoever comes later is refused', async () => {
    await recruiting.database
      .transaction()
      .execute(async (transaction) => {
        await transaction.updateTable('positions').set({ status: 'closed' }).where('id', '=', positionId).execute();
        // Starts while the position is still open to everybody else, and waits for this change.
        const submission = submit();
        submission.catch(() => undefined);
        await expect.poll(() => waitingForLocks(), { timeout: 5_000 }).toBeGreaterThan(0);
        return { submission };
      })
      .then(({ submission }) => expect(submission).rejects.toMatchObject({ code: 'POSITION_CLOSED' }));
  });
});

async function waitingForLocks(): Promise<number> {
  const found = await sql<{
    count: string;
  }>`select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(recruiting.database);
  return Number(found.rows[0]?.count);
}

describe('reading', () => {
  it('lists masked applications within the grants, page by page, newest first', async () => {
    const viewers = await Promise.all(Array.from({ length: 5 }, () => recruiting.addViewer()));
    for (const one of viewers) await recruiting.applications.submit(one, input(), null);
    const organizer = await recruiting.addStaff({ role: 'organizer', fairId });
    const rival = await recruiting.addStaff({ role: 'recruiter', fairId, companyId: await recruiting.addCompany(fairId) });
    for (const staff of [recruiter, organizer]) {
      const first = await recruiting.applications.list(staff, { limit: 3, sessionId });
      const second = await recruiting.applications.list(staff, { limit: 3, sessionId, cursor: first.next ?? '' });
      expect([...first.items, ...second.items].map((item) => item.applicantName)).toEqual(Array(5).fill('王**'));
      const ids = [...first.items, ...second.items].map((item) => item.id);
      expect(ids).toEqual([...ids].sort().reverse());
      expect(second.next).toBeNull();
    }
    expect((await recruiting.applications.list(rival, { limit: 10 })).items).toEqual([]);
    expect((await recruiting.applications.list(recruiter, { limit: 10, positionId: sessionId })).items).toEqual([]);
  });

  it('opens for the company’s recruiter alone; every opening is shown to the applicant', async () => {
    const { id } = await submit();
    const organizer = await recruiting.addStaff({ role: 'organizer' });
    const rival = await recruiting.addStaff({ role: 'recruiter', fairId, companyId: await recruiting.addCompany(fairId) });
    const codes = await codesOf([
      () => recruiting.applications.open(organizer, id),
      () => recruiting.applications.open(rival, id),
      () => recruiting.applications.open(viewer, id),
      () => recruiting.applications.open(recruiter, positionId),
    ]);
    expect(codes).toEqual(['FORBIDDEN', 'NOT_FOUND', 'FORBIDDEN', 'NOT_FOUND']);
    recruiting.told.length = 0;
    expect(await recruiting.applications.open(recruiter, id)).toMatchObject({
      status: 'viewed',
      form: { name: '王小明', phone: '+8613800001234', experience: '实习半年' },
      file: null,
    });
    expect(recruiting.told).toMatchObject([
      { to: `account:${viewer.accountId}`, event: 'application.updated', payload: { application: { id, status: 'viewed' } } },
    ]);
    await recruiting.applications.open(recruiter, id);
    const [mine] = (await recruiting.applications.listOwn(viewer, { limit: 10 })).items;
    expect(mine?.openings.map((opening) => opening.by)).toEqual(['陈招聘', '陈招聘']);
  });

  it('ends with the consent', async () => {
    const { id } = await submit({ consent: { accepted: true, until: inDays(1) } });
    recruiting.time.now += 3 * 86_400_000;
    try {
      expect(await codesOf([() => recruiting.applications.open(recruiter, id)])).toEqual(['CONSENT_EXPIRED']);
    } finally {
      recruiting.time.now -= 3 * 86_400_000;
    }
  });
});

describe('withdrawing', () => {
  it('A1: closes the résumé at once, is shown, and still happened', async () => {
    const { id } = await submit();
    const withdrawn = await recruiting.applications.withdraw(viewer, id);
    expect(withdrawn).toMatchObject({ status: 'withdrawn', withdrawnAt: recruiting.time.now });
    expect(await recruiting.applications.withdraw(viewer, id)).toMatchObject({ status: 'withdrawn' });
    const codes = await codesOf([
      () => recruiting.applications.open(recruiter, id),
      () => recruiting.applications.recordOutcome(recruiter, id, { kind: 'offered', onceId: newOnce() }),
    ]);
    expect(codes).toEqual(['APPLICATION_WITHDRAWN', 'APPLICATION_WITHDRAWN']);
    const { items } = await recruiting.applications.list(recruiter, { limit: 10 });
    expect(items).toMatchObject([{ id, status: 'withdrawn', applicantName: '王**' }]);
    expect(await factsOf('application.submitted', sessionId)).toHaveLength(1);
    expect(await factsOf('application.withdrawn', sessionId)).toHaveLength(1);
    expect(await factsOf('outcome.recorded', sessionId)).toEqual([]);
  });

  it('A1: one may apply again under a new consent; it is the same application and counts once', async () => {
    const { id } = await submit();
    await recruiting.applications.withdraw(viewer, id);
    expect(await submit()).toMatchObject({ id, status: 'submitted', withdrawnAt: null });
    await expect(recruiting.applications.open(recruiter, id)).resolves.toMatchObject({ status: 'viewed' });
    expect(await factsOf('application.submitted', sessionId)).toHaveLength(1);
    const consents = await recruiting.database
      .selectFrom('consents')
      .selectAll()
      .where('application_id', '=', id)
      .orderBy('given_at')
      .execute();
    expect(consents.filter((consent) => consent.withdrawn_at === null)).toHaveLength(1);
    expect(consents).toHaveLength(2);
  });

  it('is the applicant’s alone', async () => {
    const { id } = await submit();
    const stranger = await recruiting.addViewer();
    const codes = await codesOf([
      () => recruiting.applications.withdraw(stranger, id),
      () => recruiting.applications.withdraw(recruiter, id),
      () => recruiting.applications.withdraw(viewer, positionId),
    ]);
    expect(codes).toEqual(['NOT_FOUND', 'FORBIDDEN', 'NOT_FOUND']);
  });
});

describe('outcomes', () => {
  it('H1: are recorded once a kind by the company and confirmed by the applicant', async () => {
    const { id } = await submit();
    const replies = await Promise.all(
      Array.from({ length: 10 }, () => recruiting.applications.recordOutcome(recruiter, id, { kind: 'hired', onceId: newOnce() })),
    );
    expect(new Set(replies.map((reply) => reply.id)).size).toBe(1);
    const outcomeId = replies[0]?.id ?? '';
    expect(await factsOf('outcome.recorded', sessionId)).toMatchObject([
      { event_id: `outcome.recorded:${outcomeId}`, fact: { outcomeId, applicationId: id, kind: 'hired' } },
    ]);
    const confirmed = await recruiting.applications.confirmOutcome(viewer, outcomeId);
    expect(confirmed).toMatchObject({ id: outcomeId, kind: 'hired', confirmedAt: recruiting.time.now });
    expect(await recruiting.applications.confirmOutcome(viewer, outcomeId)).toEqual(confirmed);
    expect(await factsOf('outcome.confirmed', sessionId)).toHaveLength(1);
    const [item] = (await recruiting.applications.list(recruiter, { limit: 1 })).items;
    expect(item?.latestOutcome).toBe('hired');
  });

  it('are nobody else’s to record or confirm', async () => {
    const { id } = await submit();
    const rival = await recruiting.addStaff({ role: 'recruiter', fairId, companyId: await recruiting.addCompany(fairId) });
    const organizer = await recruiting.addStaff({ role: 'organizer' });
    const stranger = await recruiting.addViewer();
    const hired = { kind: 'hired' as const, onceId: newOnce() };
    const outcome = await recruiting.applications.recordOutcome(recruiter, id, { kind: 'offered', onceId: newOnce() });
    const codes = await codesOf([
      () => recruiting.applications.recordOutcome(rival, id, hired),
      () => recruiting.applications.recordOutcome(organizer, id, hired),
      () => recruiting.applications.recordOutcome(viewer, id, hired),
      () => recruiting.applications.confirmOutcome(stranger, outcome.id),
      () => recruiting.applications.confirmOutcome(recruiter, outcome.id),
      () => recruiting.applications.confirmOutcome(viewer, id),
    ]);
    expect(codes).toEqual(['NOT_FOUND', 'FORBIDDEN', 'FORBIDDEN', 'NOT_FOUND', 'FORBIDDEN', 'NOT_FOUND']);
  });
});

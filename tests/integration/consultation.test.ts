import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '../../src/domain/actor.ts';
import { codesOf, newOnce, openRecruiting, type Recruiting } from '../support/recruiting.ts';

let recruiting: Recruiting;
let fairId: string;
let companyId: string;
let sessionId: string;
let recruiter: Actor & { accountId: string };

beforeAll(async () => {
  recruiting = await openRecruiting();
});
afterAll(() => recruiting?.close());
beforeEach(async () => {
  fairId = await recruiting.addFair();
  companyId = await recruiting.addCompany(fairId);
  sessionId = await recruiting.addSession(fairId, [companyId]);
  recruiter = await recruiting.addStaff({ role: 'recruiter', fairId, companyId });
  recruiting.told.length = 0;
});

const question = (more: { positionId?: string; onceId?: string; sessionId?: string; companyId?: string; text?: string } = {}) => ({
  sessionId,
  companyId,
  positionId: null,
  onceId: newOnce(),
  text: '请问包住宿吗？',
  ...more,
});
const facts = async () => (await recruiting.facts('consultation.asked')).filter((fact) => fact.subject_id === sessionId);

describe('asking', () => {
  it('C1: counts the first message once; a later one joins the same consultation', async () => {
    const { consultations } = recruiting;
    const viewer = await recruiting.addViewer();
    const first = await consultations.ask(viewer, question());
    const second = await consultations.ask(viewer, question({ text: '还有食堂吗？' }));
    expect(second.consultation.id).toBe(first.consultation.id);
    expect(second.consultation).toMatchObject({ status: 'waiting', ahead: 0, viewerName: '王同学', lastMessage: { text: '还有食堂吗？' } });
    expect(await facts()).toMatchObject([
      {
        event_id: `consultation.asked:${first.consultation.id}`,
        fact: { consultationId: first.consultation.id, viewer: `a:${viewer.accountId}`, companyId, positionId: null },
      },
    ]);
  });

  it('C1, R4: twenty taps on several devices at once are one consultation and one message', async () => {
    const { consultations, database } = recruiting;
    const viewer = await recruiting.addViewer();
    const input = question();
    const replies = await Promise.all(Array.from({ length: 20 }, () => consultations.ask(viewer, input)));
    expect(new Set(replies.map((reply) => reply.message.id)).size).toBe(1);
    expect(await facts()).toHaveLength(1);
    const { id } = replies[0]?.consultation ?? { id: '' };
    expect(await database.selectFrom('consultation_messages').selectAll().where('consultation_id', '=', id).execute()).toHaveLength(1);
    // Both sides are told once, not twenty times.
    expect(
      recruiting.told
        .filter((one) => one.event === 'consultation.message')
        .map((one) => one.to)
        .sort(),
    ).toEqual([`account:${viewer.accountId}`, `company:${companyId}`].sort());
  });

  it('C1: different first messages at once are one consultation with each message', async () => {
    const { consultations } = recruiting;
    const viewer = await recruiting.addViewer();
    const replies = await Promise.all(
      Array.from({ length: 8 }, (_, index) => consultations.ask(viewer, question({ text: `问题 ${index}` }))),
    );
    const ids = new Set(replies.map((reply) => reply.consultation.id));
    expect(ids.size).toBe(1);
    expect(await facts()).toHaveLength(1);
    const [id = ''] = ids;
    const { items } = await consultations.messages(viewer, id, { limit: 50 });
    expect(items).toHaveLength(8);
  });

  it('refuses guests, other people’s companies and positions, and sessions that are not live', async () => {
    const { consultations } = recruiting;
    const viewer = await recruiting.addViewer();
    const guest: Actor = { ...viewer, role: 'guest', accountId: null };
    const elsewhere = await recruiting.addCompany(fairId);
    const stranger = await recruiting.addPosition(fairId, elsewhere);
    const draft = await recruiting.addPosition(fairId, companyId, { status: 'draft' });
    const scheduled = await recruiting.addSession(fairId, [companyId], 'scheduled');
    const ended = await recruiting.addSession(fairId, [companyId], 'ended');
    const codes = await codesOf([
      () => consultations.ask(guest, question()),
      () => consultations.ask(recruiter, question()),
      () => consultations.ask(viewer, question({ companyId: elsewhere })),
      () => consultations.ask(viewer, question({ sessionId: fairId })),
      () => consultations.ask(viewer, question({ positionId: stranger })),
      () => consultations.ask(viewer, question({ positionId: draft })),
      () => consultations.ask(viewer, question({ sessionId: scheduled })),
      () => consultations.ask(viewer, question({ sessionId: ended })),
    ]);
    expect(codes).toEqual([
      'ACCOUNT_REQUIRED',
      'FORBIDDEN',
      'NOT_FOUND',
      'NOT_FOUND',
      'POSITION_ELSEWHERE',
      'POSITION_ELSEWHERE',
      'SESSION_NOT_LIVE',
      'SESSION_ENDED',
    ]);
    expect(await facts()).toEqual([]);
    expect(recruiting.told).toEqual([]);
  });
});

describe('the queue', () => {
  it('says exactly how many wait before, and tells those behind when it moves', async () => {
    const { consultations, told } = recruiting;
    const viewers = await Promise.all(Array.from({ length: 4 }, () => recruiting.addViewer()));
    const replies = [];
    for (const viewer of viewers) replies.push(await consultations.ask(viewer, question()));
    expect(replies.map((reply) => reply.consultation.ahead)).toEqual([0, 1, 2, 3]);

    told.length = 0;
    const second = replies[1]?.consultation.id ?? '';
    const answer = await consultations.send(recruiter, { consultationId: second, onceId: newOnce(), text: '包住宿。' });
    expect(answer.consultation).toMatchObject({ status: 'active', ahead: 0 });
    expect(answer.consultation.answeredAt).not.toBeNull();
    const moved = told.filter((one) => one.event === 'consultation.updated');
    expect(moved).toMatchObject([
      { to: `account:${viewers[2]?.accountId}`, payload: { consultation: { ahead: 1 } } },
      { to: `account:${viewers[3]?.accountId}`, payload: { consultation: { ahead: 2 } } },
    ]);
    const list = await consultations.listOfSession(recruiter, sessionId, { limit: 50 });
    expect(list.items.map((item) => [item.status, item.ahead])).toEqual([
      ['waiting', 0],
      ['waiting', 1],
      ['waiting', 2],
      ['active', 0],
    ]);
  });

  it('gives distinct places to twenty who ask at once, in the order of the list, page by page', async () => {
    const { consultations } = recruiting;
    const viewers = await Promise.all(Array.from({ length: 20 }, () => recruiting.addViewer()));
    await Promise.all(viewers.map((viewer) => consultations.ask(viewer, question())));
    const places: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await consultations.listOfSession(recruiter, sessionId, { limit: 7, cursor });
      places.push(...page.items.map((item) => item.ahead));
      cursor = page.next ?? undefined;
    } while (cursor);
    expect(places).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  it('keeps a place when clocks run backwards', async () => {
    const { consultations, time } = recruiting;
    const [first, second] = [await recruiting.addViewer(), await recruiting.addViewer()];
    await consultations.ask(first, question());
    time.now -= 5_000;
    try {
      expect((await consultations.ask(second, question())).consultation.ahead).toBe(1);
    } finally {
      time.now += 5_000;
    }
  });
});

describe('the conversation', () => {
  it('goes both ways, closes, and is reopened at the end of the queue without counting again', async () => {
    const { consultations } = recruiting;
    const viewer = await recruiting.addViewer();
    const { consultation } = await consultations.ask(viewer, question());
    const consultationId = consultation.id;
    await consultations.send(recruiter, { consultationId, onceId: newOnce(), text: '包住宿。' });
    await consultations.send(viewer, { consultationId, onceId: newOnce(), text: '谢谢！' });
    expect(await consultations.close(recruiter, consultationId)).toMatchObject({ status: 'closed' });
    expect(await consultations.close(recruiter, consultationId)).toMatchObject({ status: 'closed' });
    await expect(consultations.send(viewer, { consultationId, onceId: newOnce(), text: '？' })).rejects.toMatchObject({
      code: 'CONSULTATION_CLOSED',
    });

    const other = await recruiting.addViewer();
    await consultations.ask(other, question());
    const again = await consultations.ask(viewer, question({ text: '又想起一个问题' }));
    expect(again.consultation).toMatchObject({ id: consultationId, status: 'waiting', ahead: 1, answeredAt: null, closedAt: null });
    expect(await facts()).toHaveLength(2);

    const { items } = await consultations.messages(viewer, consultationId, { limit: 3 });
    expect(items.map((message) => [message.from, message.authorName, message.text])).toEqual([
      ['viewer', '王同学', '请问包住宿吗？'],
      ['recruiter', '陈招聘', '包住宿。'],
      ['viewer', '王同学', '谢谢！'],
    ]);
  });

  it('answers a resent message the same, and refuses its once id for another', async () => {
    const { consultations } = recruiting;
    const [one, two] = [await recruiting.addViewer(), await recruiting.addViewer()];
    const first = (await consultations.ask(one, question())).consultation.id;
    const second = (await consultations.ask(two, question())).consultation.id;
    const onceId = newOnce();
    const sent = await consultations.send(recruiter, { consultationId: first, onceId, text: '您好' });
    await consultations.close(recruiter, first);
    const resent = await consultations.send(recruiter, { consultationId: first, onceId, text: '您好' });
    expect(resent.message).toEqual(sent.message);
    await expect(consultations.send(recruiter, { consultationId: second, onceId, text: '您好' })).rejects.toMatchObject({
      code: 'BAD_INPUT',
    });
  });

  it('is known to its viewer and the recruiters of its company alone', async () => {
    const { consultations } = recruiting;
    const viewer = await recruiting.addViewer();
    const { id } = (await consultations.ask(viewer, question())).consultation;
    const stranger = await recruiting.addViewer();
    const otherCompany = await recruiting.addCompany(fairId);
    const rival = await recruiting.addStaff({ role: 'recruiter', fairId, companyId: otherCompany });
    const organizer = await recruiting.addStaff({ role: 'organizer' });
    const message = { consultationId: id, onceId: newOnce(), text: '？' };
    const codes = await codesOf([
      () => consultations.messages(stranger, id, { limit: 5 }),
      () => consultations.messages(rival, id, { limit: 5 }),
      () => consultations.messages(organizer, id, { limit: 5 }),
      () => consultations.messages({ ...stranger, role: 'guest', accountId: null }, id, { limit: 5 }),
      () => consultations.send(stranger, message),
      () => consultations.send(rival, message),
      () => consultations.send(organizer, message),
      () => consultations.close(rival, id),
      () => consultations.close(viewer, id),
      () => consultations.listOfSession(rival, sessionId, { limit: 5 }),
      () => consultations.messages(viewer, id, { limit: 5, cursor: 'nonsense' }),
    ]);
    expect(codes).toEqual([
      'NOT_FOUND',
      'NOT_FOUND',
      'FORBIDDEN',
      'ACCOUNT_REQUIRED',
      'NOT_FOUND',
      'NOT_FOUND',
      'FORBIDDEN',
      'NOT_FOUND',
      'FORBIDDEN',
      'FORBIDDEN',
      'BAD_INPUT',
    ]);
    expect((await consultations.listOwn(viewer, { limit: 5, sessionId })).items.map((item) => item.id)).toEqual([id]);
    expect((await consultations.listOwn(stranger, { limit: 5 })).items).toEqual([]);
  });
});

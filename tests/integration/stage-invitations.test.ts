import { v7 } from 'uuid';
import { describe, expect, test } from 'vitest';
import { aSession, guest, staff, viewer } from '../support/room-people.ts';
import {
  a,
  answer,
  b,
  enter,
  extra,
  invite,
  media,
  moveTo,
  onStage,
  refused,
  session,
  startNode,
  toldOf,
} from '../support/stage-people.ts';
import { until } from '../support/until.ts';

/** Who is asked on stage, by whom, and what becomes of it. */
describe('an invitation', () => {
  test('reaches the viewer on the other node, and the answer every staff member; then the room is told', async () => {
    const [recruiter, moderator, watcher] = await Promise.all([
      enter(a, staff('recruiter', session)),
      enter(b, staff('moderator', session)),
      enter(b, guest()),
    ]);
    const someone = await enter(b, viewer());
    const invitation = await invite(recruiter, someone.key);
    expect(invitation).toMatchObject({ key: someone.key, name: '王同学', invitedBy: '陈招聘' });
    await until(() => toldOf(someone, 'stage.invited').length === 1);
    expect(toldOf(someone, 'stage.invited')).toEqual([{ sessionId: session.id, invitation }]);
    await answer(someone, invitation.id);
    const accepted = { sessionId: session.id, invitation, outcome: 'accepted' };
    await until(() => [recruiter, moderator].every((one) => toldOf(one, 'stage.answered').length === 1));
    expect(toldOf(moderator, 'stage.answered')).toEqual([accepted]);
    await until(() => watcher.entries.length === 1);
    const seated = { key: someone.key, name: '王同学', publisherId: null, muted: false };
    expect(watcher.entries).toMatchObject([{ on: true, guest: seated }]);
    expect((await enter(a, guest())).snapshot).toMatchObject({ guests: [seated], invitation: null });
    expect(toldOf(watcher, 'stage.invited')).toEqual([]);
  });

  test('repeated is the same one, and is found again after a reload', async () => {
    const recruiter = await enter(a, staff('recruiter', session));
    const someone = await enter(b, guest());
    const [first, second] = await Promise.all([invite(recruiter, someone.key), invite(recruiter, someone.key)]);
    expect(second).toEqual(first);
    someone.socket.close();
    expect((await enter(a, someone.token)).snapshot.invitation).toEqual(first);
    expect(await recruiter.socket.request('stage.invitations', { sessionId: session.id })).toEqual({ invitations: [first], limit: 2 });
  });

  test('declined leaves no seat; answered twice or wrongly it is NOT_INVITED', async () => {
    const recruiter = await enter(a, staff('recruiter', session));
    const someone = await enter(b, guest());
    const other = await enter(b, guest());
    const { id } = await invite(recruiter, someone.key);
    await expect(answer(other, id)).rejects.toMatchObject(refused('NOT_INVITED'));
    await expect(answer(someone, v7())).rejects.toMatchObject(refused('NOT_INVITED'));
    await answer(someone, id, false);
    await until(() => toldOf(recruiter, 'stage.answered').length === 1);
    expect(toldOf(recruiter, 'stage.answered')).toMatchObject([{ outcome: 'declined' }]);
    await expect(answer(someone, id)).rejects.toMatchObject(refused('NOT_INVITED'));
    await expect(someone.socket.request('stage.publish', { stageId: session.id })).rejects.toMatchObject(refused('NOT_INVITED'));
    expect(await onStage(a)).toEqual([]);
  });

  test('accepting twice is accepting once, and the other tabs are told that it is answered', async () => {
    const recruiter = await enter(a, staff('recruiter', session));
    const someone = await enter(b, guest());
    const otherTab = await enter(a, someone.token);
    const { id } = await invite(recruiter, someone.key);
    await Promise.all([answer(someone, id), answer(someone, id)]);
    await until(() => toldOf(otherTab, 'stage.uninvited').length === 1);
    expect(toldOf(otherTab, 'stage.uninvited')).toEqual([{ sessionId: session.id, reason: 'answered' }]);
    expect(toldOf(someone, 'stage.uninvited')).toEqual([]);
    await until(() => recruiter.entries.length > 0);
    expect(recruiter.entries).toHaveLength(1);
  });

  test('expires, is told to both sides once, and frees its place', async () => {
    const [hasty, other] = await Promise.all([startNode(media[0].plane, { invitationMs: 150 }), startNode(media[1].plane)]);
    extra.push(hasty, other);
    const recruiter = await enter(hasty, staff('recruiter', session));
    const someone = await enter(other, guest());
    const invitation = await invite(recruiter, someone.key);
    await until(() => toldOf(someone, 'stage.uninvited').length > 0 && toldOf(recruiter, 'stage.answered').length > 0);
    expect(toldOf(someone, 'stage.uninvited')).toEqual([{ sessionId: session.id, reason: 'expired' }]);
    expect(toldOf(recruiter, 'stage.answered')).toEqual([{ sessionId: session.id, invitation, outcome: 'expired' }]);
    await expect(answer(someone, invitation.id)).rejects.toMatchObject(refused('NOT_INVITED'));
    expect((await invite(recruiter, someone.key)).id).not.toBe(invitation.id);
  });

  test('taken back is told, and cannot be accepted any more', async () => {
    const recruiter = await enter(a, staff('recruiter', session));
    const someone = await enter(b, guest());
    const { id } = await invite(recruiter, someone.key);
    await recruiter.socket.request('stage.remove', { sessionId: session.id, key: someone.key });
    await until(() => toldOf(someone, 'stage.uninvited').length === 1);
    expect(toldOf(someone, 'stage.uninvited')).toEqual([{ sessionId: session.id, reason: 'withdrawn' }]);
    await expect(answer(someone, id)).rejects.toMatchObject(refused('NOT_INVITED'));
  });

  test('goes only to a viewer in the room, by staff of the session, while it is live', async () => {
    const recruiter = await enter(a, staff('recruiter', session));
    const someone = await enter(b, guest());
    await expect(invite(recruiter, 'nobody')).rejects.toMatchObject(refused('NOT_FOUND'));
    await expect(invite(recruiter, recruiter.key)).rejects.toMatchObject(refused('NOT_FOUND'));
    await expect(invite(someone, someone.key)).rejects.toMatchObject(refused('FORBIDDEN'));
    const organizer = await enter(a, staff('organizer', session));
    await expect(invite(organizer, someone.key)).rejects.toMatchObject(refused('FORBIDDEN'));
    someone.socket.close();
    await until(async () => (await a.feed.counts(session.id)).viewers === 0);
    await expect(invite(recruiter, someone.key)).rejects.toMatchObject(refused('NOT_FOUND'));
    const waiting = aSession('scheduled');
    moveTo(waiting);
    const early = await enter(a, guest());
    const host = await enter(a, staff('recruiter', waiting));
    await expect(invite(host, early.key)).rejects.toMatchObject(refused('SESSION_NOT_LIVE'));
    await a.setStatus(session.id, 'ended');
    await expect(invite(host, early.key)).rejects.toMatchObject(refused('SESSION_ENDED'));
  });

  test('keeps a seat free: seats and open invitations together are at most the limit, whoever invites at once', async () => {
    const [one, two] = await Promise.all([enter(a, staff('recruiter', session)), enter(b, staff('moderator', session))]);
    const people = await Promise.all(Array.from({ length: 6 }, (_, i) => enter(i % 2 ? a : b, guest())));
    const invited = await Promise.allSettled(people.map((person, i) => invite(i % 2 ? one : two, person.key)));
    const given = invited.flatMap((each, i) => (each.status === 'fulfilled' ? [{ invitation: each.value, person: people[i] }] : []));
    expect(given).toHaveLength(2);
    for (const each of invited) if (each.status === 'rejected') expect(each.reason).toMatchObject(refused('STAGE_FULL'));
    await Promise.all(given.map(({ invitation, person }) => person && answer(person, invitation.id)));
    expect(await onStage(b)).toHaveLength(2);
    const another = people.find((person) => !given.some((each) => each.person === person));
    await expect(invite(one, another?.key ?? '')).rejects.toMatchObject(refused('STAGE_FULL'));
    await one.socket.request('stage.remove', { sessionId: session.id, key: given[0]?.person?.key ?? '' });
    await expect(invite(two, another?.key ?? '')).resolves.toMatchObject({ key: another?.key });
  });
});

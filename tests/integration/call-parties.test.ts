import { v7 } from 'uuid';
import { describe, expect, test } from 'vitest';
import type { Actor } from '../../src/domain/actor.ts';
import {
  a,
  applicant,
  b,
  colleague,
  connect,
  consult,
  consultationId,
  end,
  health,
  join,
  latest,
  list,
  media,
  recruiter,
  refused,
  session,
  start,
  talking,
  withAccount,
  world,
} from '../support/call-people.ts';
import { type Capabilities, produce, sendFrom } from '../support/room-media.ts';
import { aSession, guest, staff, viewer } from '../support/room-people.ts';
import { until } from '../support/until.ts';

/** Who is in a one-to-one call: one at a time, nobody else, and who takes over. */
describe('one at a time', () => {
  test('starts at once, on both nodes, are one call', async () => {
    const tabs = [connect(a, recruiter), connect(b, recruiter), connect(a, recruiter), connect(b, recruiter)];
    const calls = await Promise.all(tabs.map((tab) => start(tab)));
    expect(new Set(calls.map(({ id }) => id)).size).toBe(1);
  });

  test('two recruiters who start at once: one has the call, the other is told that it is busy', async () => {
    const rivals = [connect(a, recruiter), connect(b, colleague)];
    const started = await Promise.allSettled(rivals.map((rival) => start(rival)));
    const failed = started.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(failed).toHaveLength(1);
    expect(failed[0]).toMatchObject(refused('CALL_BUSY'));
  });

  test('a viewer in a call, and a recruiter in one, are busy for others until it ends', async () => {
    const second = withAccount(viewer());
    const [holder, other] = [connect(a, recruiter), connect(b, colleague)];
    const call = await start(holder);
    await expect(start(holder, consult(second))).rejects.toMatchObject(refused('CALL_BUSY'));
    await expect(start(other, consult(applicant))).rejects.toMatchObject(refused('CALL_BUSY'));
    await end(holder, call.id);
    await expect(start(holder, consult(second))).resolves.toMatchObject({ status: 'ringing' });
    await expect(start(other, consult(applicant))).resolves.toMatchObject({ status: 'ringing' });
  });
});

describe('privacy', () => {
  test('to everybody else there is no such call: a third account, a guest, other staff, another company', async () => {
    const { callId } = await talking();
    const elsewhere = aSession();
    const strangers: Actor[] = [
      viewer(),
      guest(),
      staff('recruiter', elsewhere),
      staff('moderator', session),
      staff('organizer', session),
      colleague,
    ];
    for (const stranger of strangers) {
      const person = connect(a, stranger);
      await expect(join(person, callId)).rejects.toMatchObject(refused('NOT_FOUND'));
      await expect(end(person, callId)).rejects.toMatchObject(refused('NOT_FOUND'));
      await expect(person.socket.request('call.leave', { callId })).rejects.toMatchObject(refused('NOT_FOUND'));
      expect(await list(person)).toEqual([]);
      await expect(
        person.socket.request('media.subscribe', {
          stageId: callId,
          rtpCapabilities: media[0].plane.routerRtpCapabilities as Capabilities,
        }),
      ).rejects.toMatchObject(refused('NOT_JOINED'));
      expect(['NOT_JOINED', 'FORBIDDEN']).toContain(
        await person.socket.request('stage.publish', { stageId: callId }).then(
          () => 'done',
          (error: { code: string }) => error.code,
        ),
      );
    }
    expect(await health(callId)).toMatchObject({ subscribers: 2 });
  });

  test('only the company’s recruiters start one, of a consultation that is open', async () => {
    const stranger = connect(a, staff('recruiter', aSession()));
    await expect(start(stranger)).rejects.toMatchObject(refused('NOT_FOUND'));
    await expect(start(connect(a, applicant))).rejects.toMatchObject(refused('FORBIDDEN'));
    await expect(start(connect(a, staff('moderator', session)))).rejects.toMatchObject(refused('FORBIDDEN'));
    await expect(start(connect(a, recruiter), v7())).rejects.toMatchObject(refused('NOT_FOUND'));
    const closed = world.consultations.get(consultationId);
    if (closed) world.consultations.set(consultationId, { ...closed, status: 'closed' });
    await expect(start(connect(a, recruiter))).rejects.toMatchObject(refused('CONSULTATION_CLOSED'));
  });

  test('a session’s stage and a call’s do not mix, and nobody touches what the other sends', async () => {
    const { holder, caller, callId } = await talking();
    const sent = await sendFrom(holder.socket, callId);
    await sendFrom(caller.socket, callId);
    await expect(caller.socket.request('stage.closeProducer', { stageId: callId, producerId: sent.producerId })).rejects.toMatchObject(
      refused('MEDIA_NOT_FOUND'),
    );
    await expect(produce(caller.socket, callId, sent.transportId, 'camera')).rejects.toMatchObject(refused('MEDIA_NOT_FOUND'));
    await expect(caller.socket.request('stage.publish', { stageId: session.id })).rejects.toMatchObject(refused('NOT_JOINED'));
    await expect(produce(caller.socket, callId, sent.transportId, 'second-camera')).rejects.toMatchObject(refused('BAD_INPUT'));
  });
});

describe('hand-over', () => {
  test('rings a colleague, who takes over by joining; the former one is taken off, the viewer stays', async () => {
    const { holder, caller, callId } = await talking();
    const heir = connect(b, colleague);
    const mine = await sendFrom(holder.socket, callId);
    expect(await holder.socket.request('call.colleagues', { callId })).toEqual({
      colleagues: [expect.objectContaining({ accountId: colleague.accountId })],
    });
    const handed = await holder.socket.request('call.handOver', { callId, accountId: colleague.accountId });
    expect(handed.call).toMatchObject({ recruiterId: recruiter.accountId, handOver: { accountId: colleague.accountId } });
    await until(() => heir.ringing.length === 1);
    expect(await list(heir)).toMatchObject([{ id: callId }]);
    expect(await health(callId)).toMatchObject({ subscribers: 2 });
    const entered = await join(heir, callId);
    expect(entered.call).toMatchObject({ recruiterId: colleague.accountId, recruiterName: '李经理', status: 'active' });
    await until(() => latest(caller)?.recruiterId === colleague.accountId && latest(holder)?.recruiterId === colleague.accountId);
    await until(async () => (await health(callId)).producers.every(({ id }) => id !== mine.producerId));
    expect(await health(callId)).toMatchObject({ subscribers: 2 });
    // The former one is in no call any more, and cannot listen in.
    const capabilities = media[0].plane.routerRtpCapabilities as Capabilities;
    await expect(holder.socket.request('media.subscribe', { stageId: callId, rtpCapabilities: capabilities })).rejects.toMatchObject(
      refused('NOT_JOINED'),
    );
    await expect(join(holder, callId)).rejects.toMatchObject(refused('NOT_FOUND'));
    expect(await list(holder)).toEqual([]);
    await sendFrom(heir.socket, callId);
    await expect(start(holder, consult(withAccount(viewer())))).resolves.toMatchObject({ status: 'ringing' });
  });

  test('is refused by the colleague, who stays free, and cannot go to a stranger, to oneself, or to one who is busy', async () => {
    const { holder, caller, callId } = await talking();
    const heir = connect(b, colleague);
    const handOver = (accountId: string, by = holder) => by.socket.request('call.handOver', { callId, accountId });
    await expect(handOver(v7())).rejects.toMatchObject(refused('NOT_FOUND'));
    await expect(handOver(recruiter.accountId)).rejects.toMatchObject(refused('NOT_FOUND'));
    await expect(handOver(colleague.accountId, heir)).rejects.toMatchObject(refused('NOT_FOUND'));
    await expect(handOver(colleague.accountId, caller)).rejects.toMatchObject(refused('FORBIDDEN'));
    await handOver(colleague.accountId);
    await until(() => heir.ringing.length === 1);
    expect(await end(heir, callId)).toMatchObject({ status: 'active', recruiterId: recruiter.accountId });
    await until(() => latest(holder)?.handOver === undefined && latest(heir)?.status === 'active');
    await expect(join(heir, callId)).rejects.toMatchObject(refused('NOT_FOUND'));
    const busy = await start(heir, consult(withAccount(viewer())));
    await expect(handOver(colleague.accountId)).rejects.toMatchObject(refused('CALL_BUSY'));
    await end(heir, busy.id);
    await expect(handOver(colleague.accountId)).resolves.toMatchObject({ call: { handOver: { accountId: colleague.accountId } } });
  });
});

import { describe, expect, test } from 'vitest';
import { a, applicant, b, connect, end, health, join, latest, list, recruiter, refused, start, talking } from '../support/call-people.ts';
import { sendFrom } from '../support/room-media.ts';
import { until } from '../support/until.ts';

/** A one-to-one call, from ringing to hanging up. */
describe('a call', () => {
  test('rings the viewer on the other node, is answered by joining, and carries both ways', async () => {
    const [holder, caller, phone] = [connect(a, recruiter), connect(b, applicant), connect(a, applicant)];
    await list(caller);
    await list(phone);
    const call = await start(holder);
    expect(call).toMatchObject({
      status: 'ringing',
      viewerName: '王同学',
      recruiterName: '陈招聘',
      companyName: '测试光伏',
      present: { viewer: false, recruiter: false },
    });
    expect(call.endsAt - call.startedAt).toBe(45_000);
    await until(() => caller.ringing.length === 1 && phone.ringing.length === 1);
    expect(caller.ringing).toEqual([call]);
    const entered = await join(holder, call.id);
    expect(entered).toMatchObject({ call: { status: 'ringing', present: { recruiter: true } }, subscription: { consumers: [] } });
    const sent = await sendFrom(holder.socket, call.id, 'camera');
    expect(sent.seat).toBe('guest');
    const answered = await join(caller, call.id);
    expect(answered.subscription.consumers.map(({ producerId }) => producerId)).toEqual([sent.producerId]);
    expect(answered.call).toMatchObject({ status: 'active', present: { viewer: true, recruiter: true } });
    expect(answered.call.endsAt - (answered.call.answeredAt ?? 0)).toBe(15 * 60_000);
    const heard: string[] = [];
    holder.socket.raw.on('media.consumerAdded', ({ stageId, consumer }) => void heard.push(`${stageId} ${consumer.producerId}`));
    const back = await sendFrom(caller.socket, call.id);
    await until(() => heard.length === 1);
    expect(heard).toEqual([`${call.id} ${back.producerId}`]);
    await until(() => latest(holder)?.status === 'active' && latest(phone)?.status === 'active');
    const ended = await end(caller, call.id);
    expect(ended).toMatchObject({ status: 'ended', endReason: 'hung-up' });
    await until(() => latest(holder)?.status === 'ended');
    expect((await health(call.id)).producers).toEqual([]);
    expect(await end(holder, call.id)).toEqual(ended);
    expect(await list(caller)).toEqual([]);
  });

  test('is declined by the viewer, taken back by the recruiter, and can be started again', async () => {
    const [holder, caller] = [connect(a, recruiter), connect(b, applicant)];
    const first = await start(holder);
    expect(await end(caller, first.id)).toMatchObject({ endReason: 'declined', answeredAt: null });
    await until(() => latest(holder)?.endReason === 'declined');
    await expect(join(caller, first.id)).rejects.toMatchObject(refused('CALL_ENDED'));
    const second = await start(holder);
    expect(second.id).not.toBe(first.id);
    expect(await end(holder, second.id)).toMatchObject({ endReason: 'hung-up' });
  });

  test('is found again after a reload, on another node, and goes on', async () => {
    const { holder, caller, callId } = await talking();
    await sendFrom(caller.socket, callId);
    caller.socket.close();
    await until(() => latest(holder)?.present.viewer === false);
    const back = connect(a, caller.token);
    expect(await list(back)).toMatchObject([{ id: callId, status: 'active' }]);
    await join(back, callId);
    await sendFrom(back.socket, callId);
    await until(() => latest(holder)?.present.viewer === true);
    expect((await health(callId)).producers).toHaveLength(1);
  });

  test('lets a connection leave without ending it', async () => {
    const { holder, caller, callId } = await talking();
    await sendFrom(caller.socket, callId);
    await caller.socket.request('call.leave', { callId });
    await until(() => latest(holder)?.present.viewer === false);
    expect((await health(callId)).producers).toEqual([]);
    await expect(caller.socket.request('call.leave', { callId })).rejects.toMatchObject(refused('NOT_FOUND'));
    await expect(caller.socket.request('stage.publish', { stageId: callId })).rejects.toMatchObject(refused('NOT_JOINED'));
    expect(await join(caller, callId)).toMatchObject({ call: { status: 'active' } });
  });
});

import { describe, expect, test } from 'vitest';
import {
  a,
  applicant,
  b,
  colleague,
  connect,
  consultationId,
  end,
  health,
  hurriedNodes,
  join,
  latest,
  list,
  media,
  type Person,
  recruiter,
  redis,
  refused,
  start,
  startNode,
  talking,
} from '../support/call-people.ts';
import { startMediaNode } from '../support/media-node.ts';
import { type Capabilities, sendFrom } from '../support/room-media.ts';
import { until } from '../support/until.ts';

/** How a one-to-one call ends when nobody ends it. */
describe('when it ends by itself', () => {
  const reasonOf = async (person: Person) => {
    await until(() => latest(person)?.status === 'ended');
    return latest(person)?.endReason;
  };

  test('unanswered, when nobody answers in time', async () => {
    const nodes = await hurriedNodes({ ringMs: 200 });
    const [holder, caller] = [connect(nodes[0], recruiter), connect(nodes[1], applicant)];
    await list(caller);
    await start(holder);
    expect(await reasonOf(holder)).toBe('unanswered');
    expect(await reasonOf(caller)).toBe('unanswered');
    expect(await list(caller)).toEqual([]);
  });

  test('the time is up: both are told, and the stage is closed', async () => {
    const nodes = await hurriedNodes({ limitMs: 2_000 });
    const { holder, caller, callId } = await talking(nodes);
    await sendFrom(caller.socket, callId);
    expect(await reasonOf(holder)).toBe('time-up');
    await until(async () => (await health(callId)).subscribers === 0);
    await expect(sendFrom(caller.socket, callId)).rejects.toMatchObject(refused('CALL_ENDED'));
    await expect(
      holder.socket.request('media.subscribe', { stageId: callId, rtpCapabilities: media[0].plane.routerRtpCapabilities as Capabilities }),
    ).rejects.toMatchObject(refused('CALL_ENDED'));
    expect(await health(callId)).toMatchObject({ subscribers: 0, publishers: 0 });
  });

  test('left, when a side is alone for too long; a colleague who does not answer is not waited for', async () => {
    const nodes = await hurriedNodes({ aloneMs: 3_000, ringMs: 2_000 });
    const { holder, caller, callId } = await talking(nodes);
    const heir = connect(nodes[0], colleague);
    await list(heir);
    await holder.socket.request('call.handOver', { callId, accountId: colleague.accountId });
    await until(() => latest(heir) !== undefined);
    expect(latest(heir)).toMatchObject({ status: 'active', recruiterId: recruiter.accountId });
    caller.socket.close();
    expect(await reasonOf(holder)).toBe('left');
  });

  test('with its consultation', async () => {
    const { holder, caller } = await talking();
    await b.calls.endOfConsultation(consultationId);
    expect(await reasonOf(holder)).toBe('consultation-closed');
    expect(await reasonOf(caller)).toBe('consultation-closed');
    await b.calls.endOfConsultation(consultationId);
  });

  test('a node that dies: its side is gone, comes back on another node, or the call ends', async () => {
    const dying = await startMediaNode({ redisUrl: redis.url });
    const times = { aloneMs: 3_000 };
    const [node] = [await startNode(dying.plane, times)];
    const [near] = await hurriedNodes(times);
    const { holder, caller, callId } = await talking([near, node]);
    caller.socket.close();
    await Promise.all([node.kill(), dying.kill()]);
    await until(() => latest(holder)?.present.viewer === false);
    const back = connect(near, caller.token);
    await join(back, callId);
    await until(() => latest(holder)?.present.viewer === true);
    back.socket.close();
    expect(await reasonOf(holder)).toBe('left');
  }, 20_000);

  test('a node that was only slow brings its connection back into the call', async () => {
    const { holder, caller, callId } = await talking();
    const lease = `${callId}/${caller.socket.raw.id}`;
    expect(Number(await a.redis.zscore(a.keys.calls.leases, lease))).toBeGreaterThan(1);
    await a.redis.zadd(a.keys.calls.leases, '1', lease);
    // Unless its own node is quicker, the other one takes it for gone now.
    await a.calls.lookAfter();
    await until(async () => Number(await a.redis.zscore(a.keys.calls.leases, lease)) > 1);
    await until(async () => (await list(holder))[0]?.present.viewer === true);
    expect(await health(callId)).toMatchObject({ subscribers: 2 });
  });

  test('is forgotten after a while, and leaves nothing behind', async () => {
    const nodes = await hurriedNodes({ settleMs: 100, rememberMs: 200 });
    const [holder, caller] = [connect(nodes[0], recruiter), connect(nodes[1], applicant)];
    const call = await start(holder);
    await end(holder, call.id);
    await until(async () => (await a.redis.hget(a.keys.calls.calls, call.id)) === null);
    await expect(join(caller, call.id)).rejects.toMatchObject(refused('NOT_FOUND'));
    expect(await a.redis.hget(a.keys.calls.people, recruiter.accountId)).toBeNull();
    expect(await a.redis.zscore(a.keys.calls.due, call.id)).toBeNull();
  });
});

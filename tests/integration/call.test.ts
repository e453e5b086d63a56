import { v7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RoomSocket } from '../../src/client/socket.ts';
import type { Call, Session } from '../../src/contract/index.ts';
import type { Actor } from '../../src/domain/actor.ts';
import type { CallTimes } from '../../src/domain/call/record.ts';
import { type MediaNode, startMediaNode } from '../support/media-node.ts';
import { type Capabilities, produce, sendFrom } from '../support/room-media.ts';
import { createWorld, type RoomNode, type RoomWorld, startRoomNode } from '../support/room-node.ts';
import { admit, aSession, guest, staff, viewer } from '../support/room-people.ts';
import { openTestRedis, type TestRedis } from '../support/services.ts';
import { until } from '../support/until.ts';

/** One-to-one rooms over two nodes, each with media workers of its own. */
let redis: TestRedis;
let world: RoomWorld;
let media: [MediaNode, MediaNode];
let a: RoomNode;
let b: RoomNode;
let session: Session;
let consultationId: string;
let applicant: Actor & { accountId: string };
let recruiter: Actor & { accountId: string };
let colleague: Actor & { accountId: string };
const sockets: RoomSocket[] = [];
const extra: { stop(): Promise<void> }[] = [];

const withAccount = (actor: Actor): Actor & { accountId: string } => ({ ...actor, accountId: actor.accountId ?? '' });
const startNode = (plane: MediaNode['plane'], times: Partial<CallTimes> = {}) =>
  startRoomNode({ redisUrl: redis.url, world, plane, times });
/** Nodes on which calls take less time; the first pair would not end them so soon, and leaves them alone. */
async function hurriedNodes(times: Partial<CallTimes>): Promise<[RoomNode, RoomNode]> {
  const nodes: [RoomNode, RoomNode] = await Promise.all([startNode(media[0].plane, times), startNode(media[1].plane, times)]);
  extra.push(...nodes);
  return nodes;
}

beforeAll(async () => {
  redis = await openTestRedis();
  world = createWorld();
  media = await Promise.all([startMediaNode({ redisUrl: redis.url }), startMediaNode({ redisUrl: redis.url })]);
  [a, b] = await Promise.all([startNode(media[0].plane), startNode(media[1].plane)]);
});
afterAll(async () => {
  await Promise.all([a.stop(), b.stop()]);
  await Promise.all(media.map((node) => node.close()));
  await redis.close();
});
beforeEach(() => {
  session = aSession();
  world.sessions.set(session.id, session);
  applicant = withAccount(viewer());
  recruiter = withAccount(staff('recruiter', session));
  colleague = { ...withAccount(staff('recruiter', session)), name: '李经理' };
  consultationId = consult(applicant);
  world.recruiters = [recruiter, colleague];
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close();
  for (const node of extra.splice(0)) await node.stop();
});

function consult(who: Actor & { accountId: string }, of: Session = session): string {
  const id = v7();
  const [company] = of.companies;
  world.consultations.set(id, {
    id,
    sessionId: of.id,
    fairId: of.fairId,
    companyId: company?.id ?? '',
    companyName: company?.name ?? '',
    accountId: who.accountId,
    status: 'active',
  });
  return id;
}

interface Person {
  socket: RoomSocket;
  token: string;
  ringing: Call[];
  updated: Call[];
}

function connect(node: RoomNode, actor: Actor | string): Person {
  const token = typeof actor === 'string' ? actor : admit(world, actor);
  const socket = node.connect(token);
  sockets.push(socket);
  const person: Person = { socket, token, ringing: [], updated: [] };
  socket.raw.on('call.ringing', ({ call }) => void person.ringing.push(call));
  socket.raw.on('call.updated', ({ call }) => void person.updated.push(call));
  return person;
}

const start = async (person: Person, of = consultationId) => (await person.socket.request('call.start', { consultationId: of })).call;
const join = (person: Person, callId: string) =>
  person.socket.request('call.join', { callId, rtpCapabilities: media[0].plane.routerRtpCapabilities as Capabilities });
const end = async (person: Person, callId: string) => (await person.socket.request('call.end', { callId })).call;
const list = async (person: Person) => (await person.socket.request('call.list', {})).calls;
const refused = (code: string) => ({ code });
const health = (stageId: string) => media[0].plane.stageHealth(stageId);
const latest = (person: Person) => person.updated.at(-1);

/** Both sides in the room, the recruiter on one node and the viewer on the other. */
async function talking(nodes: [RoomNode, RoomNode] = [a, b]) {
  const [holder, caller] = [connect(nodes[0], recruiter), connect(nodes[1], applicant)];
  const call = await start(holder);
  await join(holder, call.id);
  await join(caller, call.id);
  return { holder, caller, callId: call.id };
}

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

import * as fc from 'fast-check';
import { io } from 'socket.io-client';
import { v7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RoomSocket } from '../../src/client/socket.ts';
import {
  type ApplicationListItem,
  type ClientEventName,
  clientEvents,
  type Frame,
  failureSchema,
  type Session,
} from '../../src/contract/index.ts';
import { createWorld, type RoomNode, type RoomWorld, startRoomNode } from '../support/room-node.ts';
import { admit, aSession, guest, staff, viewer } from '../support/room-people.ts';
import { openTestRedis, type TestRedis } from '../support/services.ts';
import { until } from '../support/until.ts';

let redis: TestRedis;
let world: RoomWorld;
let session: Session;
let node: RoomNode;
const sockets: RoomSocket[] = [];

beforeAll(async () => {
  redis = await openTestRedis();
  world = createWorld();
  node = await startRoomNode({ redisUrl: redis.url, world });
});
afterAll(async () => {
  await node.stop();
  await redis.close();
});
beforeEach(() => {
  session = aSession();
  world.sessions.set(session.id, session);
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

function connect(token: string, on: RoomNode = node): RoomSocket {
  const socket = on.connect(token);
  sockets.push(socket);
  return socket;
}
const connected = (socket: RoomSocket) => until(() => socket.raw.connected);

/** Sends whatever is given, as a client that keeps to nothing would. */
function sendRaw(socket: RoomSocket, event: string, ...payload: unknown[]): Promise<unknown> {
  const emit = socket.raw.timeout(5_000).emitWithAck as (event: string, ...payload: unknown[]) => Promise<unknown>;
  return emit.call(socket.raw.timeout(5_000), event, ...payload);
}

describe('bad input', () => {
  const events = Object.keys(clientEvents) as ClientEventName[];

  test.each(events)('%s: arbitrary payloads get a coded refusal, and nothing changes', async (event) => {
    const socket = connect(admit(world, viewer()));
    const recruiter = connect(admit(world, staff('recruiter', session)));
    await Promise.all([socket, recruiter].map((one) => one.request('room.join', { sessionId: session.id })));
    const before = [await node.facts.counters(session.id), await node.feed.state(session.id)];
    const payload = fc.oneof(
      fc.anything({ withNullPrototype: false, withBigInt: false, withMap: false, withSet: false, withDate: false }),
      fc.record({
        sessionId: fc.oneof(fc.constant(session.id), fc.uuid(), fc.string()),
        text: fc.anything(),
        id: fc.anything(),
        positionId: fc.uuid(),
      }),
      fc.uint8Array(),
    );
    await fc.assert(
      fc.asyncProperty(payload, fc.boolean(), async (body, asRecruiter) => {
        // Chance may also make words that are worth saying.
        fc.pre(!(event === 'notice.post' || event === 'chat.send') || !clientEvents[event].payload.safeParse(body).success);
        const reply = await sendRaw(asRecruiter ? recruiter : socket, event, body);
        if (typeof reply === 'object' && reply !== null && 'ok' in reply && reply.ok === true) return;
        expect(failureSchema.parse(reply).error.code).not.toBe('INTERNAL');
      }),
      { numRuns: 25 },
    );
    expect(node.server.connections.size).toBeGreaterThan(0);
    // Leaving is all that a payload without sense can bring about, and only by naming the session.
    if (event !== 'room.leave') expect([await node.facts.counters(session.id), await node.feed.state(session.id)]).toEqual(before);
  });

  test('unknown events, extra arguments and missing acknowledgements neither crash nor pass', async () => {
    const socket = connect(admit(world, guest()));
    await connected(socket);
    for (const name of ['nonsense', '__proto__', 'constructor', 'error', 'room.frame']) {
      await expect(sendRaw(socket, name, {})).resolves.toMatchObject({ ok: false, error: { code: 'BAD_INPUT' } });
    }
    await expect(sendRaw(socket, 'room.join', { sessionId: session.id }, { more: true })).resolves.toMatchObject({
      ok: false,
      error: { code: 'BAD_INPUT' },
    });
    socket.raw.emit('room.join', { sessionId: session.id }, undefined as never);
    (socket.raw.emit as (event: string) => unknown).call(socket.raw, 'room.join');
    await socket.request('room.join', { sessionId: session.id });
    expect(await node.feed.counts(session.id)).toEqual({ viewers: 1, visits: 1 });
  });

  test('an oversize packet closes the connection, and the client comes back', async () => {
    const socket = connect(admit(world, guest()));
    await connected(socket);
    const id = socket.raw.id;
    socket.raw.emit('chat.send', { sessionId: session.id, id: 'oversize-1', text: 'x'.repeat(100_000) }, () => undefined);
    await until(() => socket.raw.connected && socket.raw.id !== id);
    await expect(socket.request('chat.send', { sessionId: session.id, id: 'oversize-2', text: 'x'.repeat(201) })).rejects.toMatchObject({
      code: 'BAD_INPUT',
      failure: { issues: [{ path: 'text' }] },
    });
  });

  test('too many events are RATE_LIMITED and say when to try again', async () => {
    const slow = await startRoomNode({ redisUrl: redis.url, world, eventsPerSecond: 5 });
    const socket = connect(admit(world, guest()), slow);
    await socket.request('room.join', { sessionId: session.id });
    const replies = await Promise.allSettled(
      Array.from({ length: 30 }, (_, i) => socket.request('chat.send', { sessionId: session.id, id: `burst-${i}-xx`, text: 'x' })),
    );
    const refused = replies.flatMap((reply) => (reply.status === 'rejected' ? [reply.reason] : []));
    expect(refused.length).toBeGreaterThan(15);
    for (const error of refused) expect(error).toMatchObject({ code: 'RATE_LIMITED', failure: { retryAfterMs: expect.any(Number) } });
    await slow.stop();
  });
});

describe('tokens', () => {
  test('V2: a guest who signs in goes on with the same visit on the same connection', async () => {
    const device = v7();
    const socket = connect(admit(world, guest(device)));
    await socket.request('room.join', { sessionId: session.id });
    await socket.request('auth.renew', { token: admit(world, viewer(device)) });
    const { seq } = await socket.request('chat.send', { sessionId: session.id, id: 'signed-in-1', text: '你好' });
    const { entries } = await node.feed.after(session.id, seq - 1);
    expect(entries).toMatchObject([{ type: 'chat', from: { name: '王同学', role: 'viewer' } }]);
    expect((await node.facts.counters(session.id)).funnel).toMatchObject({ visits: 1, uniqueViewers: 1, concurrentViewers: 1 });
  });

  test('another site’s page gets in neither by cookies, headers nor an address: the handshake’s token alone counts', async () => {
    const token = admit(world, viewer());
    const foreign = io(`${node.origin}?token=${token}`, {
      path: '/socket',
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      query: { token },
      extraHeaders: {
        origin: 'https://elsewhere.example',
        cookie: `gangbo_viewer=${token}; token=${token}`,
        authorization: `Bearer ${token}`,
      },
    });
    try {
      const refusal = await new Promise<Error & { data?: { code: string } }>((resolve) => foreign.once('connect_error', resolve));
      expect(refusal.data?.code).toBe('UNAUTHENTICATED');
      await until(() => node.server.connections.size === 0);
    } finally {
      foreign.disconnect();
    }
  });

  test('a connection cannot become somebody else, nor staff', async () => {
    const socket = connect(admit(world, viewer()));
    await connected(socket);
    for (const other of [viewer(), guest(), staff('organizer', session)]) {
      await expect(socket.request('auth.renew', { token: admit(world, other) })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    }
    await expect(socket.request('auth.renew', { token: 'not-a-token-of-anybody' })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('the connections of an ended sign-in are closed within two seconds and refused after', async () => {
    const actor = viewer();
    const socket = connect(admit(world, actor));
    await connected(socket);
    const refused = new Promise<Error & { data?: { code: string } }>((resolve) => socket.raw.once('connect_error', resolve));
    const endedAt = Date.now();
    world.endedSignIns.add(actor.signInId ?? '');
    await until(() => !socket.raw.connected);
    expect(Date.now() - endedAt).toBeLessThan(2_000);
    expect((await refused).data?.code).toBe('UNAUTHENTICATED');
  });

  test('a client is told before its token expires, and closed after', async () => {
    const brief = await startRoomNode({ redisUrl: redis.url, world, tokenLifeMs: 2_500 });
    const socket = connect(admit(world, guest()), brief);
    const told = new Promise((resolve) => socket.raw.once('auth.expiring', resolve));
    const closed = new Promise((resolve) => socket.raw.once('disconnect', resolve));
    await expect(told).resolves.toMatchObject({ expiresAt: expect.any(Number) });
    await expect(closed).resolves.toBe('transport close');
    await brief.stop();
  });
});

describe('personal messages', () => {
  const application = (companyId: string, sessionId: string | null): { application: ApplicationListItem } => ({
    application: {
      id: v7(),
      positionId: v7(),
      positionTitle: '焊接技术员',
      companyId,
      sessionId,
      applicantName: '王**',
      group: 'graduate',
      status: 'submitted',
      submittedAt: Date.now(),
      hasFile: false,
      latestOutcome: null,
    },
  });

  test('reach the company’s recruiters on another node, and nobody else', async () => {
    const other = await startRoomNode({ redisUrl: redis.url, world });
    const companyId = session.companies[0]?.id ?? '';
    const recruiter = connect(admit(world, staff('recruiter', session)), other);
    const stranger = connect(admit(world, staff('recruiter', aSession())), other);
    const organizer = connect(admit(world, staff('organizer', session)), other);
    const someone = connect(admit(world, viewer()), other);
    const heard: string[] = [];
    for (const [name, socket] of Object.entries({ recruiter, stranger, organizer, someone })) {
      socket.raw.on('application.arrived', () => heard.push(name));
      await connected(socket);
    }
    await Promise.all([organizer, someone].map((socket) => socket.request('room.join', { sessionId: session.id })));
    await until(async () => {
      node.server.notify.company(companyId, 'application.arrived', application(companyId, session.id));
      return heard.length > 0;
    });
    expect(new Set(heard)).toEqual(new Set(['recruiter']));
    await other.stop();
  });

  test('a recruiter for one session alone hears of the company in that session only', async () => {
    const companyId = session.companies[0]?.id ?? '';
    const actor = staff('recruiter', session);
    const narrow = { ...actor, grants: actor.grants.map((grant) => ({ ...grant, sessionId: session.id })) };
    const socket = connect(admit(world, narrow));
    const heard: (string | null)[] = [];
    socket.raw.on('application.arrived', ({ application: arrived }) => heard.push(arrived.sessionId));
    await socket.request('room.join', { sessionId: session.id });
    node.server.notify.company(companyId, 'application.arrived', application(companyId, null));
    node.server.notify.company(companyId, 'application.arrived', application(companyId, v7()));
    node.server.notify.company(companyId, 'application.arrived', application(companyId, session.id));
    await until(() => heard.length > 0);
    expect(heard).toEqual([session.id]);
  });
});

describe('when things break', () => {
  test('after a Redis connection was cut, the feed goes on without a gap', async () => {
    const socket = connect(admit(world, guest()));
    const frames: Frame[] = [];
    socket.raw.on('room.frame', (frame) => frames.push(frame));
    await socket.request('room.join', { sessionId: session.id });
    const say = (i: number) => socket.request('chat.send', { sessionId: session.id, id: `message-${i}`, text: `${i}` });
    for (let i = 0; i < 10; i += 1) {
      await say(i);
      if (i % 3 === 1) await node.redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    }
    await until(() => frames.flatMap((frame) => frame.entries).length === 10);
    expect(frames.flatMap((frame) => frame.entries.map((entry) => entry.seq))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for (const [i, frame] of frames.entries()) if (i > 0) expect(frame.from).toBe(frames[i - 1]?.to);
  });

  test('V1: a node that stops hands its viewers over within the same visit', async () => {
    const leaving = await startRoomNode({ redisUrl: redis.url, world });
    const token = admit(world, guest());
    const socket = connect(token, leaving);
    const draining = new Promise((resolve) => socket.raw.once('server.draining', resolve));
    await socket.request('room.join', { sessionId: session.id });
    const stopped = leaving.stop();
    await expect(draining).resolves.toMatchObject({ reconnectAfterMs: expect.any(Number) });
    await stopped;
    expect(await node.redis.zcard(node.keys.gone(session.id))).toBe(1);
    await connect(token).request('room.join', { sessionId: session.id });
    expect(await node.feed.counts(session.id)).toEqual({ viewers: 1, visits: 1 });
  });

  test('V3: counts alone reach the room too, and a feed nobody follows here is let go', async () => {
    const socket = connect(admit(world, guest()));
    const frames: Frame[] = [];
    socket.raw.on('room.frame', (frame) => frames.push(frame));
    await socket.request('room.join', { sessionId: session.id });
    await connect(admit(world, guest())).request('room.join', { sessionId: session.id });
    await until(() => frames.some((frame) => frame.counts.viewers === 2 && frame.entries.length === 0));
    for (const one of sockets.splice(0)) one.close();
    await until(() => node.tails.size === 0);
  });

  test('media that cannot be had does not keep anybody out', async () => {
    const socket = connect(admit(world, guest()));
    const snapshot = await socket.request('room.join', { sessionId: session.id, rtpCapabilities: { codecs: [], headerExtensions: [] } });
    expect(snapshot.media).toBeNull();
    await expect(socket.request('media.subscribe', { stageId: session.id, rtpCapabilities: {} })).rejects.toMatchObject({
      code: 'MEDIA_UNAVAILABLE',
    });
    await expect(socket.request('stage.publish', { stageId: session.id })).rejects.toMatchObject({ code: 'NOT_INVITED' });
  });
});

import { v7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RoomSocket } from '../../src/client/socket.ts';
import type { FeedEntry, Frame, Session } from '../../src/contract/index.ts';
import { createWorld, type RoomNode, type RoomWorld, startRoomNode } from '../support/room-node.ts';
import { admit, aPosition, aSession, guest, staff, viewer } from '../support/room-people.ts';
import { openTestRedis, type TestRedis } from '../support/services.ts';
import { until } from '../support/until.ts';

let redis: TestRedis;
let world: RoomWorld;
let session: Session;
let a: RoomNode;
let b: RoomNode;
const sockets: RoomSocket[] = [];

beforeAll(async () => {
  redis = await openTestRedis();
  world = createWorld();
  [a, b] = await Promise.all([startRoomNode({ redisUrl: redis.url, world }), startRoomNode({ redisUrl: redis.url, world })]);
});
afterAll(async () => {
  await Promise.all([a.stop(), b.stop()]);
  await redis.close();
});
beforeEach(() => {
  session = aSession();
  world.sessions.set(session.id, session);
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

function connect(node: RoomNode, token: string): RoomSocket {
  const socket = node.connect(token);
  sockets.push(socket);
  return socket;
}

/** Everything the room told a client, in order. */
function listen(socket: RoomSocket): { entries: FeedEntry[]; frames: Frame[] } {
  const heard: { entries: FeedEntry[]; frames: Frame[] } = { entries: [], frames: [] };
  socket.raw.on('room.frame', (frame) => {
    heard.frames.push(frame);
    heard.entries.push(...frame.entries);
  });
  return heard;
}

describe('entering', () => {
  test('a guest gets everything needed to draw the room', async () => {
    const socket = connect(a, admit(world, guest()));
    const snapshot = await socket.request('room.join', { sessionId: session.id });
    expect(snapshot).toMatchObject({
      session: { id: session.id },
      pinned: null,
      publishing: false,
      counts: { viewers: 1, visits: 1 },
      feed: { entries: [], lastSeq: 0, complete: true },
      media: null,
    });
    expect(snapshot.self.name).toMatch(/^游客\d{4}$/);
  });

  test('an unknown session is NOT_FOUND, staff without a grant there are FORBIDDEN, a wrong token is refused at the handshake', async () => {
    const socket = connect(a, admit(world, guest()));
    await expect(socket.request('room.join', { sessionId: v7() })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const stranger = connect(a, admit(world, staff('recruiter', aSession())));
    await expect(stranger.request('room.join', { sessionId: session.id })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const refused = connect(a, 'not-a-token-of-anybody');
    const error = await new Promise<Error & { data?: { code: string } }>((resolve) => refused.raw.once('connect_error', resolve));
    expect(error.data?.code).toBe('UNAUTHENTICATED');
  });

  test('an ended session gives the snapshot without a visit', async () => {
    const over = aSession('ended');
    world.sessions.set(over.id, over);
    const snapshot = await connect(a, admit(world, guest())).request('room.join', { sessionId: over.id });
    expect(snapshot.counts).toEqual({ viewers: 0, visits: 0 });
  });

  test('staff presence is not a visit', async () => {
    const snapshot = await connect(a, admit(world, staff('recruiter', session))).request('room.join', { sessionId: session.id });
    expect(snapshot.counts).toEqual({ viewers: 0, visits: 0 });
    expect(snapshot.self).toMatchObject({ name: '陈招聘', role: 'recruiter' });
  });

  test('a viewer is called by the family name alone', async () => {
    const snapshot = await connect(a, admit(world, viewer())).request('room.join', { sessionId: session.id });
    expect(snapshot.self.name).toBe('王同学');
  });
});

describe('talking', () => {
  test('what is said on one node is heard on both, once and in the same order', async () => {
    const one = connect(a, admit(world, guest()));
    const two = connect(b, admit(world, guest()));
    const heardByOne = listen(one);
    const heardByTwo = listen(two);
    await Promise.all([one.request('room.join', { sessionId: session.id }), two.request('room.join', { sessionId: session.id })]);
    const said = Array.from({ length: 30 }, (_, i) =>
      (i % 2 ? one : two).request('chat.send', { sessionId: session.id, id: `message-${i}`, text: `${i}` }),
    );
    const seqs = (await Promise.all(said)).map(({ seq }) => seq);
    expect([...seqs].sort((x, y) => x - y)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    await until(() => heardByOne.entries.length >= 30 && heardByTwo.entries.length >= 30);
    expect(heardByOne.entries.map((entry) => entry.seq)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    expect(heardByTwo.entries).toEqual(heardByOne.entries);
    expect(heardByOne.frames.length).toBeLessThan(30);
  });

  test('a resent message keeps its sequence', async () => {
    const socket = connect(a, admit(world, guest()));
    await socket.request('room.join', { sessionId: session.id });
    const message = { sessionId: session.id, id: 'once-only-1', text: '你好' };
    const first = await socket.request('chat.send', message);
    expect(await socket.request('chat.send', message)).toEqual(first);
  });

  test('chat before joining is NOT_JOINED, after the end SESSION_ENDED on every node', async () => {
    const socket = connect(b, admit(world, guest()));
    await expect(socket.request('chat.send', { sessionId: session.id, id: 'too-early', text: 'x' })).rejects.toMatchObject({
      code: 'NOT_JOINED',
    });
    await socket.request('room.join', { sessionId: session.id });
    const heard = listen(socket);
    await a.setStatus(session.id, 'ended');
    await until(() => heard.entries.some((entry) => entry.type === 'session' && entry.status === 'ended'));
    await expect(socket.request('chat.send', { sessionId: session.id, id: 'too-late-1', text: 'x' })).rejects.toMatchObject({
      code: 'SESSION_ENDED',
    });
    expect(await b.feed.counts(session.id)).toEqual({ viewers: 0, visits: 1 });
  });

  test('a notice is for staff with a grant there', async () => {
    const one = connect(a, admit(world, guest()));
    await one.request('room.join', { sessionId: session.id });
    await expect(one.request('notice.post', { sessionId: session.id, text: '通知' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const moderator = connect(a, admit(world, staff('moderator', session)));
    await moderator.request('room.join', { sessionId: session.id });
    await expect(moderator.request('notice.post', { sessionId: session.id, text: '通知' })).resolves.toEqual({ seq: 1 });
  });

  test('a reconnecting client gets exactly what it missed', async () => {
    const token = admit(world, guest());
    const talker = connect(a, admit(world, guest()));
    await talker.request('room.join', { sessionId: session.id });
    const say = (from: number, to: number) =>
      Promise.all(
        Array.from({ length: to - from }, (_, i) =>
          talker.request('chat.send', { sessionId: session.id, id: `missed-${from + i}`, text: 'x' }),
        ),
      );
    await say(0, 10);
    const first = connect(b, token);
    const before = await first.request('room.join', { sessionId: session.id });
    first.close();
    await say(10, 60);
    const after = await connect(a, token).request('room.join', { sessionId: session.id, lastSeq: before.feed.lastSeq });
    expect(after.feed.complete).toBe(true);
    expect(after.feed.entries.map((entry) => entry.seq)).toEqual(Array.from({ length: 50 }, (_, i) => 11 + i));
    const caughtUp = await talker.request('room.catchUp', { sessionId: session.id, lastSeq: 58 });
    expect(caughtUp.entries.map((entry) => entry.seq)).toEqual([59, 60]);
  });
});

describe('positions', () => {
  test('a pinned position shows in every room and in later snapshots; pinning it again changes nothing', async () => {
    const position = aPosition(session);
    world.positions.set(position.id, position);
    const recruiter = connect(a, admit(world, staff('recruiter', session)));
    const watcher = connect(b, admit(world, guest()));
    await recruiter.request('room.join', { sessionId: session.id });
    await watcher.request('room.join', { sessionId: session.id });
    const heard = listen(watcher);
    const pinned = await recruiter.request('position.pin', { sessionId: session.id, positionId: position.id });
    expect(await recruiter.request('position.pin', { sessionId: session.id, positionId: position.id })).toEqual(pinned);
    await until(() => heard.entries.length > 0);
    expect(heard.entries).toMatchObject([{ type: 'pin', position: { id: position.id } }]);
    const late = await connect(b, admit(world, guest())).request('room.join', { sessionId: session.id });
    expect(late.pinned?.id).toBe(position.id);
    await recruiter.request('position.pin', { sessionId: session.id, positionId: null });
    expect((await a.feed.state(session.id)).pinned).toBeNull();
    const facts = await a.facts.after(session.id, '0-0', 100);
    expect(facts.filter(({ event }) => event?.fact.type === 'position.pinned')).toHaveLength(2);
  });

  test('another company’s, a closed and an unknown position cannot be pinned; viewers cannot pin', async () => {
    const elsewhere = aPosition(aSession());
    const closed = aPosition(session, 'closed');
    for (const position of [elsewhere, closed]) world.positions.set(position.id, position);
    const recruiter = connect(a, admit(world, staff('recruiter', session)));
    await recruiter.request('room.join', { sessionId: session.id });
    const pin = (positionId: string) => recruiter.request('position.pin', { sessionId: session.id, positionId });
    await expect(pin(elsewhere.id)).rejects.toMatchObject({ code: 'POSITION_ELSEWHERE' });
    await expect(pin(closed.id)).rejects.toMatchObject({ code: 'POSITION_CLOSED' });
    await expect(pin(v7())).rejects.toMatchObject({ code: 'POSITION_ELSEWHERE' });
    const someone = connect(a, admit(world, guest()));
    await someone.request('room.join', { sessionId: session.id });
    await expect(someone.request('position.pin', { sessionId: session.id, positionId: null })).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  test('P1: an opened card counts once per intent, and once per viewer and position', async () => {
    const position = aPosition(session);
    world.positions.set(position.id, position);
    const socket = connect(a, admit(world, guest()));
    const open = (onceId: string) => socket.request('position.open', { sessionId: session.id, positionId: position.id, onceId });
    await expect(open('too-early-1')).rejects.toMatchObject({ code: 'NOT_JOINED' });
    await socket.request('room.join', { sessionId: session.id });
    await Promise.all([open('intent-0001'), open('intent-0001'), open('intent-0002')]);
    expect((await a.facts.counters(session.id)).funnel).toMatchObject({ positionViews: 2, positionViewers: 1 });
  });

  test('a card opened before the start is SESSION_NOT_LIVE', async () => {
    const waiting = aSession('scheduled');
    world.sessions.set(waiting.id, waiting);
    const position = aPosition(waiting);
    world.positions.set(position.id, position);
    const socket = connect(a, admit(world, guest()));
    const snapshot = await socket.request('room.join', { sessionId: waiting.id });
    expect(snapshot.counts.viewers).toBe(1);
    await expect(
      socket.request('position.open', { sessionId: waiting.id, positionId: position.id, onceId: 'intent-0003' }),
    ).rejects.toMatchObject({ code: 'SESSION_NOT_LIVE' });
  });
});

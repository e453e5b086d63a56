import { v7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { MediaPlane } from '../../media/index.ts';
import type { RoomSocket } from '../../src/client/socket.ts';
import type { EventInput, Session } from '../../src/contract/index.ts';
import type { Actor } from '../../src/domain/actor.ts';
import { openTestPlane } from '../support/media-plane.ts';
import { createWorld, type RoomNode, type RoomWorld, startRoomNode } from '../support/room-node.ts';
import { admit, aSession, guest, staff } from '../support/room-people.ts';
import { openTestRedis, type TestRedis } from '../support/services.ts';
import { until } from '../support/until.ts';

/** The room's half of media, on a real worker: who may, who is told, what is left behind. */
let redis: TestRedis;
let plane: MediaPlane;
let world: RoomWorld;
let node: RoomNode;
let session: Session;
const sockets: RoomSocket[] = [];

beforeAll(async () => {
  redis = await openTestRedis();
  ({ plane } = await openTestPlane({ workers: 1 }));
  world = createWorld();
  node = await startRoomNode({ redisUrl: redis.url, world, plane });
});
afterAll(async () => {
  await node.stop();
  await plane.close();
  await redis.close();
});
beforeEach(() => {
  session = aSession();
  world.sessions.set(session.id, session);
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

function connect(actor: Actor): RoomSocket {
  const socket = node.connect(admit(world, actor));
  sockets.push(socket);
  return socket;
}

const capabilities = () => plane.routerRtpCapabilities as NonNullable<EventInput<'room.join'>['rtpCapabilities']>;
const opus: EventInput<'stage.produce'>['rtpParameters'] = {
  mid: '0',
  codecs: [{ mimeType: 'audio/opus', payloadType: 100, clockRate: 48_000, channels: 2, parameters: { useinbandfec: 1 } }],
  encodings: [{ ssrc: 12_345 }],
  rtcp: { cname: 'test' },
};

async function goOnStage(recruiter: RoomSocket): Promise<{ transportId: string; producerId: string }> {
  await recruiter.request('room.join', { sessionId: session.id });
  const { transport } = await recruiter.request('stage.publish', { stageId: session.id });
  const produced = await recruiter.request('stage.produce', {
    stageId: session.id,
    transportId: transport.id,
    kind: 'audio',
    source: 'microphone',
    rtpParameters: opus,
  });
  return { transportId: transport.id, producerId: produced.producerId };
}

test('a join with capabilities is answered with transport and consumers; who is there already is told of new ones', async () => {
  const early = connect(guest());
  const added: string[] = [];
  early.raw.on('media.consumerAdded', ({ consumer }) => added.push(consumer.producerId));
  const empty = await early.request('room.join', { sessionId: session.id, rtpCapabilities: capabilities() });
  expect(empty).toMatchObject({ publishing: false, media: { subscription: { consumers: [] } } });
  const { producerId } = await goOnStage(connect(staff('recruiter', session)));
  await until(() => added.length === 1);
  expect(added).toEqual([producerId]);
  const late = await connect(guest()).request('room.join', { sessionId: session.id, rtpCapabilities: capabilities() });
  expect(late.media?.subscription.consumers.map((consumer) => consumer.producerId)).toEqual([producerId]);
  expect(late.publishing).toBe(true);
});

test('the room is told once when somebody goes on stage, and once when nobody is left', async () => {
  const watcher = connect(guest());
  const told: boolean[] = [];
  watcher.raw.on('room.frame', ({ entries }) =>
    told.push(...entries.flatMap((entry) => (entry.type === 'stage' ? [entry.publishing] : []))),
  );
  await watcher.request('room.join', { sessionId: session.id });
  const recruiter = connect(staff('recruiter', session));
  await goOnStage(recruiter);
  await until(() => told.length === 1);
  recruiter.close();
  await until(() => told.length === 2);
  expect(told).toEqual([true, false]);
});

test('another recruiter is ALREADY_PUBLISHING; a new connection of the same one takes over', async () => {
  const actor = staff('recruiter', session);
  const first = connect(actor);
  const lost: string[] = [];
  first.raw.on('stage.lost', () => lost.push('first'));
  await goOnStage(first);
  const rival = connect(staff('recruiter', session));
  await rival.request('room.join', { sessionId: session.id });
  await expect(rival.request('stage.publish', { stageId: session.id })).rejects.toMatchObject({ code: 'ALREADY_PUBLISHING' });
  const second = connect(actor);
  const { producerId } = await goOnStage(second);
  first.close();
  await until(() => node.server.connections.size === 2);
  expect((await plane.stageHealth(session.id)).producers.map((producer) => producer.id)).toEqual([producerId]);
  // Told to publish again, the old tab would take the stage back.
  expect(lost).toEqual([]);
});

test('nobody touches what is not theirs; viewers never send', async () => {
  const recruiter = connect(staff('recruiter', session));
  const { transportId, producerId } = await goOnStage(recruiter);
  const someone = connect(guest());
  const joined = await someone.request('room.join', { sessionId: session.id, rtpCapabilities: capabilities() });
  const consumerIds = joined.media?.subscription.consumers.map((consumer) => consumer.id) ?? [];
  const other = connect(guest());
  await other.request('room.join', { sessionId: session.id, rtpCapabilities: capabilities() });
  await expect(other.request('media.resume', { stageId: session.id, consumerIds })).rejects.toMatchObject({ code: 'MEDIA_NOT_FOUND' });
  await expect(other.request('media.restartIce', { stageId: session.id, transportId })).rejects.toMatchObject({
    code: 'MEDIA_NOT_FOUND',
  });
  await expect(other.request('stage.publish', { stageId: session.id })).rejects.toMatchObject({ code: 'NOT_INVITED' });
  await expect(other.request('stage.closeProducer', { stageId: session.id, producerId })).rejects.toMatchObject({
    code: 'MEDIA_NOT_FOUND',
  });
  await expect(someone.request('media.resume', { stageId: session.id, consumerIds })).resolves.toEqual({});
});

test('leaving, in whatever way, leaves no transport behind', async () => {
  const transports = () => (plane.hosts()[0]?.workers ?? []).reduce((sum, worker) => sum + worker.transports, 0);
  await until(() => transports() === 0);
  const people = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const socket = connect(guest());
      await socket.request('room.join', { sessionId: session.id, rtpCapabilities: capabilities() });
      return socket;
    }),
  );
  expect(transports()).toBe(8);
  for (const [i, socket] of people.entries()) {
    if (i % 2) socket.close();
    else await socket.request('room.leave', { sessionId: session.id });
  }
  // One who closes while the answer is still on its way.
  const hasty = connect(guest());
  await until(() => hasty.raw.connected);
  hasty.raw.emit('room.join', { sessionId: session.id, rtpCapabilities: capabilities() }, () => undefined);
  setTimeout(() => hasty.close(), 1);
  await until(() => transports() === 0);
});

test('after the end nobody goes on stage, and the stage is closed', async () => {
  const recruiter = connect(staff('recruiter', session));
  await goOnStage(recruiter);
  await node.setStatus(session.id, 'ended');
  await expect(recruiter.request('stage.publish', { stageId: session.id })).rejects.toMatchObject({ code: 'SESSION_ENDED' });
  expect((await plane.stageHealth(session.id).catch(() => ({ producers: [] }))).producers).toEqual([]);
  await expect(
    recruiter.request('stage.connect', {
      stageId: session.id,
      transportId: v7(),
      dtlsParameters: { fingerprints: [{ algorithm: 'sha-256', value: 'AA' }] },
    }),
  ).rejects.toMatchObject({ code: 'SESSION_ENDED' });
});

test('staff, and nobody else, are told when a stage is received badly', async () => {
  const [recruiter, moderator, watcher] = [connect(staff('recruiter', session)), connect(staff('moderator', session)), connect(guest())];
  const told: unknown[] = [];
  for (const socket of [recruiter, moderator]) socket.raw.on('stage.condition', (condition) => told.push(condition));
  watcher.raw.on('stage.condition', () => told.push('a viewer was told'));
  await Promise.all([moderator, watcher].map((socket) => socket.request('room.join', { sessionId: session.id })));
  // A microphone from which no packet ever comes.
  await goOnStage(recruiter);
  await until(() => told.length >= 2, 30_000);
  expect(told).toEqual(Array(2).fill({ sessionId: session.id, condition: 'poor', reasons: ['publisher-stalled'] }));
  await expect(watcher.request('stage.health', { sessionId: session.id })).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(moderator.request('stage.health', { sessionId: session.id })).resolves.toMatchObject({ condition: 'poor', publishers: 1 });
}, 40_000);

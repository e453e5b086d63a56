import { v7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RoomSocket } from '../../src/client/socket.ts';
import type { FeedEntry, ServerEventName, Session, Snapshot } from '../../src/contract/index.ts';
import type { Actor } from '../../src/domain/actor.ts';
import { type MediaNode, startMediaNode } from '../support/media-node.ts';
import { type Capabilities, produce, sendFrom } from '../support/room-media.ts';
import { createWorld, type RoomNode, type RoomWorld, startRoomNode } from '../support/room-node.ts';
import { admit, aSession, guest, staff, viewer } from '../support/room-people.ts';
import { openTestRedis, type TestRedis } from '../support/services.ts';
import { until } from '../support/until.ts';

/** Viewers on stage (連麥), over two nodes, each with media workers of its own. */
let redis: TestRedis;
let world: RoomWorld;
let session: Session;
let media: [MediaNode, MediaNode];
let a: RoomNode;
let b: RoomNode;
const sockets: RoomSocket[] = [];
const extra: { stop(): Promise<void> }[] = [];

const GRACE = 1_500;
const startNode = (plane: MediaNode['plane'], more: { invitationMs?: number } = {}) =>
  startRoomNode({ redisUrl: redis.url, world, plane, graceMs: GRACE, guestLimit: 2, ...more });

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
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close();
  for (const node of extra.splice(0)) await node.stop();
});

interface Person {
  socket: RoomSocket;
  token: string;
  snapshot: Snapshot;
  key: string;
  /** What the room told of guests, in order. */
  entries: (FeedEntry & { type: 'guest' })[];
  /** Personal messages, in order. */
  told: { event: ServerEventName; payload: unknown }[];
}

const personal = ['stage.invited', 'stage.uninvited', 'stage.answered', 'stage.muted', 'stage.lost', 'stage.replaced'] as const;

async function enter(node: RoomNode, actor: Actor | string): Promise<Person> {
  const token = typeof actor === 'string' ? actor : admit(world, actor);
  const socket = node.connect(token);
  sockets.push(socket);
  const entries: Person['entries'] = [];
  const told: Person['told'] = [];
  socket.raw.on('room.frame', (frame) => void entries.push(...frame.entries.flatMap((entry) => (entry.type === 'guest' ? [entry] : []))));
  for (const event of personal) socket.raw.on(event, (payload: unknown) => void told.push({ event, payload }));
  const snapshot = await socket.request('room.join', {
    sessionId: session.id,
    rtpCapabilities: media[0].plane.routerRtpCapabilities as Capabilities,
  });
  return { socket, token, snapshot, key: snapshot.self.key, entries, told };
}

const invite = async (recruiter: Person, key: string) =>
  (await recruiter.socket.request('stage.invite', { sessionId: session.id, key })).invitation;
const answer = (person: Person, invitationId: string, accept = true) =>
  person.socket.request('stage.answer', { sessionId: session.id, invitationId, accept });
const bring = async (recruiter: Person, person: Person) => answer(person, (await invite(recruiter, person.key)).id);
const toldOf = (person: Person, event: ServerEventName) => person.told.filter((each) => each.event === event).map(({ payload }) => payload);
/** Whom everybody who came now would see on stage. */
const onStage = async (node: RoomNode) => (await node.guests.look(session.id, '')).guests;
const refused = (code: string) => ({ code });

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
    world.sessions.set(waiting.id, waiting);
    session = waiting;
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

describe('a guest on stage', () => {
  test('sends camera and microphone beside the recruiter, on the other node, and everybody is told', async () => {
    const [recruiter, watcher] = await Promise.all([enter(a, staff('recruiter', session)), enter(a, guest())]);
    const someone = await enter(b, viewer());
    const added: { producerId: string; seat: string; publisherId: string }[] = [];
    watcher.socket.raw.on('media.consumerAdded', ({ consumer }) => void added.push(consumer));
    await sendFrom(recruiter.socket, session.id);
    await bring(recruiter, someone);
    const sent = await sendFrom(someone.socket, session.id);
    expect(sent.seat).toBe('guest');
    await produce(someone.socket, session.id, sent.transportId, 'camera');
    await until(() => added.length === 3);
    expect(added.map(({ seat }) => seat)).toEqual(['lead', 'guest', 'guest']);
    expect(added[1]).toMatchObject({ producerId: sent.producerId, publisherId: someone.socket.raw.id });
    await until(() => watcher.entries.length === 2);
    expect(watcher.entries[1]).toMatchObject({ on: true, guest: { key: someone.key, publisherId: someone.socket.raw.id, muted: false } });
    // The stage is led by the recruiter alone.
    expect((await enter(b, guest())).snapshot).toMatchObject({ publishing: true, guests: [{ key: someone.key }] });
  });

  test('sends nothing but camera and microphone, and only with a seat', async () => {
    const recruiter = await enter(a, staff('recruiter', session));
    const someone = await enter(b, guest());
    const publish = () => someone.socket.request('stage.publish', { stageId: session.id });
    await expect(publish()).rejects.toMatchObject(refused('NOT_INVITED'));
    const { id } = await invite(recruiter, someone.key);
    await expect(publish()).rejects.toMatchObject(refused('NOT_INVITED'));
    await answer(someone, id);
    const { transport } = await publish();
    for (const source of ['screen', 'screen-audio', 'second-camera'] as const) {
      await expect(produce(someone.socket, session.id, transport.id, source)).rejects.toMatchObject(refused('BAD_INPUT'));
    }
    await recruiter.socket.request('stage.remove', { sessionId: session.id, key: someone.key });
    await expect(produce(someone.socket, session.id, transport.id, 'camera')).rejects.toMatchObject(refused('NOT_INVITED'));
    await expect(someone.socket.request('stage.pause', { stageId: session.id, producerId: v7(), paused: true })).rejects.toMatchObject(
      refused('NOT_INVITED'),
    );
  });

  test('cannot touch what the recruiter or another guest sends', async () => {
    const recruiter = await enter(a, staff('recruiter', session));
    const [one, two] = await Promise.all([enter(b, guest()), enter(b, guest())]);
    const led = await sendFrom(recruiter.socket, session.id);
    await Promise.all([bring(recruiter, one), bring(recruiter, two)]);
    const [mine, theirs] = await Promise.all([sendFrom(one.socket, session.id), sendFrom(two.socket, session.id)]);
    for (const { producerId, transportId } of [led, theirs]) {
      const stageId = session.id;
      await expect(one.socket.request('stage.pause', { stageId, producerId, paused: true })).rejects.toMatchObject(
        refused('MEDIA_NOT_FOUND'),
      );
      await expect(produce(one.socket, stageId, transportId, 'camera')).rejects.toMatchObject(refused('MEDIA_NOT_FOUND'));
      await expect(one.socket.request('stage.closeProducer', { stageId, producerId })).rejects.toMatchObject(refused('MEDIA_NOT_FOUND'));
    }
    const health = await media[0].plane.stageHealth(session.id);
    expect(health.producers.map(({ id, paused }) => `${id} ${paused}`).sort()).toEqual(
      [led, mine, theirs].map(({ producerId }) => `${producerId} false`).sort(),
    );
  });

  test('is muted by staff on the other node, and cannot turn the microphone on until staff allows it', async () => {
    const recruiter = await enter(a, staff('recruiter', session));
    const someone = await enter(b, guest());
    await bring(recruiter, someone);
    const { producerId } = await sendFrom(someone.socket, session.id);
    const stageId = session.id;
    const mute = (muted: boolean) => recruiter.socket.request('stage.mute', { sessionId: session.id, key: someone.key, muted });
    const pause = (paused: boolean) => someone.socket.request('stage.pause', { stageId, producerId, paused });
    const paused = async () => (await media[0].plane.stageHealth(stageId)).producers.map((producer) => producer.paused);
    await pause(true);
    await until(() => recruiter.entries.at(-1)?.guest.muted === true);
    await pause(false);
    await until(() => recruiter.entries.at(-1)?.guest.muted === false);
    expect(await paused()).toEqual([false]);
    await mute(true);
    await until(async () => (await paused())[0] === true);
    await until(() => recruiter.entries.at(-1)?.guest.muted === true);
    await expect(pause(false)).rejects.toMatchObject(refused('FORBIDDEN'));
    // A new microphone does not help.
    const again = await sendFrom(someone.socket, session.id);
    await until(async () => (await paused()).join() === 'true');
    await mute(false);
    await until(() => toldOf(someone, 'stage.muted').length === 2);
    expect(toldOf(someone, 'stage.muted')).toEqual([
      { sessionId: session.id, muted: true },
      { sessionId: session.id, muted: false },
    ]);
    expect(await onStage(a)).toMatchObject([{ muted: true }]);
    await someone.socket.request('stage.pause', { stageId, producerId: again.producerId, paused: false });
    expect(await paused()).toEqual([false]);
    expect(await onStage(b)).toMatchObject([{ muted: false }]);
    await expect(recruiter.socket.request('stage.mute', { sessionId: session.id, key: recruiter.key, muted: true })).rejects.toMatchObject(
      refused('NOT_FOUND'),
    );
  });

  test('taken off by staff on the other node sends no more; leaving by itself frees the seat', async () => {
    const recruiter = await enter(a, staff('recruiter', session));
    const someone = await enter(b, guest());
    const producers = async () => (await media[0].plane.stageHealth(session.id)).producers.length;
    await bring(recruiter, someone);
    await sendFrom(someone.socket, session.id);
    await recruiter.socket.request('stage.remove', { sessionId: session.id, key: someone.key });
    await until(async () => (await producers()) === 0);
    await until(() => toldOf(someone, 'stage.uninvited').length === 1 && recruiter.entries.at(-1)?.on === false);
    expect(toldOf(someone, 'stage.uninvited')).toEqual([{ sessionId: session.id, reason: 'removed' }]);
    await bring(recruiter, someone);
    await sendFrom(someone.socket, session.id);
    await someone.socket.request('stage.leave', { stageId: session.id });
    expect(await onStage(a)).toEqual([]);
    expect(await producers()).toBe(0);
    await expect(someone.socket.request('stage.publish', { stageId: session.id })).rejects.toMatchObject(refused('NOT_INVITED'));
  });

  test('an order lost between nodes is made good within moments', async () => {
    const recruiter = await enter(a, staff('recruiter', session));
    const someone = await enter(b, guest());
    await bring(recruiter, someone);
    await sendFrom(someone.socket, session.id);
    const lost = a.server.orderOthers;
    a.server.orderOthers = () => undefined;
    await recruiter.socket.request('stage.mute', { sessionId: session.id, key: someone.key, muted: true });
    const health = () => media[0].plane.stageHealth(session.id);
    await until(async () => (await health()).producers[0]?.paused === true);
    await recruiter.socket.request('stage.remove', { sessionId: session.id, key: someone.key });
    await until(async () => (await health()).producers.length === 0);
    a.server.orderOthers = lost;
  });
});

describe('what breaks', () => {
  test('V1: a guest who comes back within the grace, on the other node, goes on in the same seat', async () => {
    const recruiter = await enter(a, staff('recruiter', session));
    const someone = await enter(b, guest());
    await bring(recruiter, someone);
    await sendFrom(someone.socket, session.id);
    someone.socket.close();
    await until(() => recruiter.entries.at(-1)?.guest.publisherId === null);
    const back = await enter(a, someone.token);
    expect(back.snapshot.guests).toMatchObject([{ key: someone.key, publisherId: null }]);
    await sendFrom(back.socket, session.id);
    await until(() => recruiter.entries.at(-1)?.guest.publisherId === back.socket.raw.id);
    expect(recruiter.entries.every((entry) => entry.on)).toBe(true);
  });

  test('a second tab takes the seat’s picture over; when the first one closes nothing changes', async () => {
    const recruiter = await enter(a, staff('recruiter', session));
    const someone = await enter(b, guest());
    await bring(recruiter, someone);
    await sendFrom(someone.socket, session.id);
    const otherTab = await enter(a, someone.token);
    const { producerId } = await sendFrom(otherTab.socket, session.id);
    await until(() => toldOf(someone, 'stage.replaced').length === 1);
    const before = b.server.connections.size;
    someone.socket.close();
    await until(() => b.server.connections.size < before);
    await until(() => recruiter.entries.at(-1)?.guest.publisherId === otherTab.socket.raw.id);
    expect((await media[0].plane.stageHealth(session.id)).producers.map(({ id }) => id)).toEqual([producerId]);
    expect(await onStage(a)).toMatchObject([{ publisherId: otherTab.socket.raw.id }]);
  });

  test('V1: a guest who stays away longer loses the seat, and the room is told', async () => {
    const recruiter = await enter(a, staff('recruiter', session));
    const someone = await enter(b, guest());
    await bring(recruiter, someone);
    await sendFrom(someone.socket, session.id);
    someone.socket.close();
    await until(() => recruiter.entries.at(-1)?.on === false);
    const back = await enter(a, someone.token);
    expect(back.snapshot.guests).toEqual([]);
    await expect(back.socket.request('stage.publish', { stageId: session.id })).rejects.toMatchObject(refused('NOT_INVITED'));
  });

  test('V2: a guest who signs in while on stage keeps the seat, here and after a reload', async () => {
    const recruiter = await enter(a, staff('recruiter', session));
    const device = v7();
    const someone = await enter(b, guest(device));
    await bring(recruiter, someone);
    const sent = await sendFrom(someone.socket, session.id);
    const token = admit(world, viewer(device));
    await someone.socket.request('auth.renew', { token });
    await until(async () => (await onStage(a))[0]?.name === '王同学');
    const [seat] = await onStage(a);
    expect(seat).toMatchObject({ publisherId: someone.socket.raw.id });
    expect(seat?.key).not.toBe(someone.key);
    await someone.socket.request('stage.pause', { stageId: session.id, producerId: sent.producerId, paused: true });
    const reloaded = await enter(a, token);
    expect(reloaded.key).toBe(seat?.key);
    await sendFrom(reloaded.socket, session.id);
    expect(await onStage(b)).toHaveLength(1);
  });

  test('V1: a node that dies takes its guest’s seat with it only after the grace; the guest may come back before', async () => {
    const dying = await startMediaNode({ redisUrl: redis.url });
    const node = await startNode(dying.plane);
    const recruiter = await enter(a, staff('recruiter', session));
    const [stays, goes] = await Promise.all([enter(node, guest()), enter(node, guest())]);
    await Promise.all([bring(recruiter, stays), bring(recruiter, goes)]);
    await Promise.all([sendFrom(stays.socket, session.id), sendFrom(goes.socket, session.id)]);
    stays.socket.close();
    goes.socket.close();
    await Promise.all([node.kill(), dying.kill()]);
    const back = await enter(b, stays.token);
    await sendFrom(back.socket, session.id);
    await until(async () => (await onStage(a)).length === 1, 15_000);
    expect(await onStage(a)).toMatchObject([{ key: stays.key, publisherId: back.socket.raw.id }]);
    await until(() => recruiter.entries.some((entry) => entry.guest.key === goes.key && !entry.on));
  }, 30_000);

  test('the session’s end empties the stage for good', async () => {
    const recruiter = await enter(a, staff('recruiter', session));
    const [someone, other] = await Promise.all([enter(b, guest()), enter(b, guest())]);
    await bring(recruiter, someone);
    const { id } = await invite(recruiter, other.key);
    await sendFrom(someone.socket, session.id);
    await a.setStatus(session.id, 'ended');
    expect(await onStage(b)).toEqual([]);
    await until(() => recruiter.entries.at(-1)?.on === false);
    await expect(answer(other, id)).rejects.toMatchObject(refused('SESSION_ENDED'));
    await expect(someone.socket.request('stage.publish', { stageId: session.id })).rejects.toMatchObject(refused('SESSION_ENDED'));
    await expect(
      someone.socket.request('stage.connect', {
        stageId: session.id,
        transportId: v7(),
        dtlsParameters: { fingerprints: [{ algorithm: 'sha-256', value: 'AA' }] },
      }),
    ).rejects.toMatchObject(refused('SESSION_ENDED'));
    expect((await media[0].plane.stageHealth(session.id)).producers).toEqual([]);
  });
});

import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { RoomSocket } from '../../src/client/socket.ts';
import type { FeedEntry, ServerEventName, Session, Snapshot } from '../../src/contract/index.ts';
import type { Actor } from '../../src/domain/actor.ts';
import { type MediaNode, startMediaNode } from './media-node.ts';
import type { Capabilities } from './room-media.ts';
import { createWorld, type RoomNode, type RoomWorld, startRoomNode } from './room-node.ts';
import { admit, aSession } from './room-people.ts';
import { openTestRedis, type TestRedis } from './services.ts';

/**
 * Viewers on stage (連麥), over two nodes, each with media workers of its own; a session of its own for each test.
 * Imported by a test file, it starts and stops with it.
 */
export let redis: TestRedis;
export let world: RoomWorld;
export let session: Session;
export let media: [MediaNode, MediaNode];
export let a: RoomNode;
export let b: RoomNode;
const sockets: RoomSocket[] = [];
export const extra: { stop(): Promise<void> }[] = [];

const GRACE = 1_500;
export const startNode = (plane: MediaNode['plane'], more: { invitationMs?: number } = {}) =>
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

export interface Person {
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

export async function enter(node: RoomNode, actor: Actor | string): Promise<Person> {
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

export const invite = async (recruiter: Person, key: string) =>
  (await recruiter.socket.request('stage.invite', { sessionId: session.id, key })).invitation;
export const answer = (person: Person, invitationId: string, accept = true) =>
  person.socket.request('stage.answer', { sessionId: session.id, invitationId, accept });
export const bring = async (recruiter: Person, person: Person) => answer(person, (await invite(recruiter, person.key)).id);
export const toldOf = (person: Person, event: ServerEventName) =>
  person.told.filter((each) => each.event === event).map(({ payload }) => payload);
/** Whom everybody who came now would see on stage. */
export const onStage = async (node: RoomNode) => (await node.guests.look(session.id, '')).guests;
export const refused = (code: string) => ({ code });

/** The test goes on in another session. */
export function moveTo(another: Session): void {
  session = another;
  world.sessions.set(another.id, another);
}

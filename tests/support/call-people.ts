import { v7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { RoomSocket } from '../../src/client/socket.ts';
import type { Call, Session } from '../../src/contract/index.ts';
import type { Actor } from '../../src/domain/actor.ts';
import type { CallTimes } from '../../src/domain/call/record.ts';
import { type MediaNode, startMediaNode } from './media-node.ts';
import type { Capabilities } from './room-media.ts';
import { createWorld, type RoomNode, type RoomWorld, startRoomNode } from './room-node.ts';
import { admit, aSession, staff, viewer } from './room-people.ts';
import { openTestRedis, type TestRedis } from './services.ts';

/**
 * One-to-one rooms over two nodes, each with media workers of its own; a consultation of its own for each test.
 * Imported by a test file, it starts and stops with it.
 */
export let redis: TestRedis;
export let world: RoomWorld;
export let media: [MediaNode, MediaNode];
export let a: RoomNode;
export let b: RoomNode;
export let session: Session;
export let consultationId: string;
export let applicant: Actor & { accountId: string };
export let recruiter: Actor & { accountId: string };
export let colleague: Actor & { accountId: string };
const sockets: RoomSocket[] = [];
export const extra: { stop(): Promise<void> }[] = [];

export const withAccount = (actor: Actor): Actor & { accountId: string } => ({ ...actor, accountId: actor.accountId ?? '' });
export const startNode = (plane: MediaNode['plane'], times: Partial<CallTimes> = {}) =>
  startRoomNode({ redisUrl: redis.url, world, plane, times });
/** Nodes on which calls take less time; the first pair would not end them so soon, and leaves them alone. */
export async function hurriedNodes(times: Partial<CallTimes>): Promise<[RoomNode, RoomNode]> {
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

export function consult(who: Actor & { accountId: string }, of: Session = session): string {
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

export interface Person {
  socket: RoomSocket;
  token: string;
  ringing: Call[];
  updated: Call[];
}

export function connect(node: RoomNode, actor: Actor | string): Person {
  const token = typeof actor === 'string' ? actor : admit(world, actor);
  const socket = node.connect(token);
  sockets.push(socket);
  const person: Person = { socket, token, ringing: [], updated: [] };
  socket.raw.on('call.ringing', ({ call }) => void person.ringing.push(call));
  socket.raw.on('call.updated', ({ call }) => void person.updated.push(call));
  return person;
}

export const start = async (person: Person, of = consultationId) =>
  (await person.socket.request('call.start', { consultationId: of })).call;
export const join = (person: Person, callId: string) =>
  person.socket.request('call.join', { callId, rtpCapabilities: media[0].plane.routerRtpCapabilities as Capabilities });
export const end = async (person: Person, callId: string) => (await person.socket.request('call.end', { callId })).call;
export const list = async (person: Person) => (await person.socket.request('call.list', {})).calls;
export const refused = (code: string) => ({ code });
export const health = (stageId: string) => media[0].plane.stageHealth(stageId);
export const latest = (person: Person) => person.updated.at(-1);

/** Both sides in the room, the recruiter on one node and the viewer on the other. */
export async function talking(nodes: [RoomNode, RoomNode] = [a, b]) {
  const [holder, caller] = [connect(nodes[0], recruiter), connect(nodes[1], applicant)];
  const call = await start(holder);
  await join(holder, call.id);
  await join(caller, call.id);
  return { holder, caller, callId: call.id };
}

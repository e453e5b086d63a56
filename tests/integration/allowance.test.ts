import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLenientAllowance, createStrictAllowance } from '../../src/domain/allowance.ts';
import { createChatService } from '../../src/domain/chat/service.ts';
import type { Speaker } from '../../src/domain/chat/speaker.ts';
import { createAccessKeys } from '../../src/store/redis/access-keys.ts';
import { openRedis } from '../../src/store/redis/client.ts';
import { createAttemptStore } from '../../src/store/redis/viewer-codes.ts';
import { inDays } from '../support/people.ts';
import { quietLog } from '../support/quiet-log.ts';
import { openRecruiting } from '../support/recruiting.ts';
import { createWorld, startRoomNode } from '../support/room-node.ts';
import { admit, aPosition, aSession, guest } from '../support/room-people.ts';
import { openRoomStores } from '../support/room-stores.ts';
import { openTestRedis, type TestRedis } from '../support/services.ts';

let server: TestRedis;
let redis: ReturnType<typeof openRedis>;
beforeAll(async () => {
  server = await openTestRedis();
  redis = openRedis(server.url, 'commands', () => undefined);
});
afterAll(async () => {
  redis.disconnect();
  await server.close();
});

const attempts = () => createAttemptStore(redis, createAccessKeys('test'));
const lenient = () => createLenientAllowance({ attempts: attempts(), log: quietLog });
const refused = { code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) };

/** How many of `most` attempts are accepted before the first refusal, which is RATE_LIMITED. */
async function accepted(most: number, attempt: (turn: number) => Promise<unknown>): Promise<number> {
  for (let turn = 0; turn < most; turn++) {
    try {
      await attempt(turn);
    } catch (error) {
      expect(error).toMatchObject(refused);
      return turn;
    }
  }
  return most;
}

describe('what one person may do often', () => {
  it('talking in a room: from however many connections, without silencing anybody else', async () => {
    const { feed, redis: roomRedis } = openRoomStores(server.url, 30_000);
    const chat = createChatService({ feed, demandAllowance: lenient() });
    const speaker = (key: string, role: Speaker['role']): Speaker => ({ key, name: '游客0001', role });
    const say = (from: Speaker) => (turn: number) => chat.say('session-1', from, { id: `message-${turn}`, text: '你好' });
    expect(await accepted(50, say(speaker('loud', 'guest')))).toBe(20);
    expect(await accepted(5, say(speaker('quiet', 'guest')))).toBe(5);
    expect(await accepted(50, say(speaker('recruiter', 'recruiter')))).toBe(50);
    roomRedis.disconnect();
  });

  it('P1: opening cards: every opening stands in the ledger, so nobody can open them by the thousand', async () => {
    const world = createWorld();
    const node = await startRoomNode({ redisUrl: server.url, world, demandAllowance: lenient() });
    const session = aSession();
    const position = aPosition(session);
    world.sessions.set(session.id, session);
    world.positions.set(position.id, position);
    const device = 'device-of-a-guest';
    const sockets = [node.connect(admit(world, guest(device))), node.connect(admit(world, guest(device)))];
    try {
      for (const socket of sockets) await socket.request('room.join', { sessionId: session.id });
      const open = (turn: number) =>
        sockets[turn % 2]?.request('position.open', { sessionId: session.id, positionId: position.id, onceId: `intent-${turn}-x` });
      const replies = await Promise.allSettled(Array.from({ length: 90 }, (_, turn) => open(turn)));
      const refusals = replies.flatMap((reply) => (reply.status === 'rejected' ? [reply.reason] : []));
      expect(refusals).toHaveLength(30);
      for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'RATE_LIMITED' });
      expect((await node.facts.counters(session.id)).funnel).toMatchObject({ positionViews: 60, positionViewers: 1 });
    } finally {
      for (const socket of sockets) socket.close();
      await node.stop();
    }
  });

  it('writing to companies and applying: by account, whatever the address', async () => {
    const recruiting = await openRecruiting(5, lenient());
    const fairId = await recruiting.addFair();
    const companyId = await recruiting.addCompany(fairId);
    const positionId = await recruiting.addPosition(fairId, companyId);
    const sessionId = await recruiting.addSession(fairId, [companyId]);
    const [viewer, other] = [await recruiting.addViewer(), await recruiting.addViewer()];
    const ask = (by: typeof viewer) => (turn: number) =>
      recruiting.consultations.ask(by, { sessionId, companyId, positionId: null, onceId: `ask-once-${turn}`, text: '请问包住吗？' });
    expect(await accepted(60, ask(viewer))).toBe(30);
    expect(await accepted(2, ask(other))).toBe(2);
    const apply = (by: typeof viewer, once: (turn: number) => string) => (turn: number) =>
      recruiting.applications.submit(
        by,
        {
          positionId,
          sessionId,
          onceId: once(turn),
          form: { name: '王小明', phone: '+8613800138000', group: 'other', school: '', major: '', degree: '', experience: '' },
          consent: { accepted: true, until: inDays(30) },
        },
        null,
      );
    expect(
      await accepted(
        150,
        apply(viewer, (turn) => `apply-once-${turn}`),
      ),
    ).toBe(100);
    // A retry of what was accepted costs nothing.
    expect(
      await accepted(
        5,
        apply(viewer, () => 'apply-once-0'),
      ),
    ).toBe(5);
    expect(
      await accepted(
        2,
        apply(other, (turn) => `apply-once-${turn}`),
      ),
    ).toBe(2);
    await recruiting.close();
  });

  it('without the counters people go on, and what must not be guessed does not', async () => {
    const gone = openRedis('/nowhere/redis.sock', 'commands', () => undefined);
    const store = createAttemptStore(gone, createAccessKeys('test'));
    const allowance = { key: 'anything', limit: 1, windowMs: 60_000 };
    const strict = createStrictAllowance(store)(allowance);
    gone.disconnect();
    await expect(strict).rejects.toThrow();
    await expect(createLenientAllowance({ attempts: store, log: quietLog })(allowance)).resolves.toBeUndefined();
  });
});

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { v7 } from 'uuid';
import type { MediaPlane } from '../../media/types.ts';
import { openRoomSocket, type RoomSocket } from '../../src/client/socket.ts';
import { CodedError, type Position, type Session } from '../../src/contract/index.ts';
import type { Actor } from '../../src/domain/actor.ts';
import type { DemandAllowance } from '../../src/domain/allowance.ts';
import { createAudienceService } from '../../src/domain/audience/service.ts';
import { type CallConsultation, type CallParty, type CallTimes, callTimes } from '../../src/domain/call/record.ts';
import { createChatService } from '../../src/domain/chat/service.ts';
import { createSessionChanges } from '../../src/domain/feed/session-changes.ts';
import { createNudges } from '../../src/domain/nudges.ts';
import type { Log } from '../../src/domain/ports.ts';
import { createGuestService } from '../../src/domain/stage/guests/service.ts';
import { createStageHealth } from '../../src/domain/stage/health.ts';
import { createStageService } from '../../src/domain/stage/service.ts';
import { createFeedTails } from '../../src/realtime/feed-tails.ts';
import { createAuthHandlers } from '../../src/realtime/handlers/auth.ts';
import { createCallHandlers } from '../../src/realtime/handlers/call.ts';
import { createChatHandlers } from '../../src/realtime/handlers/chat.ts';
import { createGuestHandlers } from '../../src/realtime/handlers/guest.ts';
import { createMediaHandlers } from '../../src/realtime/handlers/media.ts';
import { createPositionHandlers } from '../../src/realtime/handlers/position.ts';
import { createRoomHandlers } from '../../src/realtime/handlers/room.ts';
import { createStageHandlers } from '../../src/realtime/handlers/stage.ts';
import { createPresence } from '../../src/realtime/presence.ts';
import { createRealtimeServer } from '../../src/realtime/server.ts';
import { createCallPresence } from '../../src/realtime/stage/call-presence.ts';
import { forwardStageEvents } from '../../src/realtime/stage/events.ts';
import { createSendingRights } from '../../src/realtime/stage/sending-rights.ts';
import { openRedis } from '../../src/store/redis/client.ts';
import { createFollowFeed } from '../../src/store/redis/feed.ts';
import { createTrace } from '../../src/telemetry/trace.ts';
import { quietLog } from './quiet-log.ts';
import { openCalls } from './room-calls.ts';
import { openRoomStores } from './room-stores.ts';

/** What the nodes of a test share besides Redis. */
export interface RoomWorld {
  sessions: Map<string, Session>;
  positions: Map<string, Position>;
  /** Access tokens that are good, and for whom. */
  tokens: Map<string, Actor>;
  endedSignIns: Set<string>;
  consultations: Map<string, CallConsultation>;
  /** Recruiters who may hold calls, whatever the company. */
  recruiters: CallParty[];
}

export const createWorld = (): RoomWorld => ({
  sessions: new Map(),
  positions: new Map(),
  tokens: new Map(),
  endedSignIns: new Set(),
  consultations: new Map(),
  recruiters: [],
});

export interface RoomNodeOptions {
  redisUrl: string;
  world: RoomWorld;
  graceMs?: number;
  eventsPerSecond?: number;
  tokenLifeMs?: number;
  plane?: MediaPlane;
  demandAllowance?: DemandAllowance;
  /** Most guests on stage. */
  guestLimit?: number;
  /** How long an invitation may be answered. */
  invitationMs?: number;
  /** How long things about calls take. */
  times?: Partial<CallTimes>;
  /** When a connection that its node does not speak for is taken out of its call, ms. */
  callSilenceMs?: number;
  log?: Log;
}

/** A plane that has no workers: the data half of the room must not need it. */
const noPlane = new Proxy({} as MediaPlane, {
  get: (_, name) =>
    name === 'on' || name === 'off'
      ? () => undefined
      : () => Promise.reject(Object.assign(new Error('no media in this test'), { name: 'MediaError', fault: 'unavailable' })),
});

/** One node of the live room: the real server, handlers and stores against a real Redis; sessions and tokens are the test's. */
export async function startRoomNode(options: RoomNodeOptions) {
  const { redisUrl, world, graceMs = 30_000, eventsPerSecond = 1_000, tokenLifeMs = 900_000, plane = noPlane, log = quietLog } = options;
  const { demandAllowance = async () => undefined, guestLimit = 2, invitationMs = 60_000 } = options;
  const times = { ...callTimes(15), ...options.times };
  const stores = openRoomStores(redisUrl, graceMs, times);
  const { redis, keys, audience: audienceStore, feed, guests: guestStore, facts } = stores;
  const adapterRedis = openRedis(redisUrl, 'blocking', () => undefined);
  const clock = Date.now;
  const sessions = { find: async (id: string) => world.sessions.get(id) ?? null };
  const authenticate = async (token: string) => {
    const actor = world.tokens.get(token);
    if (!actor || (actor.signInId && world.endedSignIns.has(actor.signInId))) throw new CodedError('UNAUTHENTICATED');
    return { actor, expiresAt: clock() + tokenLifeMs };
  };
  const httpServer = createServer();
  const server = createRealtimeServer({
    httpServer,
    redis: adapterRedis,
    channel: keys.personal,
    authenticate,
    endedAmong: async (ids) => ids.filter((id) => world.endedSignIns.has(id)),
    eventsPerSecond,
    drainMs: 200,
    metrics: { eventAcknowledged: () => undefined, connectionsChanged: () => undefined },
    clock,
    newId: v7,
    trace: createTrace(),
    log,
  });
  const followFeed = createFollowFeed({ connect: () => openRedis(redisUrl, 'blocking', () => undefined), keys });
  const tails = createFeedTails({ feed, follow: followFeed, emit: server.emitFrame, log });
  const nodeId = v7();
  const stage = createStageService({ plane, log });
  const nudges = createNudges({ log });
  nudges.carry((nudge) => server.nudgeOthers(nudge));
  server.onNudge((nudge) => void nudges.hear(nudge));
  const guests = createGuestService({
    store: guestStore,
    stage,
    nudge: (id) => nudges.give({ about: 'guests', id }),
    limit: guestLimit,
    lifeMs: invitationMs,
    newId: v7,
    log,
  });
  const timing = { everyMs: 100, silenceMs: 1_000 };
  const audience = createAudienceService({ store: audienceStore, nodeId, newId: v7, alsoSweep: guests.sweep, log, ...timing });
  const index = (purpose: string, text: string) => createHash('sha256').update(`${purpose}\n${text}`).digest();
  const presence = createPresence({ audience, stage, guests, tails, index, log });
  const chat = createChatService({ feed, demandAllowance });
  forwardStageEvents({ stage, guests, feed, connections: server.connections, notifyRoom: server.notify, log });
  const { calls, lookingAfterCalls } = openCalls({
    store: stores.calls,
    world,
    stage,
    nudges,
    notify: server.notify,
    demandAllowance,
    times,
    silenceMs: options.callSilenceMs ?? 1_000,
    log,
  });
  nudges.on('guests', guests.enforce);
  const callPresence = createCallPresence({ calls, stage, log });
  let killed = false;
  const absent = async () => {
    throw new CodedError('NOT_FOUND');
  };
  server.serve({
    handlers: {
      ...createAuthHandlers({ authenticate, sessions, presence, log }),
      ...createRoomHandlers({
        sessions,
        campusCode: async (_, code) => code,
        presence,
        feed,
        stage,
        guests,
        iceServersFor: () => [],
        clock,
        log,
      }),
      ...createChatHandlers({ sessions, chat }),
      ...createPositionHandlers({
        sessions,
        positions: {
          find: async (id) => world.positions.get(id) ?? null,
          async demandOpen(id) {
            const position = world.positions.get(id);
            if (!position) throw new CodedError('NOT_FOUND');
            if (position.status !== 'published') throw new CodedError('POSITION_CLOSED');
            return position;
          },
        },
        feed,
        facts,
        demandAllowance,
      }),
      ...createMediaHandlers({ stage, callPresence, iceServersFor: () => [] }),
      ...createStageHandlers({
        demandRight: createSendingRights({ sessions, stage, guests, callPresence }),
        stage,
        guests,
        iceServersFor: () => [],
      }),
      ...createGuestHandlers({ sessions, guests, stageHealth: createStageHealth({ plane, clock }) }),
      ...createCallHandlers({ calls, callPresence, iceServersFor: () => [] }),
      'consultation.ask': absent,
      'consultation.send': absent,
      'consultation.close': absent,
    },
    onGone: async (connection) => {
      await Promise.all([presence.leaveAll(connection), callPresence.leaveAll(connection)]);
    },
  });
  lookingAfterCalls.start();
  await audience.start();
  await new Promise<void>((resolve) => httpServer.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(httpServer.address() as AddressInfo).port}`;
  const sessionChanged = createSessionChanges({
    feed,
    scheduleClosing: async () => undefined,
    endVisits: audience.close,
    closeStage: async (sessionId) => {
      await Promise.all([stage.close(sessionId), guests.close(sessionId)]);
    },
  });

  return {
    origin,
    server,
    audience,
    guests,
    calls,
    tails,
    feed,
    facts,
    redis,
    keys,
    /** Sets a session's status as its service would after the commit. */
    async setStatus(sessionId: string, status: Session['status']): Promise<void> {
      const session = world.sessions.get(sessionId);
      if (!session) throw new Error('no such session');
      const changed = { ...session, status, ...(status === 'ended' ? { endedAt: clock() } : {}) };
      world.sessions.set(sessionId, changed);
      await sessionChanged(changed);
    },
    connect(token: string): RoomSocket {
      return openRoomSocket({ origin, token: () => token, timeoutMs: 5_000 });
    },
    /** As kill -9 does: Redis and the other nodes hear no more of it, and people lose their connections. */
    async kill(): Promise<void> {
      killed = true;
      adapterRedis.disconnect();
      redis.disconnect();
      for (const connection of server.connections.values()) connection.drop();
      tails.stop();
      await lookingAfterCalls.stop();
      httpServer.close();
    },
    async stop(): Promise<void> {
      if (killed) return;
      await server.stop();
      tails.stop();
      await lookingAfterCalls.stop();
      await audience.stop();
      await new Promise((resolve) => httpServer.close(resolve));
      adapterRedis.disconnect();
      redis.disconnect();
    },
  };
}
export type RoomNode = Awaited<ReturnType<typeof startRoomNode>>;

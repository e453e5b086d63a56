import type { Server } from 'node:http';
import type { Config } from '../../config/index.ts';
import type { Clock, NewId, Trace } from '../domain/ports.ts';
import { createLoop } from '../jobs/loop.ts';
import { createFeedTails } from '../realtime/feed-tails.ts';
import { createAuthHandlers } from '../realtime/handlers/auth.ts';
import { createCallHandlers } from '../realtime/handlers/call.ts';
import { createChatHandlers } from '../realtime/handlers/chat.ts';
import { createConsultationHandlers } from '../realtime/handlers/consultation.ts';
import { createGuestHandlers } from '../realtime/handlers/guest.ts';
import { createMediaHandlers } from '../realtime/handlers/media.ts';
import { createPositionHandlers } from '../realtime/handlers/position.ts';
import { createRoomHandlers } from '../realtime/handlers/room.ts';
import { createStageHandlers } from '../realtime/handlers/stage.ts';
import { createPresence } from '../realtime/presence.ts';
import { createRealtimeServer } from '../realtime/server.ts';
import { createCallPresence } from '../realtime/stage/call-presence.ts';
import { forwardStageEvents } from '../realtime/stage/events.ts';
import { createSendingRights } from '../realtime/stage/sending-rights.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Services } from './services.ts';
import type { Stores } from './stores.ts';

export interface RealtimeOptions {
  config: Config;
  httpServer: Server;
  stores: Stores;
  services: Services;
  metrics: Metrics;
  clock: Clock;
  newId: NewId;
  trace: Trace;
  log: Logger;
}

/** How soon a call ends after its time is up, and a node's connections are spoken for, ms. */
const CALLS_EVERY_MS = 1_000;

/** The socket server with a handler for every event of the contract. */
export function assembleRealtime({ config, httpServer, stores, services, metrics, clock, newId, trace, log }: RealtimeOptions) {
  const {
    accounts,
    sessions,
    stage,
    audience,
    chat,
    campuses,
    positions,
    consultations,
    demandAllowance,
    iceServersFor,
    guests,
    nudges,
    stageHealth,
    calls,
  } = services;
  const { feed, facts } = stores;
  const server = createRealtimeServer({
    httpServer,
    redis: stores.adapterRedis,
    channel: stores.keys.personal,
    authenticate: accounts.authenticate,
    endedAmong: accounts.endedAmong,
    eventsPerSecond: config.GANGBO_EVENTS_PER_SECOND,
    drainMs: config.GANGBO_DRAIN_SECONDS * 1_000,
    metrics,
    clock,
    newId,
    trace,
    log,
  });
  const tails = createFeedTails({ feed, follow: stores.followFeed, emit: server.emitFrame, log, onFrame: metrics.frameSent });
  const presence = createPresence({ audience, stage, guests, tails, index: stores.sealer.index, log });
  forwardStageEvents({ stage, guests, feed, connections: server.connections, notifyRoom: server.notify, log });
  nudges.carry(server.nudgeOthers);
  server.onNudge((nudge) => void nudges.hear(nudge));
  const callPresence = createCallPresence({ calls, stage, log });
  // Calls are looked after with the connections that are in them, which this part of the program holds.
  const lookingAfterCalls = createLoop({ name: 'calls', everyMs: CALLS_EVERY_MS, run: calls.lookAfter, log });
  server.serve({
    handlers: {
      ...createAuthHandlers({ authenticate: accounts.authenticate, sessions, presence, log }),
      ...createRoomHandlers({ sessions, campusCode: campuses.knownCode, presence, feed, stage, guests, iceServersFor, clock, log }),
      ...createChatHandlers({ sessions, chat }),
      ...createPositionHandlers({ sessions, positions, feed, facts, demandAllowance }),
      ...createMediaHandlers({ stage, callPresence, iceServersFor }),
      ...createStageHandlers({ demandRight: createSendingRights({ sessions, stage, guests, callPresence }), stage, guests, iceServersFor }),
      ...createGuestHandlers({ sessions, guests, stageHealth }),
      ...createCallHandlers({ calls, callPresence, iceServersFor }),
      ...createConsultationHandlers(consultations),
    },
    onGone: async (connection) => {
      await Promise.all([presence.leaveAll(connection), callPresence.leaveAll(connection)]);
    },
  });
  lookingAfterCalls.start();
  return {
    notify: server.notify,
    async stop(): Promise<void> {
      await server.stop();
      tails.stop();
      await lookingAfterCalls.stop();
    },
  };
}

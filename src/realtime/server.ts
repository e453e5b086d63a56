import type { Server as HttpServer } from 'node:http';
import { createAdapter } from '@socket.io/redis-streams-adapter';
import type { Redis } from 'ioredis';
import { Server } from 'socket.io';
import { z } from 'zod';
import {
  type ClientToServerEvents,
  CodedError,
  type ErrorCode,
  type Failure,
  type Frame,
  failure,
  type ServerToClientEvents,
} from '../contract/index.ts';
import type { Authenticate, Authenticated } from '../domain/actor.ts';
import type { Clock, Log, NewId, Trace } from '../domain/ports.ts';
import { bindEvents } from './bind.ts';
import { type Connection, createConnection } from './connection.ts';
import type { EventHandlers } from './event-handlers.ts';
import { createNotify, personalRooms, rooms } from './rooms.ts';
import { watchSignIns } from './sign-in-watch.ts';

export interface RealtimeMetrics {
  eventAcknowledged(event: string, code: string, seconds: number): void;
  connectionsChanged(open: number): void;
}

export interface RealtimeServerOptions {
  httpServer: HttpServer;
  /** For personal messages between nodes; a connection whose commands may block (`openRedis(…, 'blocking')`). */
  redis: Redis;
  /** Name of the adapter's stream and channels. */
  channel: string;
  authenticate: Authenticate;
  endedAmong: (signInIds: readonly string[]) => Promise<readonly string[]>;
  eventsPerSecond: number;
  /** How long clients have to move to another node, ms. */
  drainMs: number;
  maxConnections?: number;
  metrics: RealtimeMetrics;
  clock: Clock;
  newId: NewId;
  trace: Trace;
  log: Log;
}

/** What the server is told once the handlers exist, which need its connections and its messages themselves. */
export interface Serving {
  handlers: EventHandlers;
  /** A connection is gone, whatever the reason. */
  onGone: (connection: Connection) => Promise<void>;
}

/** What nodes tell one another, to be parsed by whoever hears it. */
interface BetweenNodes {
  nudge: (nudge: unknown) => void;
}

const handshake = z.object({ token: z.string().min(10).max(4096) });
const MAX_PACKET_BYTES = 64 * 1024;
/** How long the last answers have to leave before connections are closed. */
const LAST_ANSWERS_MS = 100;

const refusal = (reply: Failure) => Object.assign(new Error(reply.error.code), { data: reply.error });

/** The socket server: websocket only, at /socket, one namespace, every packet bound to the contract's table. */
export function createRealtimeServer(options: RealtimeServerOptions) {
  const { httpServer, redis, channel, authenticate, endedAmong, eventsPerSecond, drainMs, maxConnections = 20_000 } = options;
  const { metrics, clock, newId, trace, log } = options;
  const connections = new Map<string, Connection>();
  const leaving = new Set<Promise<void>>();
  const underway = new Set<Promise<void>>();
  let draining = false;
  let closing = false;

  const io = new Server<ClientToServerEvents, ServerToClientEvents, BetweenNodes, { authenticated?: Authenticated }>(httpServer, {
    path: '/socket',
    transports: ['websocket'],
    serveClient: false,
    maxHttpBufferSize: MAX_PACKET_BYTES,
    perMessageDeflate: false,
    connectTimeout: 10_000,
    // A phone that vanished is noticed within 20 s; its visit's dwell ends then.
    pingInterval: 10_000,
    pingTimeout: 10_000,
    // Refused below the protocol, so that clients try again by themselves, here or on another node.
    // Counted with those that have not shown a token yet.
    allowRequest: (_request, decide) => decide(null, !draining && io.engine.clientsCount < maxConnections),
    adapter: createAdapter(redis, { streamName: channel, channelPrefix: channel, onlyPlaintext: true, blockTimeInMs: 1_000 }),
  });

  io.use((socket, next) => {
    const refuse = (code: ErrorCode) => next(refusal(failure(code, { requestId: newId() })));
    const given = handshake.safeParse(socket.handshake.auth);
    if (!given.success) return refuse('UNAUTHENTICATED');
    authenticate(given.data.token).then(
      (authenticated) => {
        socket.data.authenticated = authenticated;
        next();
      },
      (error) => {
        if (error instanceof CodedError) return refuse(error.code);
        // Not the client's fault: without an answer to the handshake it tries again by itself.
        log.error({ error }, 'a connection could not be authenticated');
        socket.conn.close();
      },
    );
  });

  const watch = watchSignIns({ connections, endedAmong, clock, log });

  return {
    /** This node's connections by id. */
    connections: connections as ReadonlyMap<string, Connection>,
    /** Personal messages, and messages to some of a session's room; through the adapter, to any node. */
    notify: createNotify(io, log),
    /** Says something to all other nodes. */
    nudgeOthers(nudge: object): void {
      io.serverSideEmit('nudge', nudge);
    },
    onNudge: (hear: (nudge: unknown) => void): void => void io.on('nudge', hear),
    /** Sends a frame to this node's connections in a session; encoded once for all of them. */
    emitFrame(sessionId: string, frame: Frame): void {
      io.local.to(rooms.session(sessionId)).emit('room.frame', frame);
    },

    /** Begins to take connections. */
    serve({ handlers, onGone }: Serving): void {
      const onAcknowledged = metrics.eventAcknowledged;
      io.on('connection', (socket) => {
        const { authenticated } = socket.data;
        if (!authenticated) return void socket.disconnect(true);
        const connection = createConnection(socket, authenticated);
        connections.set(connection.id, connection);
        metrics.connectionsChanged(connections.size);
        socket.on('disconnect', () => {
          connections.delete(connection.id);
          metrics.connectionsChanged(connections.size);
          const left = onGone(connection)
            .catch((error) => log.error({ error }, 'a connection could not be taken out of its sessions'))
            .finally(() => leaving.delete(left));
          leaving.add(left);
        });
        bindEvents(socket, connection, {
          handlers,
          eventsPerSecond,
          clock,
          newId,
          trace,
          log,
          underway,
          closing: () => closing,
          onAcknowledged,
        });
        void connection.enterRooms(personalRooms(authenticated.actor));
      });
    },

    /**
     * Lets clients move to another node, then closes what is left. Their visits
     * go into the grace: whoever reconnects elsewhere goes on with the same visit.
     */
    async stop(): Promise<void> {
      draining = true;
      watch.stop();
      if (connections.size > 0) {
        // Spread out, so that the other nodes are not met by all at once.
        io.local.emit('server.draining', { reconnectAfterMs: Math.round(drainMs / 2) });
        const until = clock() + drainMs;
        while (connections.size > 0 && clock() < until) await new Promise((resolve) => setTimeout(resolve, 50));
      }
      // What was taken is answered; what comes now is refused.
      closing = true;
      await Promise.allSettled([...underway]);
      // Closing a connection discards what it has not handed to the system yet, and engine.io does not say when it has.
      if (connections.size > 0) await new Promise((resolve) => setTimeout(resolve, LAST_ANSWERS_MS));
      for (const connection of connections.values()) connection.drop();
      await Promise.allSettled([...leaving]);
      io.engine.close();
      await io.of('/').adapter.close();
      io.removeAllListeners();
    },
  };
}
export type RealtimeServer = ReturnType<typeof createRealtimeServer>;

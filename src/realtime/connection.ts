import type { Socket } from 'socket.io';
import type { ClientToServerEvents, ServerEventName, ServerEventPayload, ServerToClientEvents } from '../contract/index.ts';
import type { Actor, Authenticated } from '../domain/actor.ts';
import type { Speaker } from '../domain/chat/speaker.ts';

export type RawSocket = Socket<ClientToServerEvents, ServerToClientEvents>;

/** One socket.io socket as handlers see it. */
export interface Connection {
  /** Unique over all nodes and restarts. */
  readonly id: string;
  /** Replaced by auth.renew. */
  actor: Actor;
  /** When the access token expires. */
  expiresAt: number;
  /** auth.expiring was sent for the present token. */
  warned: boolean;
  /** Nothing can be sent any more. */
  readonly closed: boolean;
  /** Sessions joined by this connection, with what the room knows of it there. */
  readonly joined: Map<string, JoinedSession>;
  /** One-to-one calls this connection is in. */
  readonly calls: Map<string, JoinedCall>;
  /** What the client's user agent suggests. */
  readonly device: 'phone' | 'computer';
  send<E extends ServerEventName>(event: E, payload: ServerEventPayload<E>): void;
  enterRooms(rooms: string[]): Promise<void>;
  exitRoom(room: string): Promise<void>;
  /** Closes the transport: the client comes back by itself, with a fresh token if it has one. */
  drop(): void;
}

export interface JoinedSession {
  sessionId: string;
  fairId: string;
  companyIds: readonly string[];
  campus: string | null;
  /** null for staff, whose presence is not a visit, and after the session's end. */
  visitId: string | null;
  speaker: Speaker;
  /** Whether this connection holds, or asked for, a send transport. */
  publishing: boolean;
}

export interface JoinedCall {
  callId: string;
  /** As whom it joined. */
  accountId: string;
  /** Whether this connection holds, or asked for, a send transport. */
  publishing: boolean;
}

export function createConnection(socket: RawSocket, { actor, expiresAt }: Authenticated): Connection {
  // socket.io types an emit by each single event; the name is a type parameter here.
  const emit = socket.emit.bind(socket) as (event: string, payload: unknown) => boolean;
  return {
    id: socket.id,
    actor,
    expiresAt,
    warned: false,
    get closed() {
      return !socket.connected;
    },
    joined: new Map(),
    calls: new Map(),
    device: /mobile|android|iphone|harmony/i.test(socket.handshake.headers['user-agent'] ?? '') ? 'phone' : 'computer',
    send: (event, payload) => void emit(event, payload),
    enterRooms: async (rooms) => socket.join(rooms),
    exitRoom: async (room) => socket.leave(room),
    drop: () => socket.conn.close(),
  };
}

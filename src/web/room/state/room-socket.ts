import { openRoomSocket, type RoomSocket } from '../../../client/socket.ts';
import type { ServerEventPayload } from '../../../contract/index.ts';
import type { Access } from '../../shared/access.ts';
import type { Consultations } from './consultations.ts';
import type { OnStage } from './on-stage.ts';

const RECONNECT_MS = 1_000;

export interface ConnectedRoomOptions {
  sessionId: string;
  access: Access;
  /** A connection stands: join over it. */
  onConnected: () => void;
  onDisconnected: () => void;
  onFrame: (frame: ServerEventPayload<'room.frame'>) => void;
  onStage: Pick<OnStage, 'onInvited' | 'onUninvited' | 'onMuted'>;
  consultations: Pick<Consultations, 'onMessage' | 'onUpdate'>;
  applications: { put: (application: ServerEventPayload<'application.updated'>['application']) => void };
}

export interface ConnectedRoom {
  socket: RoomSocket;
  /** Connects anew, for the cases in which socket.io does not by itself. */
  reconnectSoon(afterMs?: number): void;
  /** Hands the connection a new token, got first unless it is given; the visit goes on. */
  renew(token?: string): Promise<void>;
  close(): void;
}

/** The room's connection: kept up, kept signed in, and its events handed to those they concern. */
export function connectRoom(options: ConnectedRoomOptions): ConnectedRoom {
  const { sessionId, access, onStage, consultations, applications } = options;
  const socket = openRoomSocket({ token: () => access.freshToken() });
  const { raw } = socket;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  const room: ConnectedRoom = {
    socket,
    reconnectSoon(afterMs = RECONNECT_MS) {
      options.onDisconnected();
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        if (!closed) raw.disconnect().connect();
      }, afterMs);
    },
    async renew(token) {
      const fresh = token ?? (await access.renew());
      if (!fresh) return;
      try {
        await socket.request('auth.renew', { token: fresh });
      } catch {
        // The next handshake carries the new token.
        room.reconnectSoon();
      }
    },
    close() {
      closed = true;
      clearTimeout(waiting);
      socket.close();
    },
  };

  const mine = <T extends { sessionId: string }>(handle: (event: T) => void) => {
    return (event: T) => {
      if (event.sessionId === sessionId) handle(event);
    };
  };
  raw.on('connect', options.onConnected);
  raw.on('disconnect', (reason) => {
    options.onDisconnected();
    if (reason === 'io server disconnect') room.reconnectSoon();
  });
  raw.on('connect_error', () => {
    options.onDisconnected();
    // Still active: socket.io tries again by itself. Otherwise the handshake was refused, most likely for its token.
    if (!raw.active) void access.renew().then(() => room.reconnectSoon());
  });
  raw.on('room.frame', mine(options.onFrame));
  raw.on('stage.invited', mine(onStage.onInvited));
  raw.on('stage.uninvited', mine(onStage.onUninvited));
  raw.on('stage.muted', mine(onStage.onMuted));
  raw.on('auth.expiring', () => void room.renew());
  raw.on('server.draining', ({ reconnectAfterMs }) => room.reconnectSoon(reconnectAfterMs));
  raw.on('consultation.message', consultations.onMessage);
  raw.on('consultation.updated', consultations.onUpdate);
  raw.on('application.updated', ({ application }) => applications.put(application));
  return room;
}

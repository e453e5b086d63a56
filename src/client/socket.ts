import { io, type Socket } from 'socket.io-client';
import type { ClientEventName, ClientToServerEvents, EventData, EventInput, Reply, ServerToClientEvents } from '../contract/index.ts';
import { ReplyError, UnreachableError } from './api.ts';

export interface RoomSocketOptions {
  /** Origin of the server; absent for the page's own. */
  origin?: string;
  /** Asked at every connection attempt, so that a reconnect carries a fresh token. */
  token: () => string | Promise<string>;
  /** How long an acknowledgement may take, milliseconds. */
  timeoutMs?: number;
}

export interface RequestOptions {
  /** Instead of the connection's own limit. */
  timeoutMs?: number;
}

export type RawSocket = Socket<ServerToClientEvents, ClientToServerEvents>;

/** A connection to the room: typed requests with acknowledgements, typed events, reconnecting by itself. */
export interface RoomSocket {
  readonly raw: RawSocket;
  /** @throws ReplyError with the code of a refusal; UnreachableError when no acknowledgement came in time */
  request<E extends ClientEventName>(event: E, payload: EventInput<E>, options?: RequestOptions): Promise<EventData<E>>;
  /** Drops the connection, which no longer answers, and makes a new one: the browser would take long to notice. */
  reconnect(): void;
  close(): void;
}

export function openRoomSocket({ origin, token, timeoutMs = 10_000 }: RoomSocketOptions): RoomSocket {
  const options = {
    path: '/socket',
    transports: ['websocket'],
    auth: (give: (data: object) => void) => {
      Promise.resolve(token()).then(
        (value) => give({ token: value }),
        () => give({}),
      );
    },
    reconnectionDelay: 300,
    reconnectionDelayMax: 5_000,
    randomizationFactor: 0.5,
    forceNew: true,
  };
  const raw: RawSocket = origin ? io(origin, options) : io(options);
  return {
    raw,
    async request(event, payload, { timeoutMs: withinMs = timeoutMs } = {}) {
      let reply: Reply<EventData<typeof event>>;
      try {
        // The event name is a type parameter, which socket.io's overloads cannot follow.
        const emit = raw.timeout(withinMs).emitWithAck as (name: string, body: unknown) => Promise<typeof reply>;
        reply = await emit.call(raw.timeout(withinMs), event, payload);
      } catch (cause) {
        throw new UnreachableError(`no acknowledgement of ${event}`, { cause });
      }
      if (!reply.ok) throw new ReplyError(reply.error);
      return reply.data;
    },
    reconnect: () => void raw.disconnect().connect(),
    close: () => void raw.disconnect(),
  };
}

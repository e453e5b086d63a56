import {
  type ClientEventName,
  CodedError,
  clientEvents,
  type EventData,
  type EventPayload,
  type Failure,
  failure,
  parseInput,
  type Reply,
  success,
} from '../contract/index.ts';
import { admit } from '../domain/actor.ts';
import type { Clock, Log, NewId, Trace } from '../domain/ports.ts';
import type { Connection, RawSocket } from './connection.ts';
import type { EventHandlers } from './event-handlers.ts';
import { createTokenBucket } from './token-bucket.ts';

export interface BindOptions {
  handlers: EventHandlers;
  eventsPerSecond: number;
  clock: Clock;
  newId: NewId;
  trace: Trace;
  log: Log;
  /** Events being answered: a stop waits for them. */
  underway: Set<Promise<void>>;
  /** Whether the node takes no more events, because it is about to stop. */
  closing: () => boolean;
  /** From the arrival of an event to its acknowledgement; the code is `ok` or that of the failure. */
  onAcknowledged: (event: ClientEventName | 'unknown', code: string, seconds: number) => void;
}

const isKnown = (event: unknown): event is ClientEventName => typeof event === 'string' && Object.hasOwn(clientEvents, event);

/**
 * Takes every packet of a socket through the same door: rate, name, token,
 * role, shape, handler, acknowledgement. Nothing a client sends gets past it
 * or makes it throw; what does not ask for an acknowledgement is not done.
 */
export function bindEvents(socket: RawSocket, connection: Connection, options: BindOptions): void {
  const { handlers, eventsPerSecond, clock, newId, trace, log, onAcknowledged, underway, closing } = options;
  const waitFor = createTokenBucket(eventsPerSecond, clock);

  async function handle<E extends ClientEventName>(event: E, payload: unknown): Promise<EventData<E>> {
    const { action, payload: schema } = clientEvents[event];
    if (event !== 'auth.renew' && clock() >= connection.expiresAt) throw new CodedError('TOKEN_EXPIRED');
    if (action !== 'account.readSelf') admit(connection.actor, action);
    const parsed = parseInput(schema, payload) as EventPayload<E>;
    return handlers[event](parsed, connection);
  }

  function explain(error: unknown, event: string, requestId: string): Failure {
    if (error instanceof CodedError) {
      log.debug({ requestId, event, connectionId: connection.id, errorCode: error.code }, 'an event was refused');
      return failure(error.code, { issues: error.issues, retryAfterMs: error.retryAfterMs, requestId });
    }
    log.error({ error, requestId, event, connectionId: connection.id }, 'an event failed');
    return failure('INTERNAL', { requestId });
  }

  async function answer(event: unknown, given: unknown[], requestId: string): Promise<Reply<unknown>> {
    const name = isKnown(event) ? event : 'unknown';
    try {
      if (closing()) throw new CodedError('OVERLOADED', { retryAfterMs: 1_000 });
      const retryAfterMs = waitFor();
      if (retryAfterMs > 0) throw new CodedError('RATE_LIMITED', { retryAfterMs });
      if (!isKnown(event)) throw new CodedError('BAD_INPUT', { issues: [{ path: 'event', message: 'no such event' }] });
      if (given.length !== 1) throw new CodedError('BAD_INPUT', { issues: [{ path: '', message: 'one payload and an acknowledgement' }] });
      return success(await handle(event, given[0]));
    } catch (error) {
      return explain(error, name, requestId);
    }
  }

  // `next` is never called: handlers are reached through the table alone.
  socket.use((packet: unknown[]) => {
    const [event, ...rest] = packet;
    const acknowledge = rest.at(-1);
    if (typeof acknowledge !== 'function') {
      log.debug({ connectionId: connection.id }, 'an event without an acknowledgement was ignored');
      return;
    }
    const startedAt = performance.now();
    const requestId = newId();
    const answered: Promise<void> = trace
      .run(requestId, () => answer(event, rest.slice(0, -1), requestId))
      .then((reply) => {
        acknowledge(reply);
        onAcknowledged(isKnown(event) ? event : 'unknown', reply.ok ? 'ok' : reply.error.code, (performance.now() - startedAt) / 1_000);
      })
      .finally(() => underway.delete(answered));
    underway.add(answered);
  });
}

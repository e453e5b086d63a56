import { hostname } from 'node:os';
import type { Redis } from 'ioredis';
import { MediaError } from '../../../../../media/types.ts';
import type { Log } from '../../../../domain/ports.ts';
import type { Keys } from '../../keys.ts';
import type { HostCall, StageCall } from './calls.ts';
import { type Message, messageSchema, type Request } from './messages.ts';

/** The process asked does not carry that part of the stage, or is gone; find out again who does. */
export class StageMoved extends Error {
  /** Who does, if the process asked knows. */
  readonly origin: string | undefined;
  constructor(origin?: string) {
    super('the stage has moved');
    this.origin = origin;
  }
}

/** Everything but what the wire deals with itself. */
export type News = Exclude<Message, { type: 'request' | 'reply' | 'refusal' }>;

export interface WireOptions {
  /** For commands. */
  redis: Redis;
  /** A connection of its own: it goes into subscriber mode. */
  subscriber: Redis;
  keys: Keys;
  nodeId: string;
  /** Longest wait for a reply, ms. */
  patienceMs: number;
  log: Log;
  /** Does what another process asks; what it throws is the refusal. */
  serve(request: Request): Promise<unknown>;
  onNews(news: News): void;
  /** The channel is heard again; what was said meanwhile is lost. */
  onHearingAgain(): void;
}

/** Requests, replies and news between processes over Redis channels. What one says to another arrives in order, or not at all. */
export interface Wire {
  /** @throws MediaError as the other's plane did, unavailable after the longest wait; StageMoved */
  request(process: string, stageId: string, call: StageCall | HostCall, args: readonly unknown[], patienceMs?: number): Promise<unknown>;
  tell(process: string, news: News): void;
  /** Fails what is asked of a process with StageMoved: it is gone. */
  abandon(process: string): void;
  /** Since when the channel is heard without a break, ms by the monotonic clock. */
  hearingSince(): number | null;
  close(): Promise<void>;
}

interface Waiting {
  process: string;
  resolve(data: unknown): void;
  reject(error: Error): void;
}

export async function openWire(options: WireOptions): Promise<Wire> {
  const { redis, subscriber, keys, nodeId, log } = options;
  const waiting = new Map<number, Waiting>();
  const channel = keys.mediaChannel(nodeId);
  let requests = 0;
  let since: number | null = null;

  const send = async (process: string, message: Message): Promise<void> => {
    await redis.publish(keys.mediaChannel(process), JSON.stringify(message));
  };
  const sendQuietly = (process: string, message: Message): void => {
    send(process, message).catch((error: unknown) =>
      log.warn({ process, reason: String(error) }, 'another media process could not be told'),
    );
  };

  const answer = async (request: Request): Promise<void> => {
    const { id, from } = request;
    try {
      sendQuietly(from, { type: 'reply', id, data: (await options.serve(request)) ?? null });
    } catch (error) {
      const fault = error instanceof StageMoved ? 'moved' : error instanceof MediaError ? error.fault : 'unavailable';
      const message = error instanceof StageMoved ? (error.origin ?? '') : String((error as Error).message).slice(0, 500);
      sendQuietly(from, { type: 'refusal', id, fault, message });
    }
  };

  const receive = (message: Message): void => {
    switch (message.type) {
      case 'request':
        void answer(message);
        return;
      case 'reply':
        waiting.get(message.id)?.resolve(message.data);
        return;
      case 'refusal': {
        const { fault } = message;
        waiting
          .get(message.id)
          ?.reject(fault === 'moved' ? new StageMoved(message.message || undefined) : new MediaError(fault, message.message));
        return;
      }
      default:
        options.onNews(message);
    }
  };

  const onMessage = (from: string, text: string): void => {
    if (from !== channel) return;
    try {
      receive(messageSchema.parse(JSON.parse(text)));
    } catch (error) {
      log.warn({ err: error }, 'another media process said something that was not understood');
    }
  };
  const onBreak = (): void => {
    since = null;
  };
  const subscribe = async (): Promise<void> => {
    await subscriber.subscribe(channel);
    since = performance.now();
  };
  // ioredis would subscribe again by itself as well; a second time changes nothing and tells when it is done.
  const onReady = (): void => {
    subscribe().then(options.onHearingAgain, (error: unknown) => log.warn({ reason: String(error) }, 'the media channel is not heard yet'));
  };
  subscriber.on('message', onMessage);
  subscriber.on('close', onBreak);
  await subscribe();
  subscriber.on('ready', onReady);

  return {
    request: (process, stageId, call, args, patienceMs = options.patienceMs) => {
      const id = ++requests;
      let patience: NodeJS.Timeout | undefined;
      return new Promise<unknown>((resolve, reject) => {
        patience = setTimeout(() => reject(new MediaError('unavailable', 'the media process did not answer')), patienceMs);
        waiting.set(id, { process, resolve, reject });
        const message: Message = { type: 'request', id, from: nodeId, machine: hostname(), stageId, call, args: [...args] };
        send(process, message).catch((cause: unknown) => reject(new MediaError('unavailable', 'Redis did not answer', { cause })));
      }).finally(() => {
        clearTimeout(patience);
        waiting.delete(id);
      });
    },
    tell: sendQuietly,
    abandon(process) {
      for (const request of waiting.values()) if (request.process === process) request.reject(new StageMoved());
    },
    hearingSince: () => since,
    async close() {
      subscriber.off('message', onMessage);
      subscriber.off('close', onBreak);
      subscriber.off('ready', onReady);
      await subscriber.unsubscribe(channel);
      for (const request of waiting.values()) request.reject(new MediaError('unavailable', 'the media plane is closed'));
    },
  };
}

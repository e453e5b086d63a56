import { hostname } from 'node:os';
import type { Redis } from 'ioredis';
import { MediaError } from '../../../../media/types.ts';
import type { Log } from '../../../domain/ports.ts';
import type { Keys } from '../keys.ts';
import { type Message, messageSchema, type Request, type StageCall, type ToldEvent } from './messages.ts';

/** The node asked does not own the stage, or has gone; ask for the owner again. */
export class StageMoved extends Error {}

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
  /** Does what another node asks; what it throws is the refusal. */
  serve(request: Request): Promise<unknown>;
  onEvent(told: ToldEvent): void;
  onEnded(stageId: string): void;
}

/** Requests, replies and events between media planes over Redis channels. */
export interface Wire {
  /** @throws MediaError as the owner's plane did, unavailable after the longest wait; StageMoved */
  request(node: string, stageId: string, call: StageCall, args: readonly unknown[]): Promise<unknown>;
  tell(node: string, told: ToldEvent): void;
  tellEnded(node: string, stageId: string): void;
  /** Fails what is asked of a node about a stage with StageMoved: the node is gone. */
  abandon(node: string, stageId: string): void;
  close(): Promise<void>;
}

interface Waiting {
  node: string;
  stageId: string;
  resolve(data: unknown): void;
  reject(error: Error): void;
}

export async function openWire(options: WireOptions): Promise<Wire> {
  const { redis, subscriber, keys, nodeId, log } = options;
  const waiting = new Map<number, Waiting>();
  const channel = keys.mediaChannel(nodeId);
  let requests = 0;

  const send = async (node: string, message: Message): Promise<void> => {
    await redis.publish(keys.mediaChannel(node), JSON.stringify(message));
  };
  const sendQuietly = (node: string, message: Message): void => {
    send(node, message).catch((error: unknown) => log.warn({ node, reason: String(error) }, 'another media node could not be told'));
  };

  const answer = async (request: Request): Promise<void> => {
    const { id, from } = request;
    try {
      sendQuietly(from, { type: 'reply', id, data: (await options.serve(request)) ?? null });
    } catch (error) {
      const fault = error instanceof StageMoved ? 'moved' : error instanceof MediaError ? error.fault : 'unavailable';
      sendQuietly(from, { type: 'refusal', id, fault, message: String((error as Error).message).slice(0, 500) });
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
        waiting.get(message.id)?.reject(fault === 'moved' ? new StageMoved() : new MediaError(fault, message.message));
        return;
      }
      case 'event':
        options.onEvent(message.told as ToldEvent);
        return;
      case 'ended':
        options.onEnded(message.stageId);
        return;
      default:
        message satisfies never;
    }
  };

  const onMessage = (from: string, text: string): void => {
    if (from !== channel) return;
    try {
      receive(messageSchema.parse(JSON.parse(text)));
    } catch (error) {
      log.warn({ err: error }, 'another media node said something that was not understood');
    }
  };
  subscriber.on('message', onMessage);
  await subscriber.subscribe(channel);

  return {
    request: (node, stageId, call, args) => {
      const id = ++requests;
      let patience: NodeJS.Timeout | undefined;
      return new Promise<unknown>((resolve, reject) => {
        patience = setTimeout(() => reject(new MediaError('unavailable', 'the media node did not answer')), options.patienceMs);
        waiting.set(id, { node, stageId, resolve, reject });
        const message: Message = { type: 'request', id, from: nodeId, host: hostname(), stageId, call, args: [...args] };
        send(node, message).catch((cause: unknown) => reject(new MediaError('unavailable', 'Redis did not answer', { cause })));
      }).finally(() => {
        clearTimeout(patience);
        waiting.delete(id);
      });
    },
    tell: (node, told) => sendQuietly(node, { type: 'event', told } as Message),
    tellEnded: (node, stageId) => sendQuietly(node, { type: 'ended', stageId }),
    abandon(node, stageId) {
      for (const request of waiting.values()) {
        if (request.node === node && request.stageId === stageId) request.reject(new StageMoved());
      }
    },
    async close() {
      subscriber.off('message', onMessage);
      await subscriber.unsubscribe(channel);
      for (const request of waiting.values()) request.reject(new MediaError('unavailable', 'the media plane is closed'));
    },
  };
}

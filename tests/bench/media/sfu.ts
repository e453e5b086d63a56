import { fork } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import type { Swarm } from '../../../media/simulate/swarm-crowd.ts';
import { dtlsOf, offerOf } from '../../../media/simulate/swarm-offer.ts';
import type { Subscription } from '../../../media/types.ts';
import { processorTimeOfAll } from './processor-time.ts';
import { type SfuEvent, type SfuOrder, sfuAnswerSchemas, sfuNewsSchema } from './sfu-messages.ts';
import type { Rtp } from './source-messages.ts';

/** An SFU under test. */
export interface Sfu {
  readonly name: string;
  /** Where the stream goes. */
  readonly ingest: Rtp;
  /** One viewer of the swarm watches; resolves when it was answered, before it is connected. */
  watch(swarm: Swarm, viewerId: string): Promise<void>;
  leave(swarm: Swarm, viewerId: string): Promise<void>;
  /** CPU time of everything that belongs to it (its processes and their workers) until now, ms. */
  processorTimeMs(): Promise<number>;
  stop(): Promise<void>;
}

type Answers = { [K in keyof typeof sfuAnswerSchemas]: z.output<(typeof sfuAnswerSchemas)[K]> };
type Payload<K extends SfuOrder['type']> = Omit<Extract<SfuOrder, { type: K }>, 'type' | 'call'>;

/** Asks of a process with mediasoup in it: ours or the bare one. */
export interface SfuProcess extends Sfu {
  ask<K extends SfuOrder['type']>(type: K, payload: Payload<K>): Promise<Answers[K]>;
  on(listener: (event: SfuEvent) => void): void;
  /** Told of every subscription that a viewer answers, before it is connected. */
  onSubscribed(listener: (viewerId: string, subscription: Subscription) => void): void;
}

const script = fileURLToPath(new URL('./sfu-process.ts', import.meta.url));

export async function startSfuProcess(kind: 'gangbo' | 'bare', workers = 1): Promise<SfuProcess> {
  const child = fork(script, [kind, String(workers)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const events = new EventEmitter<{ event: [SfuEvent]; subscribed: [viewerId: string, subscription: Subscription] }>();
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const ready = Promise.withResolvers<void>();
  let calls = 0;
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  void exited.then(() => {
    const error = new Error(`the process of ${kind} ended`);
    ready.reject(error);
    for (const { reject } of waiting.values()) reject(error);
  });
  child.on('message', (message) => {
    const news = sfuNewsSchema.parse(message);
    if ('ready' in news) return ready.resolve();
    if ('event' in news) return void events.emit('event', news.event);
    const call = waiting.get(news.call);
    waiting.delete(news.call);
    if ('error' in news) call?.reject(new Error(news.error));
    else call?.resolve(news.value);
  });
  await ready.promise;

  const ask = async <K extends SfuOrder['type']>(type: K, payload: Payload<K>): Promise<Answers[K]> => {
    const call = ++calls;
    const answer = Promise.withResolvers<unknown>();
    waiting.set(call, answer);
    child.send({ type, call, ...payload });
    return sfuAnswerSchemas[type].parse(await answer.promise) as Answers[K];
  };
  const { pids } = await ask('workers', {});
  return {
    name: kind === 'gangbo' ? 'Gangbo' : 'bare mediasoup',
    ingest: await ask('ingest', {}),
    ask,
    on: (listener) => void events.on('event', listener),
    onSubscribed: (listener) => void events.on('subscribed', listener),
    async watch(swarm, viewerId) {
      const subscription = await ask('subscribe', { viewerId });
      events.emit('subscribed', viewerId, subscription);
      const dtlsParameters = dtlsOf(await swarm.answer(viewerId, offerOf(subscription), { anew: true }));
      await ask('connect', { viewerId, transportId: subscription.transport.id, dtlsParameters });
      // Ours resumes with the connect; the bare one must be told.
      if (kind === 'bare') await ask('resume', { viewerId, consumerIds: subscription.consumers.map(({ id }) => id) });
    },
    async leave(swarm, viewerId) {
      swarm.leave(viewerId);
      await ask('unsubscribe', { viewerId });
    },
    processorTimeMs: async () => processorTimeOfAll([child.pid ?? 0, ...pids]),
    async stop() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

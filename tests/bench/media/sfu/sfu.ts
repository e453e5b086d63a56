import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import type { Swarm } from '../../../../media/simulate/swarm-crowd.ts';
import { createWatcher, type ViewerSide, type Watcher } from '../house/audience.ts';
import type { Rtp } from '../source/messages.ts';
import { type SfuEvent, type SfuOrder, sfuAnswerSchemas, sfuNewsSchema } from './messages.ts';
import { processorTimeOfAll } from './processor-time.ts';

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

/** A process with mediasoup in it: ours or the bare one. Its viewers come back by themselves when it says that they have lost their stream. */
export interface SfuProcess extends Sfu {
  ask<K extends SfuOrder['type']>(type: K, payload: Payload<K>): Promise<Answers[K]>;
  /** Viewers whose stream was cut since this was cleared. */
  readonly hit: Set<string>;
  /** The stream must be sent elsewhere, which `ask('ingest')` tells. */
  onPublisherLost(listener: () => void): void;
}

const END_WITHIN_MS = 5_000;
const script = fileURLToPath(new URL('./process.ts', import.meta.url));

export async function startSfuProcess(kind: 'gangbo' | 'bare', workers = 1): Promise<SfuProcess> {
  const child = fork(script, [kind, String(workers)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const watchers = new Map<string, Watcher>();
  const hit = new Set<string>();
  let publisherLost: () => void = () => undefined;
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const ready = Promise.withResolvers<void>();
  let calls = 0;
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  void exited.then(() => {
    const error = new Error(`the process of ${kind} ended`);
    ready.reject(error);
    for (const { reject } of waiting.values()) reject(error);
  });
  const handle = (event: SfuEvent): void => {
    const watcher = 'viewerId' in event ? watchers.get(event.viewerId) : undefined;
    if (event.type === 'publisherLost') publisherLost();
    else if (event.type === 'subscriberLost') watcher?.lost();
    else if (event.type === 'consumerAdded') watcher?.added(event.consumer);
    else watcher?.ended(event.consumerId);
  };
  child.on('message', (message) => {
    const news = sfuNewsSchema.parse(message);
    if ('ready' in news) return ready.resolve();
    if ('event' in news) return handle(news.event);
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
    hit,
    onPublisherLost(listener) {
      publisherLost = listener;
    },
    async watch(swarm, viewerId) {
      let given: string[] = [];
      const side: ViewerSide = {
        async subscribe() {
          const subscription = await ask('subscribe', { viewerId });
          given = subscription.consumers.map(({ id }) => id);
          return subscription;
        },
        async connect(transportId, dtlsParameters) {
          await ask('connect', { viewerId, transportId, dtlsParameters });
          // Ours resumes with the connect; the bare one must be told.
          if (kind === 'bare') await ask('resume', { viewerId, consumerIds: given });
        },
        resume: (consumerIds) => ask('resume', { viewerId, consumerIds }),
      };
      const watcher = createWatcher(swarm, viewerId, side, () => hit.add(viewerId));
      watchers.set(viewerId, watcher);
      await watcher.watch();
    },
    async leave(swarm, viewerId) {
      watchers.delete(viewerId);
      swarm.leave(viewerId);
      await ask('unsubscribe', { viewerId });
    },
    processorTimeMs: async () => processorTimeOfAll([child.pid ?? 0, ...pids]),
    async stop() {
      const late = setTimeout(() => child.kill('SIGKILL'), END_WITHIN_MS);
      if (child.connected) child.disconnect();
      await exited.finally(() => clearTimeout(late));
    },
  };
}

import { setTimeout as pause } from 'node:timers/promises';
import type { Swarm } from '../../../../media/simulate/swarm-crowd.ts';
import { dtlsOf, offerOf } from '../../../../media/simulate/swarm-offer.ts';
import type { ConsumerOptions, Subscription } from '../../../../media/types.ts';

/** How one viewer reaches its server. */
export interface ViewerSide {
  subscribe(): Promise<Subscription>;
  connect(transportId: string, dtlsParameters: ReturnType<typeof dtlsOf>): Promise<unknown>;
  resume(consumerIds: string[]): Promise<unknown>;
}

/** A viewer who does what the page does when it is told of a loss: subscribes again, takes what is added on the same transport. */
export interface Watcher {
  /** Takes its place, or another one after it was lost; resolves when it is answered, before ICE and DTLS are done. */
  watch(): Promise<void>;
  lost(): void;
  added(consumer: ConsumerOptions): void;
  ended(consumerId: string): void;
}

const RETRY_MS = 100;
const TRIES = 200;

/** Tries again soon while it is refused, as pages do while a server recovers. @throws what the last attempt threw */
export async function untilAccepted<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = TRIES; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
      await pause(RETRY_MS);
    }
  }
}

/** @param onHit called when its stream is cut */
export function createWatcher(swarm: Swarm, viewerId: string, side: ViewerSide, onHit: () => void): Watcher {
  let held: { subscription: Subscription; consumers: ConsumerOptions[] } | undefined;
  let ended = new Set<string>();
  let connected = false;
  let work: Promise<unknown> = Promise.resolve();
  const inTurn = (act: () => Promise<void>): Promise<void> => {
    const done = work.then(act);
    work = done.catch(() => undefined);
    return done;
  };

  /** A subscription without consumers has nothing to offer yet: it is answered with the first that is added. */
  const negotiate = async (anew: boolean): Promise<void> => {
    if (!held || held.consumers.length === 0) return;
    const { subscription, consumers } = held;
    const answer = await swarm.answer(viewerId, offerOf({ ...subscription, consumers }, ended), { anew });
    if (connected) return;
    connected = true;
    await side.connect(subscription.transport.id, dtlsOf(answer));
  };
  const take = async (): Promise<void> => {
    const subscription = await side.subscribe();
    held = { subscription, consumers: [...subscription.consumers] };
    ended = new Set();
    connected = false;
    await negotiate(true);
  };
  return {
    watch: () => inTurn(take),
    lost() {
      onHit();
      void inTurn(() => untilAccepted(take)).catch(() => undefined);
    },
    added(consumer) {
      const adding = inTurn(async () => {
        if (!held || held.consumers.some(({ id }) => id === consumer.id)) return;
        held.consumers.push(consumer);
        await negotiate(!connected);
        await side.resume([consumer.id]);
      });
      void adding.catch(() => undefined);
    },
    ended(consumerId) {
      onHit();
      ended.add(consumerId);
    },
  };
}

import { setTimeout as pause } from 'node:timers/promises';
import type { Swarm } from '../../../media/simulate/swarm-crowd.ts';
import { offerOf } from '../../../media/simulate/swarm-offer.ts';
import type { ConsumerOptions, Subscription } from '../../../media/types.ts';
import type { SfuProcess } from './sfu.ts';
import type { Source } from './source.ts';

const RETRY_MS = 100;
const TRIES = 100;

async function untilAccepted(attempt: () => Promise<void>): Promise<void> {
  for (let left = TRIES; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
      await pause(RETRY_MS);
    }
  }
}

/**
 * Viewers and a publisher that do what the pages do when the plane tells them of a
 * loss: subscribe again, take what is added on the same transport, publish again.
 */
export function followEvents(sfu: SfuProcess, swarm: Swarm, source: Source): { hit: Set<string> } {
  /** Viewers whose stream was cut since this was cleared. */
  const hit = new Set<string>();
  const held = new Map<string, { subscription: Subscription; consumers: ConsumerOptions[]; ended: Set<string> }>();
  sfu.onSubscribed((viewerId, subscription) => {
    held.set(viewerId, { subscription, consumers: [...subscription.consumers], ended: new Set() });
  });
  /** One at a time for each viewer. */
  const work = new Map<string, Promise<void>>();
  const next = (viewerId: string, act: () => Promise<void>): void => {
    work.set(
      viewerId,
      (work.get(viewerId) ?? Promise.resolve()).then(act).catch(() => undefined),
    );
  };
  sfu.on((event) => {
    switch (event.type) {
      case 'publisherLost':
        source.sendTo(null);
        void untilAccepted(async () => source.sendTo(await sfu.ask('ingest', {})));
        return;
      case 'subscriberLost':
        hit.add(event.viewerId);
        held.delete(event.viewerId);
        next(event.viewerId, () => untilAccepted(() => sfu.watch(swarm, event.viewerId)));
        return;
      case 'consumerClosed':
        hit.add(event.viewerId);
        held.get(event.viewerId)?.ended.add(event.consumerId);
        return;
      case 'consumerAdded':
        next(event.viewerId, async () => {
          const { viewerId, consumer } = event;
          const own = held.get(viewerId);
          if (!own || own.consumers.some(({ id }) => id === consumer.id)) return;
          own.consumers.push(consumer);
          await swarm.answer(viewerId, offerOf({ ...own.subscription, consumers: own.consumers }, own.ended));
          await sfu.ask('resume', { viewerId, consumerIds: [consumer.id] });
        });
        return;
      default:
        event satisfies never;
    }
  });
  return { hit };
}

import type { Producer } from 'mediasoup/types';
import type { HeldRouter } from './stage-routers.ts';

/** A producer and the router it is on. */
export interface Origin {
  readonly producer: Producer;
  readonly home: HeldRouter;
}

/**
 * Brings producers to other routers of the stage: at most one pipe per
 * (producer, edge), however many ask at once. mediasoup keeps the pair of pipe
 * transports between two routers and closes it with either of them; a pipe ends
 * with its producer. Both routers are held while a pipe is laid, because
 * mediasoup leaves one half of a pair behind when a router closes meanwhile.
 */
export class Cascade {
  readonly #pipes = new Map<string, Promise<void>>();

  /** Resolves when the producer can be consumed on the edge. */
  bring(origin: Origin, edge: HeldRouter): Promise<void> {
    if (origin.home.router.id === edge.router.id) return Promise.resolve();
    const key = `${origin.producer.id}>${edge.router.id}`;
    const known = this.#pipes.get(key);
    if (known) return known;
    const pipe = this.#lay(origin, edge, key);
    this.#pipes.set(key, pipe);
    pipe.catch(() => this.#pipes.delete(key));
    return pipe;
  }

  async #lay(origin: Origin, edge: HeldRouter, key: string): Promise<void> {
    const holds: HeldRouter[] = [];
    try {
      holds.push(origin.home.share(), edge.share());
      const { pipeProducer } = await origin.home.router.pipeToRouter({
        producerId: origin.producer.id,
        router: edge.router,
        enableSctp: false,
      });
      if (!pipeProducer || pipeProducer.closed) throw new Error('the producer was closed while it was piped');
      pipeProducer.observer.once('close', () => this.#pipes.delete(key));
    } finally {
      for (const hold of holds) hold.release();
    }
  }
}

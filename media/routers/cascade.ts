import type { HeldRouter } from './shared-router.ts';
import type { Origin } from './stage-producer.ts';

/**
 * Brings producers to other routers of the stage: at most one pipe per
 * (producer, edge), however many ask at once. mediasoup keeps the pair of pipe
 * transports between two routers and closes it with either of them; a pipe ends
 * with its producer. Both routers are held while a pipe is laid, because
 * mediasoup leaves one half of a pair behind when a router closes meanwhile.
 */
export class Cascade {
  readonly #pipes = new Map<string, Promise<string>>();

  /** Resolves with the id under which the producer can be consumed on the edge. */
  async bring(origin: Origin, edge: HeldRouter): Promise<string> {
    if (origin.home.router.id === edge.router.id) return origin.producer.id;
    if (!edge.feeder) return this.#pipe(origin.producer.id, origin.home, edge);
    // A dialect takes everything from its own worker's router, so that each producer comes to the worker once.
    return this.#pipe(await this.bring(origin, edge.feeder), edge.feeder, edge);
  }

  #pipe(producerId: string, from: HeldRouter, edge: HeldRouter): Promise<string> {
    const key = `${from.router.id} ${producerId} ${edge.router.id}`;
    const known = this.#pipes.get(key);
    if (known) return known;
    const pipe = this.#lay(producerId, from, edge, key);
    this.#pipes.set(key, pipe);
    pipe.catch(() => this.#pipes.delete(key));
    return pipe;
  }

  async #lay(producerId: string, from: HeldRouter, edge: HeldRouter, key: string): Promise<string> {
    const holds: HeldRouter[] = [];
    try {
      holds.push(from.share(), edge.share());
      const { pipeProducer } = await from.router.pipeToRouter({
        producerId,
        router: edge.router,
        // In one worker every producer has an id of its own.
        keepId: from.pid !== edge.pid,
        enableSctp: false,
      });
      if (!pipeProducer || pipeProducer.closed) throw new Error('the producer was closed while it was piped');
      pipeProducer.observer.once('close', () => this.#pipes.delete(key));
      return pipeProducer.id;
    } finally {
      for (const hold of holds) hold.release();
    }
  }
}

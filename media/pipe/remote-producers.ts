import type { StageProducer } from '../routers/stage-producer.ts';
import type { MediaLog, RemoteOrigin, StageProducerView } from '../types.ts';
import type { PipeOptions } from './pipe-transport.ts';
import { RemoteProducer } from './remote-producer.ts';

export interface RemoteProducersOptions {
  pipe: PipeOptions;
  log: MediaLog;
  added(producer: StageProducer): void;
  /** The last one is gone. */
  emptied(): void;
}

/** What other hosts send on one stage. */
export class RemoteProducers {
  readonly #options: RemoteProducersOptions;
  readonly #producers = new Map<string, RemoteProducer>();

  constructor(options: RemoteProducersOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#producers.size;
  }

  all(): Iterable<RemoteProducer> {
    return this.#producers.values();
  }

  /** Repeated, it replaces the origin of pipes that are laid from then on. */
  add(view: StageProducerView, origin: RemoteOrigin): void {
    const known = this.#producers.get(view.producerId);
    if (known) {
      known.origin = origin;
      return;
    }
    const { pipe, log, added } = this.#options;
    const producer = new RemoteProducer({ view, origin, pipe, log });
    this.#producers.set(view.producerId, producer);
    added(producer);
  }

  pause(producerId: string, paused: boolean): void {
    this.#producers.get(producerId)?.pause(paused);
  }

  remove(producerId: string): void {
    const producer = this.#producers.get(producerId);
    if (!producer) return;
    this.#producers.delete(producerId);
    producer.close();
    if (this.#producers.size === 0) this.#options.emptied();
  }

  close(): void {
    for (const producer of this.#producers.values()) producer.close();
    this.#producers.clear();
  }
}

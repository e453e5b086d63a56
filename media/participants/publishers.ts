import { EventEmitter } from 'node:events';
import { notFound } from '../faults.ts';
import type { LocalProducer } from '../routers/stage-producer.ts';
import type { PublisherLoss, PublishOptions } from '../types.ts';
import { Publisher, type PublisherOptions } from './publisher.ts';
import { makeRoom } from './seats.ts';

interface PublishersEvents {
  produced: [producer: LocalProducer];
  producerClosed: [producer: LocalProducer];
  paused: [producer: LocalProducer, paused: boolean];
  lost: [publisherId: string, reason: PublisherLoss];
  /** The last one has left. */
  emptied: [];
}

/** Who sends on one stage, each in its seat. */
export class Publishers extends EventEmitter<PublishersEvents> {
  readonly #options: Omit<PublisherOptions, 'id' | 'owner' | 'seat' | 'detached'>;
  readonly #publishers = new Map<string, Publisher>();

  constructor(options: Omit<PublisherOptions, 'id' | 'owner' | 'seat' | 'detached'>) {
    super();
    this.#options = options;
  }

  get size(): number {
    return this.#publishers.size;
  }

  *producers(): Iterable<LocalProducer> {
    for (const publisher of this.#publishers.values()) yield* publisher.producers;
  }

  find(id: string): Publisher | undefined {
    return this.#publishers.get(id);
  }

  /** @throws MediaError not-found */
  get(id: string): Publisher {
    const publisher = this.#publishers.get(id);
    if (!publisher) throw notFound('publisher');
    return publisher;
  }

  /**
   * Runs one call of a publisher, who takes its seat with it, or takes it over from
   * the same owner; one who has nothing open afterwards leaves again.
   * @throws MediaError busy or full, see makeRoom()
   */
  async admitted<T>(id: string, options: PublishOptions, act: (publisher: Publisher) => Promise<T>): Promise<T> {
    const { owner = id, seat = 'lead', guests, detached = false } = options;
    const known = this.#publishers.get(id);
    const publisher = known?.owner === owner && known.seat === seat ? known : this.#admit({ id, owner, seat, detached }, guests);
    try {
      return await act(publisher);
    } finally {
      this.#dropIfIdle(publisher);
    }
  }

  closeProducer(id: string, producerId: string): void {
    const publisher = this.get(id);
    publisher.closeProducer(producerId);
    this.#dropIfIdle(publisher);
  }

  /** Nothing happens when it is gone already. */
  remove(id: string): void {
    const publisher = this.#publishers.get(id);
    if (!publisher) return;
    publisher.close();
    this.#forget(publisher);
  }

  close(): void {
    for (const publisher of this.#publishers.values()) publisher.close();
    this.#publishers.clear();
  }

  #admit(comer: Pick<PublisherOptions, 'id' | 'owner' | 'seat' | 'detached'>, guests: number | undefined): Publisher {
    const { id } = comer;
    const leaving = makeRoom([...this.#publishers.values()], comer, guests);
    const publisher = new Publisher({ ...this.#options, ...comer });
    publisher.on('produced', (producer) => this.emit('produced', producer));
    publisher.on('producerClosed', (producer) => this.emit('producerClosed', producer));
    publisher.on('paused', (producer, paused) => this.emit('paused', producer, paused));
    publisher.on('lost', (reason) => {
      this.#forget(publisher);
      this.emit('lost', id, reason);
    });
    // The comer is there before the others go, or the stage might be empty for a moment.
    for (const other of leaving) if (other.id === id) other.close();
    this.#publishers.set(id, publisher);
    for (const other of leaving) {
      if (other.id === id) continue;
      this.remove(other.id);
      this.emit('lost', other.id, 'replaced');
    }
    return publisher;
  }

  #forget(publisher: Publisher): void {
    if (this.#publishers.get(publisher.id) === publisher) this.#publishers.delete(publisher.id);
    if (this.#publishers.size === 0) this.emit('emptied');
  }

  #dropIfIdle(publisher: Publisher): void {
    if (!publisher.idle) return;
    publisher.close();
    this.#forget(publisher);
  }
}

import { EventEmitter } from 'node:events';
import type { IceParameters, RouterRtpCodecCapability, RtpCapabilities } from 'mediasoup/types';
import { Cascade } from './cascade.ts';
import { notFound } from './faults.ts';
import { Publisher, type StageProducer } from './publisher.ts';
import { StageRouters } from './stage-routers.ts';
import { Subscriber } from './subscriber.ts';
import type { ConsumerOptions, MediaLog, RtpIngest, RtpIngestOptions, StageHealth, Subscription, TransportOptions } from './types.ts';
import { MediaError } from './types.ts';
import type { WorkerPool } from './worker-pool.ts';

export interface StageOptions {
  pool: WorkerPool;
  codecs: readonly RouterRtpCodecCapability[];
  initialOutgoingBitrate: number;
  maxIncomingBitrate: number;
  edgeCost: number;
  log: MediaLog;
}

interface StageEvents {
  consumerAdded: [subscriberId: string, consumer: ConsumerOptions];
  consumerClosed: [subscriberId: string, consumerId: string];
  subscriberLost: [subscriberId: string];
  publisherLost: [publisherId: string, reason: 'worker-died' | 'replaced'];
  publishing: [publishing: boolean];
  /** Nobody is left; the stage has closed itself. */
  empty: [];
}

/**
 * One session's media: who sends, who receives, and the routers between them.
 * Every participant holds its own router; the stage only introduces producers to
 * subscribers and forgets who has left.
 */
export class Stage extends EventEmitter<StageEvents> {
  readonly #options: StageOptions;
  readonly #routers: StageRouters;
  readonly #cascade = new Cascade();
  readonly #publishers = new Map<string, Publisher>();
  readonly #subscribers = new Map<string, Subscriber>();
  #publishing = false;
  #closed = false;

  constructor(options: StageOptions) {
    super();
    this.#options = options;
    this.#routers = new StageRouters(options);
  }

  async subscribe(id: string, rtpCapabilities: RtpCapabilities): Promise<Subscription> {
    this.#assertOpen();
    this.#subscribers.get(id)?.close();
    const subscriber = new Subscriber({ ...this.#options, id, rtpCapabilities, routers: this.#routers, cascade: this.#cascade });
    this.#subscribers.set(id, subscriber);
    subscriber.on('consumerAdded', (consumer) => this.emit('consumerAdded', id, consumer));
    subscriber.on('consumerClosed', (consumerId) => this.emit('consumerClosed', id, consumerId));
    subscriber.on('lost', () => {
      this.#forgetSubscriber(subscriber);
      this.emit('subscriberLost', id);
    });
    try {
      return await subscriber.open(() => this.#producers());
    } catch (error) {
      subscriber.close();
      this.#forgetSubscriber(subscriber);
      throw error;
    }
  }

  subscriber(id: string): Subscriber {
    const subscriber = this.#subscribers.get(id);
    if (!subscriber) throw notFound('subscriber');
    return subscriber;
  }

  unsubscribe(id: string): void {
    const subscriber = this.#subscribers.get(id);
    if (!subscriber) return;
    subscriber.close();
    this.#forgetSubscriber(subscriber);
  }

  /** @throws MediaError busy when somebody of another owner is on stage */
  publish(id: string, owner: string): Promise<TransportOptions> {
    return this.#admitted(id, owner, (publisher) => publisher.open());
  }

  /** @throws MediaError busy when somebody of another owner is on stage */
  ingest(id: string, options: RtpIngestOptions): Promise<RtpIngest> {
    return this.#admitted(id, options.owner ?? id, (publisher) => publisher.ingest(options));
  }

  publisher(id: string): Publisher {
    const publisher = this.#publishers.get(id);
    if (!publisher) throw notFound('publisher');
    return publisher;
  }

  /** A publisher who has nothing open any more leaves the stage. */
  closeProducer(id: string, producerId: string): void {
    const publisher = this.publisher(id);
    publisher.closeProducer(producerId);
    this.#dropIfIdle(publisher);
  }

  unpublish(id: string): void {
    const publisher = this.#publishers.get(id);
    if (!publisher) return;
    publisher.close();
    this.#forgetPublisher(publisher);
  }

  async restartIce(participantId: string, transportId: string): Promise<IceParameters> {
    const parameters =
      (await this.#subscribers.get(participantId)?.restartIce(transportId)) ??
      (await this.#publishers.get(participantId)?.restartIce(transportId));
    if (!parameters) throw notFound('transport');
    return parameters;
  }

  async health(): Promise<StageHealth> {
    const producers = await Promise.all(
      [...this.#producers()].map(async ({ producer, source }) => {
        const stats = await producer.getStats().catch(() => []);
        return {
          id: producer.id,
          kind: producer.kind,
          source,
          score: Math.max(0, ...producer.score.map((stream) => stream.score)),
          bitrate: stats.reduce((sum, stream) => sum + stream.bitrate, 0),
        };
      }),
    );
    return { publishers: this.#publishers.size, subscribers: this.#subscribers.size, producers };
  }

  /** Subscribers first, so that they are not told one by one that the producers go; then publishers; then what is left of the routers. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const subscriber of this.#subscribers.values()) subscriber.close();
    for (const publisher of this.#publishers.values()) publisher.close();
    this.#subscribers.clear();
    this.#publishers.clear();
    this.#routers.close();
  }

  /** Runs one call of a publisher, who takes the stage with it, or takes it over from the same owner. */
  async #admitted<T>(id: string, owner: string, act: (publisher: Publisher) => Promise<T>): Promise<T> {
    this.#assertOpen();
    const publisher = this.#publishers.get(id) ?? this.#admit(id, owner);
    try {
      return await act(publisher);
    } finally {
      this.#dropIfIdle(publisher);
    }
  }

  #admit(id: string, owner: string): Publisher {
    const others = [...this.#publishers.values()];
    if (others.some((other) => other.owner !== owner)) throw new MediaError('busy', 'another publisher holds the stage');
    const publisher = new Publisher({ ...this.#options, id, owner, routers: this.#routers });
    this.#publishers.set(id, publisher);
    publisher.on('produced', (producer) => {
      this.#announce();
      for (const subscriber of this.#subscribers.values()) subscriber.add(producer);
    });
    publisher.on('producerClosed', () => this.#announce());
    publisher.on('lost', () => {
      this.#forgetPublisher(publisher);
      this.emit('publisherLost', id, 'worker-died');
    });
    for (const other of others) {
      this.unpublish(other.id);
      this.emit('publisherLost', other.id, 'replaced');
    }
    return publisher;
  }

  *#producers(): Iterable<StageProducer> {
    for (const publisher of this.#publishers.values()) yield* publisher.producers;
  }

  #announce(): void {
    const publishing = !this.#producers()[Symbol.iterator]().next().done;
    if (publishing === this.#publishing) return;
    this.#publishing = publishing;
    this.emit('publishing', publishing);
  }

  #forgetSubscriber(subscriber: Subscriber): void {
    if (this.#subscribers.get(subscriber.id) === subscriber) this.#subscribers.delete(subscriber.id);
    this.#closeIfEmpty();
  }

  #forgetPublisher(publisher: Publisher): void {
    if (this.#publishers.get(publisher.id) === publisher) this.#publishers.delete(publisher.id);
    this.#closeIfEmpty();
  }

  #dropIfIdle(publisher: Publisher): void {
    if (!publisher.idle) return;
    publisher.close();
    this.#forgetPublisher(publisher);
  }

  #closeIfEmpty(): void {
    if (this.#closed || this.#subscribers.size > 0 || this.#publishers.size > 0) return;
    this.close();
    this.emit('empty');
  }

  #assertOpen(): void {
    if (this.#closed) throw notFound('stage');
  }
}

import { EventEmitter } from 'node:events';
import type { IceParameters, RouterRtpCodecCapability, RtpCapabilities } from 'mediasoup/types';
import { notFound } from './faults.ts';
import type { Judgement } from './health/condition.ts';
import { StageMonitor } from './health/stage-monitor.ts';
import type { PresenceLimits } from './participants/presence.ts';
import type { Publisher } from './participants/publisher.ts';
import { Publishers } from './participants/publishers.ts';
import { Subscriber } from './participants/subscriber.ts';
import { OutgoingPipes } from './pipe/outgoing-pipes.ts';
import type { PipeOptions } from './pipe/pipe-transport.ts';
import { RemoteProducers } from './pipe/remote-producers.ts';
import type { WorkerPool } from './pool/worker-pool.ts';
import { Cascade } from './routers/cascade.ts';
import type { StageProducer } from './routers/stage-producer.ts';
import { StageRouters } from './routers/stage-routers.ts';
import type {
  ConsumerOptions,
  MediaLog,
  OpenedPipe,
  PipeEnd,
  PublisherLoss,
  PublishOptions,
  RtpIngest,
  RtpIngestOptions,
  StageHealth,
  StageProducerView,
  SubscribeOptions,
  Subscription,
  TransportOptions,
} from './types.ts';

export interface StageOptions {
  hostId: string;
  pool: WorkerPool;
  codecs: readonly RouterRtpCodecCapability[];
  initialOutgoingBitrate: number;
  maxIncomingBitrate: number;
  edgeCost: number;
  pipe: PipeOptions;
  presence: PresenceLimits;
  log: MediaLog;
}

interface StageEvents {
  consumerAdded: [subscriberId: string, consumer: ConsumerOptions];
  consumerClosed: [subscriberId: string, consumerId: string];
  subscriberLost: [subscriberId: string];
  publisherLost: [publisherId: string, reason: PublisherLoss];
  publishing: [publishing: boolean];
  condition: [judgement: Judgement];
  producerOpened: [producer: StageProducerView];
  producerClosed: [producerId: string];
  producerPaused: [producerId: string, paused: boolean];
  /** Nobody is left, and no other host sends anything; the stage has closed itself. */
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
  readonly #subscribers = new Map<string, Subscriber>();
  readonly #publishers: Publishers;
  readonly #outgoing: OutgoingPipes;
  readonly #monitor: StageMonitor;
  /** Producers of other hosts. */
  readonly remote: RemoteProducers;
  #publishing = false;
  #closed = false;

  constructor(options: StageOptions) {
    super();
    this.#options = options;
    this.#routers = new StageRouters(options);
    this.#publishers = this.#seatPublishers();
    this.#outgoing = new OutgoingPipes(options.pipe);
    this.remote = new RemoteProducers({
      ...options,
      added: (producer) => this.#introduce(producer),
      emptied: () => this.#closeIfEmpty(),
    });
    this.#monitor = new StageMonitor({
      ...options,
      publishers: this.#publishers,
      subscribers: this.#subscribers,
      told: (judgement) => this.emit('condition', judgement),
    });
  }

  async subscribe(id: string, rtpCapabilities: RtpCapabilities, options: SubscribeOptions = {}): Promise<Subscription> {
    this.#assertOpen();
    this.#subscribers.get(id)?.close();
    const shared = { ...this.#options, routers: this.#routers, cascade: this.#cascade };
    const subscriber = new Subscriber({ ...shared, ...options, id, rtpCapabilities });
    this.#subscribers.set(id, subscriber);
    subscriber.on('consumerAdded', (consumer) => this.emit('consumerAdded', id, consumer));
    subscriber.on('consumerClosed', (consumerId) => this.emit('consumerClosed', id, consumerId));
    subscriber.on('lost', () => {
      this.#forgetSubscriber(subscriber);
      this.emit('subscriberLost', id);
    });
    try {
      return await subscriber.open(() => this.#producersFor(id));
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

  /** @throws MediaError busy or full, see makeRoom() */
  async publish(id: string, options: PublishOptions): Promise<TransportOptions> {
    this.#assertOpen();
    return this.#publishers.admitted(id, options, (publisher) => publisher.open());
  }

  /** @throws MediaError busy or full, see makeRoom() */
  async ingest(id: string, options: RtpIngestOptions): Promise<RtpIngest> {
    this.#assertOpen();
    return this.#publishers.admitted(id, options, (publisher) => publisher.ingest(options));
  }

  publisher(id: string): Publisher {
    return this.#publishers.get(id);
  }

  /** A publisher who has nothing open any more leaves the stage. */
  closeProducer(id: string, producerId: string): void {
    this.#publishers.closeProducer(id, producerId);
  }

  unpublish(id: string): void {
    this.#publishers.remove(id);
  }

  async restartIce(participantId: string, transportId: string): Promise<IceParameters> {
    const parameters =
      (await this.#subscribers.get(participantId)?.restartIce(transportId)) ??
      (await this.#publishers.find(participantId)?.restartIce(transportId));
    if (!parameters) throw notFound('transport');
    return parameters;
  }

  /** What other hosts are told of. */
  producers(): StageProducerView[] {
    return [...this.#publishers.producers()].map(({ view }) => view);
  }

  async openPipe(producerId: string, end: PipeEnd): Promise<OpenedPipe> {
    const local = [...this.#publishers.producers()].find(({ id }) => id === producerId);
    if (!local) throw notFound('producer');
    return this.#outgoing.open(local, end);
  }

  closePipe(pipeId: string): void {
    this.#outgoing.close(pipeId);
  }

  health(): Promise<StageHealth> {
    return this.#monitor.health();
  }

  /**
   * Subscribers first, so that they are not told one by one that the producers go;
   * then what comes from other hosts, what goes there, publishers, and what is left
   * of the routers.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const subscriber of this.#subscribers.values()) subscriber.close();
    this.remote.close();
    this.#outgoing.closeAll();
    this.#publishers.close();
    this.#monitor.end();
    this.#subscribers.clear();
    this.#routers.close();
  }

  #seatPublishers(): Publishers {
    const publishers = new Publishers({ ...this.#options, routers: this.#routers });
    publishers.on('produced', (producer) => {
      this.#announce();
      this.#introduce(producer);
      this.emit('producerOpened', producer.view);
    });
    publishers.on('producerClosed', ({ id }) => {
      this.#announce();
      this.emit('producerClosed', id);
    });
    publishers.on('paused', ({ id }, paused) => this.emit('producerPaused', id, paused));
    publishers.on('lost', (publisherId, reason) => this.emit('publisherLost', publisherId, reason));
    publishers.on('emptied', () => this.#closeIfEmpty());
    return publishers;
  }

  #introduce(producer: StageProducer): void {
    for (const subscriber of this.#subscribers.values()) if (subscriber.id !== producer.publisherId) subscriber.add(producer);
  }

  /** Nobody is sent back what it sends itself: it would hear its own echo, and pay for it twice. */
  *#producersFor(subscriberId: string): Iterable<StageProducer> {
    for (const producer of this.#producers()) if (producer.publisherId !== subscriberId) yield producer;
  }

  *#producers(): Iterable<StageProducer> {
    yield* this.#publishers.producers();
    yield* this.remote.all();
  }

  #announce(): void {
    const publishing = [...this.#publishers.producers()].some(({ seat }) => seat === 'lead');
    if (publishing === this.#publishing) return;
    this.#publishing = publishing;
    this.emit('publishing', publishing);
    if (publishing) this.#monitor.begin();
    else this.#monitor.end();
  }

  #forgetSubscriber(subscriber: Subscriber): void {
    if (this.#subscribers.get(subscriber.id) === subscriber) this.#subscribers.delete(subscriber.id);
    this.#closeIfEmpty();
  }

  #closeIfEmpty(): void {
    if (this.#closed || this.#subscribers.size > 0 || this.#publishers.size > 0 || this.remote.size > 0) return;
    this.close();
    this.emit('empty');
  }

  #assertOpen(): void {
    if (this.#closed) throw notFound('stage');
  }
}

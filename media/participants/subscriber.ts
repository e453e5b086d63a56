import { EventEmitter } from 'node:events';
import type { DtlsParameters, IceParameters, RtpCapabilities, WebRtcTransport } from 'mediasoup/types';
import { notFound } from '../faults.ts';
import type { Reception } from '../health/reception.ts';
import type { Cascade } from '../routers/cascade.ts';
import type { HeldRouter } from '../routers/shared-router.ts';
import type { StageProducer } from '../routers/stage-producer.ts';
import type { StageRouters } from '../routers/stage-routers.ts';
import type { ConsumerOptions, MediaLog, SubscribeOptions, Subscription } from '../types.ts';
import { MediaError } from '../types.ts';
import { Consumption, unlessGone } from './consumption.ts';
import { type PresenceLimits, watchPresence } from './presence.ts';
import { openTransport, transportOptions } from './transport.ts';

export interface SubscriberOptions extends SubscribeOptions {
  id: string;
  rtpCapabilities: RtpCapabilities;
  routers: StageRouters;
  cascade: Cascade;
  /** What the transport starts with before its bandwidth is known, bits a second. */
  initialOutgoingBitrate: number;
  presence: PresenceLimits;
  log: MediaLog;
}

interface SubscriberEvents {
  consumerAdded: [consumer: ConsumerOptions];
  consumerClosed: [consumerId: string];
  /** Its worker died after open() had answered, or it is detached and gone; the subscriber is closed. */
  lost: [];
}

/** What there is of it once it is placed. */
interface Opened {
  readonly transport: WebRtcTransport;
  readonly consumption: Consumption;
}

/** One viewer: its receive transport on the router it was placed on, and what it takes. */
export class Subscriber extends EventEmitter<SubscriberEvents> {
  readonly id: string;
  readonly #options: SubscriberOptions;
  #held: HeldRouter | undefined;
  #opened: Opened | undefined;
  #connecting: Promise<void> | undefined;
  #answered = false;
  #closed = false;
  #lost = false;

  constructor(options: SubscriberOptions) {
    super();
    this.id = options.id;
    this.#options = options;
  }

  /** Process id of the worker it is on; undefined before it is placed. */
  get pid(): number | undefined {
    return this.#held?.pid;
  }

  get transport(): WebRtcTransport | undefined {
    return this.#opened?.transport;
  }

  /** How it receives; undefined before it has answered. */
  get reception(): Reception | undefined {
    return this.#answered ? this.#opened?.consumption.reception : undefined;
  }

  get consumers(): number {
    return this.#opened?.consumption.size ?? 0;
  }

  /** Opens the transport and paused consumers of all that is produced, also of what appears meanwhile. */
  async open(producers: () => Iterable<StageProducer>): Promise<Subscription> {
    const held = await this.#options.routers.acquire(this.#options.payloadTypes);
    if (this.#closed) {
      held.release();
      throw notFound('subscriber');
    }
    this.#held = held;
    held.onLost(() => this.#lose());
    const transport = await openTransport(held, this.#options);
    if (this.#closed) {
      transport.close();
      throw this.#gone();
    }
    const consumption = new Consumption({
      ...this.#options,
      subscriberId: this.id,
      transport,
      held,
      added: (consumer) => this.emit('consumerAdded', consumer),
      ended: (consumerId) => this.emit('consumerClosed', consumerId),
    });
    this.#opened = { transport, consumption };
    if (this.#options.detached) watchPresence(transport, this.#options.presence, () => this.#lose());
    for (const producer of producers()) this.add(producer);
    const consumers = await consumption.answer();
    if (this.#closed) throw this.#gone();
    this.#answered = true;
    return { transport: transportOptions(transport), consumers };
  }

  /** Takes one more producer; before open() has its transport, open() takes care of it. */
  add(producer: StageProducer): void {
    this.#opened?.consumption.add(producer);
  }

  /**
   * Starts DTLS and, without waiting for it, the consumers the client was given:
   * the worker asks for a key frame when the transport is connected. A repeated
   * call waits for the first.
   */
  async connect(transportId: string, dtlsParameters: DtlsParameters): Promise<void> {
    const { transport, consumption } = this.#placed('transport');
    if (transport.id !== transportId) throw notFound('transport');
    this.#connecting ??= transport.connect({ dtlsParameters });
    try {
      await Promise.all([this.#connecting, ...consumption.given.map((consumer) => unlessGone(consumer, () => consumer.resume()))]);
    } catch (error) {
      this.#connecting = undefined;
      throw error;
    }
  }

  async resume(consumerIds: readonly string[]): Promise<void> {
    const consumers = this.#placed('consumer').consumption.find(consumerIds);
    await Promise.all(consumers.map((consumer) => unlessGone(consumer, () => consumer.resume())));
  }

  async pause(consumerIds: readonly string[]): Promise<void> {
    const consumers = this.#placed('consumer').consumption.find(consumerIds);
    await Promise.all(consumers.map((consumer) => unlessGone(consumer, () => consumer.pause())));
  }

  async preferLayer(consumerId: string, spatialLayer: number, temporalLayer?: number): Promise<void> {
    await this.#placed('consumer').consumption.preferLayer(consumerId, spatialLayer, temporalLayer);
  }

  /** New ICE parameters, or undefined when the transport is not this subscriber's. */
  async restartIce(transportId: string): Promise<IceParameters | undefined> {
    return this.transport?.id === transportId ? this.transport.restartIce() : undefined;
  }

  /** Closes the transport (and with it the consumers), then gives its router back. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#opened?.consumption.close();
    this.#opened?.transport.close();
    this.#held?.release();
  }

  #lose(): void {
    if (this.#closed) return;
    this.#lost = true;
    this.close();
    if (this.#answered) this.emit('lost');
  }

  #gone(): MediaError {
    return this.#lost ? new MediaError('unavailable', 'the media worker died') : notFound('subscriber');
  }

  #placed(what: string): Opened {
    if (!this.#opened) throw notFound(what);
    return this.#opened;
  }
}

import { EventEmitter } from 'node:events';
import type { Consumer, DtlsParameters, IceParameters, RtpCapabilities, WebRtcTransport } from 'mediasoup/types';
import type { Cascade } from './cascade.ts';
import { notFound } from './faults.ts';
import type { StageProducer } from './publisher.ts';
import type { HeldRouter, StageRouters } from './stage-routers.ts';
import { openTransport, transportOptions } from './transport.ts';
import type { ConsumerOptions, MediaLog, Subscription } from './types.ts';
import { MediaError } from './types.ts';

export interface SubscriberOptions {
  id: string;
  rtpCapabilities: RtpCapabilities;
  routers: StageRouters;
  cascade: Cascade;
  /** What the transport starts with before its bandwidth is known, bits a second. */
  initialOutgoingBitrate: number;
  log: MediaLog;
}

interface SubscriberEvents {
  consumerAdded: [consumer: ConsumerOptions];
  consumerClosed: [consumerId: string];
  /** Its worker died after open() had answered; the subscriber is closed. */
  lost: [];
}

/** One viewer's receive transport and consumers, on the router it was placed on. */
export class Subscriber extends EventEmitter<SubscriberEvents> {
  readonly id: string;
  readonly #options: SubscriberOptions;
  readonly #consumers = new Map<string, { consumer: Consumer; options: ConsumerOptions; given: boolean }>();
  /** By producer id; kept as long as the consumer, so that no producer is consumed twice. */
  readonly #consuming = new Map<string, Promise<void>>();
  #held: HeldRouter | undefined;
  #transport: WebRtcTransport | undefined;
  #connecting: Promise<void> | undefined;
  #answered = false;
  #closed = false;
  #lost = false;

  constructor(options: SubscriberOptions) {
    super();
    this.id = options.id;
    this.#options = options;
  }

  /** Opens the transport and paused consumers of all that is produced, also of what appears meanwhile. */
  async open(producers: () => Iterable<StageProducer>): Promise<Subscription> {
    const held = await this.#options.routers.acquire();
    if (this.#closed) {
      held.release();
      throw notFound('subscriber');
    }
    this.#held = held;
    held.onLost(() => {
      if (this.#closed) return;
      this.#lost = true;
      this.close();
      if (this.#answered) this.emit('lost');
    });
    const transport = await openTransport(held, this.#options.initialOutgoingBitrate);
    if (this.#closed) {
      transport.close();
      throw this.#gone();
    }
    this.#transport = transport;
    for (const producer of producers()) this.add(producer);
    for (let waited = 0; waited < this.#consuming.size; ) {
      waited = this.#consuming.size;
      await Promise.all(this.#consuming.values());
    }
    if (this.#closed) throw this.#gone();
    this.#answered = true;
    const consumers = [...this.#consumers.values()];
    for (const entry of consumers) entry.given = true;
    return { transport: transportOptions(transport), consumers: consumers.map((entry) => entry.options) };
  }

  /** Consumes a producer, once; before open() has its transport, open() takes care of it. */
  add(producer: StageProducer): void {
    const { id } = producer.producer;
    if (this.#closed || !this.#transport || !this.#held || this.#consuming.has(id)) return;
    const consuming = this.#consume(producer, this.#transport, this.#held).catch((error: unknown) => {
      this.#consuming.delete(id);
      if (this.#closed || producer.producer.closed) return;
      this.#options.log.warn({ subscriberId: this.id, producerId: id, reason: String(error) }, 'a producer could not be consumed');
    });
    this.#consuming.set(id, consuming);
  }

  async #consume(origin: StageProducer, transport: WebRtcTransport, held: HeldRouter): Promise<void> {
    const producerId = origin.producer.id;
    await this.#options.cascade.bring(origin, held);
    if (this.#closed) return;
    const { rtpCapabilities } = this.#options;
    if (!held.router.canConsume({ producerId, rtpCapabilities })) {
      this.#options.log.info({ subscriberId: this.id, producerId }, 'the viewer cannot decode a producer');
      return;
    }
    const consumer = await transport.consume({ producerId, rtpCapabilities, paused: true });
    if (this.#closed) return consumer.close();
    const options: ConsumerOptions = {
      id: consumer.id,
      producerId,
      kind: consumer.kind,
      rtpParameters: consumer.rtpParameters,
      publisherId: origin.publisherId,
      source: origin.source,
    };
    this.#consumers.set(consumer.id, { consumer, options, given: false });
    consumer.once('producerclose', () => {
      this.#consumers.delete(consumer.id);
      this.#consuming.delete(producerId);
      if (!this.#closed && this.#answered) this.emit('consumerClosed', consumer.id);
    });
    if (this.#answered) this.emit('consumerAdded', options);
  }

  /**
   * Starts DTLS and, without waiting for it, the consumers the client was given:
   * the worker asks for a key frame when the transport is connected. A repeated
   * call waits for the first.
   */
  async connect(transportId: string, dtlsParameters: DtlsParameters): Promise<void> {
    const transport = this.#own(transportId);
    this.#connecting ??= transport.connect({ dtlsParameters });
    const given = [...this.#consumers.values()].filter((entry) => entry.given);
    try {
      await Promise.all([this.#connecting, ...given.map((entry) => this.#unlessGone(entry.consumer, (consumer) => consumer.resume()))]);
    } catch (error) {
      this.#connecting = undefined;
      throw error;
    }
  }

  async resume(consumerIds: readonly string[]): Promise<void> {
    await Promise.all(this.#find(consumerIds).map((consumer) => this.#unlessGone(consumer, () => consumer.resume())));
  }

  async pause(consumerIds: readonly string[]): Promise<void> {
    await Promise.all(this.#find(consumerIds).map((consumer) => this.#unlessGone(consumer, () => consumer.pause())));
  }

  /** The highest simulcast layer wanted; a consumer without layers stays as it is. */
  async preferLayer(consumerId: string, spatialLayer: number): Promise<void> {
    const [consumer] = this.#find([consumerId]);
    if (!consumer || (consumer.type !== 'simulcast' && consumer.type !== 'svc')) return;
    await this.#unlessGone(consumer, () => consumer.setPreferredLayers({ spatialLayer }));
  }

  /** New ICE parameters, or undefined when the transport is not this subscriber's. */
  async restartIce(transportId: string): Promise<IceParameters | undefined> {
    return this.#transport?.id === transportId ? this.#transport.restartIce() : undefined;
  }

  /** Closes the transport (and with it the consumers), then gives its router back. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#transport?.close();
    this.#held?.release();
    this.#consumers.clear();
    this.#consuming.clear();
  }

  #gone(): MediaError {
    return this.#lost ? new MediaError('unavailable', 'the media worker died') : notFound('subscriber');
  }

  #own(transportId: string): WebRtcTransport {
    if (!this.#transport || this.#transport.id !== transportId) throw notFound('transport');
    return this.#transport;
  }

  #find(consumerIds: readonly string[]): Consumer[] {
    return consumerIds.map((id) => {
      const entry = this.#consumers.get(id);
      if (!entry) throw notFound('consumer');
      return entry.consumer;
    });
  }

  /** A consumer whose producer ends meanwhile is no error: the client is told that it closed. */
  async #unlessGone(consumer: Consumer, act: (consumer: Consumer) => Promise<void>): Promise<void> {
    try {
      await act(consumer);
    } catch (error) {
      if (!consumer.closed) throw error;
    }
  }
}

import { EventEmitter } from 'node:events';
import type { Consumer, DtlsParameters, IceParameters, RtpCapabilities, WebRtcTransport } from 'mediasoup/types';
import type { Cascade } from './cascade.ts';
import { notFound } from './faults.ts';
import { type Reception, receptionOf } from './health/reception.ts';
import { Latest } from './latest.ts';
import { type PresenceLimits, watchPresence } from './presence.ts';
import type { HeldRouter } from './shared-router.ts';
import type { StageProducer } from './stage-producer.ts';
import type { StageRouters } from './stage-routers.ts';
import { openTransport, transportOptions } from './transport.ts';
import type { ConsumerOptions, MediaLog, SubscribeOptions, Subscription } from './types.ts';
import { MediaError } from './types.ts';

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

interface Entry {
  consumer: Consumer;
  options: ConsumerOptions;
  given: boolean;
  layers: Latest;
}

/** How often the layers that one viewer prefers reach the worker; each change may need a key frame. */
const betweenLayersMs = 500;
/** A producer of another host that takes longer to come does not hold the others back: it is added when it is there. */
const joinPatienceMs = 1_500;
const retryMs = [250, 1_000, 4_000] as const;

/** One viewer's receive transport and consumers, on the router it was placed on. */
export class Subscriber extends EventEmitter<SubscriberEvents> {
  readonly id: string;
  readonly #options: SubscriberOptions;
  readonly #consumers = new Map<string, Entry>();
  /** By producer id; kept as long as the consumer, so that no producer is consumed twice. */
  readonly #consuming = new Map<string, Promise<void>>();
  readonly #retries = new Set<NodeJS.Timeout>();
  #held: HeldRouter | undefined;
  #transport: WebRtcTransport | undefined;
  #connecting: Promise<void> | undefined;
  #reception: Reception | undefined;
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
    return this.#transport;
  }

  /** How it receives; undefined before it has answered. Judged again only when the worker has told something new. */
  get reception(): Reception | undefined {
    if (!this.#answered) return undefined;
    this.#reception ??= receptionOf([...this.#consumers.values()]);
    return this.#reception;
  }

  get consumers(): number {
    return this.#consumers.size;
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
    this.#transport = transport;
    if (this.#options.detached) watchPresence(transport, this.#options.presence, () => this.#lose());
    for (const producer of producers()) this.add(producer);
    await this.#consumed();
    if (this.#closed) throw this.#gone();
    this.#answered = true;
    const consumers = [...this.#consumers.values()];
    for (const entry of consumers) entry.given = true;
    return { transport: transportOptions(transport), consumers: consumers.map((entry) => entry.options) };
  }

  /** Consumes a producer, once; before open() has its transport, open() takes care of it. */
  add(producer: StageProducer, failures = 0): void {
    const { id } = producer;
    if (this.#closed || producer.closed || !this.#transport || !this.#held || this.#consuming.has(id)) return;
    const consuming = this.#consume(producer, this.#transport, this.#held).catch((error: unknown) => {
      this.#consuming.delete(id);
      if (this.#closed || producer.closed) return;
      this.#options.log.warn({ subscriberId: this.id, producerId: id, reason: String(error) }, 'a producer could not be consumed');
      this.#retry(producer, failures);
    });
    this.#consuming.set(id, consuming);
  }

  async #consume(producer: StageProducer, transport: WebRtcTransport, held: HeldRouter): Promise<void> {
    const located = await producer.locate(held);
    try {
      const producerId = await this.#options.cascade.bring(located, held);
      if (this.#closed) return located.release();
      const { rtpCapabilities } = this.#options;
      if (!held.router.canConsume({ producerId, rtpCapabilities })) {
        this.#options.log.info({ subscriberId: this.id, producerId }, 'the viewer cannot decode a producer');
        return located.release();
      }
      const consumer = await transport.consume({ producerId, rtpCapabilities, paused: true });
      consumer.observer.once('close', located.release);
      if (this.#closed) return consumer.close();
      this.#keep(producer, consumer);
    } catch (error) {
      located.release();
      throw error;
    }
  }

  #keep(producer: StageProducer, consumer: Consumer): void {
    const { id: producerId, publisherId, source, seat } = producer;
    const options: ConsumerOptions = {
      id: consumer.id,
      producerId,
      kind: consumer.kind,
      rtpParameters: consumer.rtpParameters,
      publisherId,
      source,
      seat,
    };
    const layers = new Latest(betweenLayersMs);
    this.#consumers.set(consumer.id, { consumer, options, given: false, layers });
    const changed = (): void => {
      this.#reception = undefined;
    };
    for (const event of ['score', 'layerschange', 'pause', 'resume', 'close'] as const) consumer.observer.on(event, changed);
    for (const event of ['producerpause', 'producerresume'] as const) consumer.on(event, changed);
    consumer.observer.once('close', () => layers.stop());
    consumer.once('producerclose', () => {
      this.#consumers.delete(consumer.id);
      this.#consuming.delete(producerId);
      if (this.#closed) return;
      if (this.#answered) this.emit('consumerClosed', consumer.id);
      // Only its way here has ended, with a worker: there may be another.
      this.add(producer);
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
      await Promise.all([this.#connecting, ...given.map((entry) => unlessGone(entry.consumer, (consumer) => consumer.resume()))]);
    } catch (error) {
      this.#connecting = undefined;
      throw error;
    }
  }

  async resume(consumerIds: readonly string[]): Promise<void> {
    await Promise.all(this.#find(consumerIds).map(({ consumer }) => unlessGone(consumer, () => consumer.resume())));
  }

  async pause(consumerIds: readonly string[]): Promise<void> {
    await Promise.all(this.#find(consumerIds).map(({ consumer }) => unlessGone(consumer, () => consumer.pause())));
  }

  /** The highest layers wanted, the latest wish at most every half second; a consumer without layers stays as it is. */
  async preferLayer(consumerId: string, spatialLayer: number, temporalLayer?: number): Promise<void> {
    const [entry] = this.#find([consumerId]);
    if (!entry || (entry.consumer.type !== 'simulcast' && entry.consumer.type !== 'svc')) return;
    await entry.layers.wish(() =>
      unlessGone(entry.consumer, (consumer) =>
        consumer.setPreferredLayers({ spatialLayer, ...(temporalLayer === undefined ? {} : { temporalLayer }) }),
      ),
    );
  }

  /** New ICE parameters, or undefined when the transport is not this subscriber's. */
  async restartIce(transportId: string): Promise<IceParameters | undefined> {
    return this.#transport?.id === transportId ? this.#transport.restartIce() : undefined;
  }

  /** Closes the transport (and with it the consumers), then gives its router back. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of this.#retries) clearTimeout(timer);
    this.#transport?.close();
    this.#held?.release();
    this.#consumers.clear();
    this.#consuming.clear();
  }

  #lose(): void {
    if (this.#closed) return;
    this.#lost = true;
    this.close();
    if (this.#answered) this.emit('lost');
  }

  #retry(producer: StageProducer, failures: number): void {
    const wait = retryMs[failures];
    if (wait === undefined) return;
    const timer = setTimeout(() => {
      this.#retries.delete(timer);
      this.add(producer, failures + 1);
    }, wait);
    this.#retries.add(timer);
  }

  /** Everything that is being consumed, or as much of it as comes in time. */
  async #consumed(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    let late = false;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        late = true;
        resolve();
      }, joinPatienceMs);
    });
    for (let waited = 0; !late && waited < this.#consuming.size; ) {
      waited = this.#consuming.size;
      await Promise.race([patience, Promise.all(this.#consuming.values())]);
    }
    clearTimeout(timer);
  }

  #gone(): MediaError {
    return this.#lost ? new MediaError('unavailable', 'the media worker died') : notFound('subscriber');
  }

  #own(transportId: string): WebRtcTransport {
    if (!this.#transport || this.#transport.id !== transportId) throw notFound('transport');
    return this.#transport;
  }

  #find(consumerIds: readonly string[]): Entry[] {
    return consumerIds.map((id) => {
      const entry = this.#consumers.get(id);
      if (!entry) throw notFound('consumer');
      return entry;
    });
  }
}

/** A consumer whose producer ends meanwhile is no error: the client is told that it closed. */
async function unlessGone(consumer: Consumer, act: (consumer: Consumer) => Promise<void>): Promise<void> {
  try {
    await act(consumer);
  } catch (error) {
    if (!consumer.closed) throw error;
  }
}

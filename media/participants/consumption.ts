import type { Consumer, RtpCapabilities, WebRtcTransport } from 'mediasoup/types';
import { asMediaError, notFound } from '../faults.ts';
import { type Reception, receptionOf } from '../health/reception.ts';
import type { Cascade } from '../routers/cascade.ts';
import type { HeldRouter } from '../routers/shared-router.ts';
import type { StageProducer } from '../routers/stage-producer.ts';
import type { ConsumerOptions, MediaLog } from '../types.ts';
import { Latest } from './latest.ts';

export interface ConsumptionOptions {
  subscriberId: string;
  transport: WebRtcTransport;
  held: HeldRouter;
  cascade: Cascade;
  rtpCapabilities: RtpCapabilities;
  log: MediaLog;
  added(consumer: ConsumerOptions): void;
  ended(consumerId: string): void;
}

interface Entry {
  consumer: Consumer;
  options: ConsumerOptions;
  /** Whether the client got it with the answer to its subscription. */
  given: boolean;
  layers: Latest;
}

/** How often the layers that one viewer prefers reach the worker; each change may need a key frame. */
const betweenLayersMs = 500;
/** A producer of another host that takes longer to come does not hold the others back: it is added when it is there. */
const joinPatienceMs = 1_500;
const retryMs = [250, 1_000, 4_000] as const;

/** What one viewer takes of a stage: at most one consumer of each producer. */
export class Consumption {
  readonly #options: ConsumptionOptions;
  readonly #consumers = new Map<string, Entry>();
  /** By producer id; kept as long as the consumer, so that no producer is consumed twice. */
  readonly #consuming = new Map<string, Promise<void>>();
  readonly #retries = new Set<NodeJS.Timeout>();
  #reception: Reception | undefined;
  #answered = false;
  #closed = false;

  constructor(options: ConsumptionOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#consumers.size;
  }

  /** Judged again only when the worker has told something new. */
  get reception(): Reception {
    this.#reception ??= receptionOf([...this.#consumers.values()]);
    return this.#reception;
  }

  /** Those that the client was given with its subscription. */
  get given(): Consumer[] {
    return [...this.#consumers.values()].filter((entry) => entry.given).map(({ consumer }) => consumer);
  }

  /** Consumes a producer, once. A failure that may pass is tried again a few times. */
  add(producer: StageProducer, failures = 0): void {
    const { id } = producer;
    if (this.#closed || producer.closed || this.#consuming.has(id)) return;
    const consuming = this.#consume(producer).catch((error: unknown) => {
      this.#consuming.delete(id);
      if (this.#closed || producer.closed) return;
      const { subscriberId, log } = this.#options;
      const fields = { subscriberId, producerId: id, reason: String(error) };
      if (asMediaError(error).fault === 'unsupported') {
        log.info(fields, 'the viewer cannot decode a producer');
        return;
      }
      log.warn(fields, 'a producer could not be consumed');
      this.#retry(producer, failures);
    });
    this.#consuming.set(id, consuming);
  }

  /** Everything that is being consumed, or as much of it as comes in time; what comes later is told by `added`. */
  async answer(): Promise<ConsumerOptions[]> {
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
    this.#answered = true;
    const entries = [...this.#consumers.values()];
    for (const entry of entries) entry.given = true;
    return entries.map(({ options }) => options);
  }

  /** @throws MediaError not-found when one is not there */
  find(consumerIds: readonly string[]): Consumer[] {
    return consumerIds.map((id) => this.#entry(id).consumer);
  }

  /** The latest wish at most every half second; a consumer without layers stays as it is. */
  async preferLayer(consumerId: string, spatialLayer: number, temporalLayer?: number): Promise<void> {
    const { consumer, layers } = this.#entry(consumerId);
    if (consumer.type !== 'simulcast' && consumer.type !== 'svc') return;
    const wanted = { spatialLayer, ...(temporalLayer === undefined ? {} : { temporalLayer }) };
    await layers.wish(() => unlessGone(consumer, () => consumer.setPreferredLayers(wanted)));
  }

  /** The transport closes the consumers. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#retries) clearTimeout(timer);
    this.#consumers.clear();
    this.#consuming.clear();
  }

  async #consume(producer: StageProducer): Promise<void> {
    const { transport, held, cascade, rtpCapabilities } = this.#options;
    const located = await producer.locate(held);
    try {
      const producerId = await cascade.bring(located, held);
      if (this.#closed) return located.release();
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
    const { id, kind, rtpParameters } = consumer;
    const options: ConsumerOptions = { id, producerId, kind, rtpParameters, publisherId, source, seat };
    const layers = new Latest(betweenLayersMs);
    this.#consumers.set(id, { consumer, options, given: false, layers });
    const changed = (): void => {
      this.#reception = undefined;
    };
    for (const event of ['score', 'layerschange', 'pause', 'resume', 'close'] as const) consumer.observer.on(event, changed);
    for (const event of ['producerpause', 'producerresume'] as const) consumer.on(event, changed);
    consumer.observer.once('close', () => layers.stop());
    consumer.once('producerclose', () => {
      this.#consumers.delete(id);
      this.#consuming.delete(producerId);
      if (this.#closed) return;
      if (this.#answered) this.#options.ended(id);
      // Only its way here has ended, with a worker: there may be another.
      this.add(producer);
    });
    changed();
    if (this.#answered) this.#options.added(options);
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

  #entry(id: string): Entry {
    const entry = this.#consumers.get(id);
    if (!entry) throw notFound('consumer');
    return entry;
  }
}

/** A consumer whose producer ends meanwhile is no error: the client is told that it closed. */
export async function unlessGone(consumer: Consumer, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!consumer.closed) throw error;
  }
}

import { EventEmitter } from 'node:events';
import type { DtlsParameters, IceParameters, RouterRtpCodecCapability, RtpCapabilities } from 'mediasoup/types';
import { asMediaError, notFound } from './faults.ts';
import { edgeCost } from './placement.ts';
import { Stage } from './stage.ts';
import type {
  MediaEvents,
  MediaLog,
  MediaPlane,
  ProduceOptions,
  PublishOptions,
  RtpIngest,
  RtpIngestOptions,
  StageHealth,
  Subscription,
  TransportOptions,
  WorkerHealth,
} from './types.ts';
import { createWorkerPool, type WorkerPool, type WorkerPoolOptions } from './worker-pool.ts';

export { MediaError, type MediaEvents, type MediaPlane } from './types.ts';

export interface MediaPlaneOptions extends Omit<WorkerPoolOptions, 'onDied' | 'log'> {
  /** What routers offer, in order of preference. */
  codecs: readonly RouterRtpCodecCapability[];
  /** What a transport starts with before its bandwidth is known, bits a second. */
  initialOutgoingBitrate: number;
  /** The most a publisher may send, bits a second. */
  maxIncomingBitrate: number;
  /** What a stage's router on one more worker costs, in participants; see placement.ts. */
  edgeCost?: number;
  log: MediaLog;
}

/** The media plane of this process. */
class LocalMediaPlane extends EventEmitter<MediaEvents> implements MediaPlane {
  readonly routerRtpCapabilities: RtpCapabilities;
  readonly #pool: WorkerPool;
  readonly #options: MediaPlaneOptions;
  readonly #stages = new Map<string, Stage>();
  #closed = false;

  constructor(options: MediaPlaneOptions, pool: WorkerPool, routerRtpCapabilities: RtpCapabilities) {
    super();
    this.#options = options;
    this.#pool = pool;
    this.routerRtpCapabilities = routerRtpCapabilities;
  }

  subscribe(stageId: string, subscriberId: string, rtpCapabilities: RtpCapabilities): Promise<Subscription> {
    return guarded(() => this.#open(stageId).subscribe(subscriberId, rtpCapabilities));
  }

  connectSubscriber(stageId: string, subscriberId: string, transportId: string, dtlsParameters: DtlsParameters): Promise<void> {
    return guarded(() => this.#stage(stageId).subscriber(subscriberId).connect(transportId, dtlsParameters));
  }

  resume(stageId: string, subscriberId: string, consumerIds: string[]): Promise<void> {
    return guarded(() => this.#stage(stageId).subscriber(subscriberId).resume(consumerIds));
  }

  pause(stageId: string, subscriberId: string, consumerIds: string[]): Promise<void> {
    return guarded(() => this.#stage(stageId).subscriber(subscriberId).pause(consumerIds));
  }

  preferLayer(stageId: string, subscriberId: string, consumerId: string, spatialLayer: number): Promise<void> {
    return guarded(() => this.#stage(stageId).subscriber(subscriberId).preferLayer(consumerId, spatialLayer));
  }

  restartIce(stageId: string, participantId: string, transportId: string): Promise<IceParameters> {
    return guarded(() => this.#stage(stageId).restartIce(participantId, transportId));
  }

  unsubscribe(stageId: string, subscriberId: string): Promise<void> {
    return guarded(() => this.#stages.get(stageId)?.unsubscribe(subscriberId));
  }

  publish(stageId: string, publisherId: string, { owner = publisherId }: PublishOptions = {}): Promise<TransportOptions> {
    return guarded(() => this.#open(stageId).publish(publisherId, owner));
  }

  connectPublisher(stageId: string, publisherId: string, transportId: string, dtlsParameters: DtlsParameters): Promise<void> {
    return guarded(() => this.#stage(stageId).publisher(publisherId).connect(transportId, dtlsParameters));
  }

  produce(stageId: string, publisherId: string, options: ProduceOptions): Promise<{ producerId: string }> {
    return guarded(async () => ({ producerId: (await this.#stage(stageId).publisher(publisherId).produce(options)).id }));
  }

  closeProducer(stageId: string, publisherId: string, producerId: string): Promise<void> {
    return guarded(() => this.#stage(stageId).closeProducer(publisherId, producerId));
  }

  ingestRtp(stageId: string, publisherId: string, options: RtpIngestOptions): Promise<RtpIngest> {
    return guarded(() => this.#open(stageId).ingest(publisherId, options));
  }

  unpublish(stageId: string, publisherId: string): Promise<void> {
    return guarded(() => this.#stages.get(stageId)?.unpublish(publisherId));
  }

  closeStage(stageId: string): Promise<void> {
    return guarded(() => {
      const stage = this.#stages.get(stageId);
      this.#stages.delete(stageId);
      stage?.close();
    });
  }

  async stageHealth(stageId: string): Promise<StageHealth> {
    const none: StageHealth = { publishers: 0, subscribers: 0, producers: [] };
    return guarded(async () => (await this.#stages.get(stageId)?.health()) ?? none);
  }

  workers(): WorkerHealth[] {
    return this.#pool.health();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const stageId of [...this.#stages.keys()]) await this.closeStage(stageId);
    await this.#pool.close();
  }

  #stage(stageId: string): Stage {
    const stage = this.#stages.get(stageId);
    if (!stage) throw notFound('stage');
    return stage;
  }

  #open(stageId: string): Stage {
    if (this.#closed) throw notFound('stage');
    const known = this.#stages.get(stageId);
    if (known) return known;
    const stage = new Stage({ edgeCost, ...this.#options, pool: this.#pool });
    this.#stages.set(stageId, stage);
    stage.on('consumerAdded', (subscriberId, consumer) => this.emit('consumerAdded', { stageId, subscriberId, consumer }));
    stage.on('consumerClosed', (subscriberId, consumerId) => this.emit('consumerClosed', { stageId, subscriberId, consumerId }));
    stage.on('subscriberLost', (subscriberId) => this.emit('subscriberLost', { stageId, subscriberId }));
    stage.on('publisherLost', (publisherId, reason) => this.emit('publisherLost', { stageId, publisherId, reason }));
    stage.on('publishing', (publishing) => this.emit('publishing', { stageId, publishing }));
    stage.on('empty', () => {
      if (this.#stages.get(stageId) === stage) this.#stages.delete(stageId);
    });
    return stage;
  }
}

/** Whatever is thrown below leaves as a MediaError. */
async function guarded<T>(act: () => T | Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw asMediaError(error);
  }
}

/**
 * Starts the workers and opens their ports.
 * @throws MediaError unavailable when a worker can't start or a port is taken, unsupported when addresses or codecs make no sense
 */
export async function createMediaPlane(options: MediaPlaneOptions): Promise<MediaPlane> {
  let plane: LocalMediaPlane | undefined;
  const pool = await createWorkerPool({ ...options, onDied: (event) => plane?.emit('workerDied', event) });
  return guarded(async () => {
    const [first] = await pool.living();
    const router = await first?.worker.createRouter({ mediaCodecs: structuredClone([...options.codecs]) });
    if (!router) throw notFound('worker');
    plane = new LocalMediaPlane(options, pool, router.rtpCapabilities);
    router.close();
    return plane;
  }).catch(async (error: unknown) => {
    await pool.close();
    throw error;
  });
}

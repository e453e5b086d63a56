import { EventEmitter } from 'node:events';
import type { DtlsParameters, IceParameters, RtpCapabilities } from 'mediasoup/types';
import { asMediaError, notFound } from './faults.ts';
import { Stage, type StageOptions } from './stage.ts';
import type {
  HostEvents,
  HostHealth,
  MediaHost,
  OpenedPipe,
  PipeEnd,
  ProduceOptions,
  PublishOptions,
  RemoteOrigin,
  RtpIngest,
  RtpIngestOptions,
  StageHealth,
  StageProducerView,
  SubscribeOptions,
  Subscription,
  TransportOptions,
} from './types.ts';

const nobody: StageHealth = {
  condition: 'none',
  reasons: [],
  publishers: 0,
  subscribers: 0,
  producers: [],
  edges: [],
  reception: { good: 0, fair: 0, poor: 0, lowered: 0, audioOnly: 0 },
};

/** The media plane of this process: the stages by their ids, and the one place where what is thrown below becomes a MediaError. */
export class LocalMediaHost extends EventEmitter<HostEvents> implements MediaHost {
  readonly hostId: string;
  readonly routerRtpCapabilities: RtpCapabilities;
  readonly #options: StageOptions;
  readonly #stages = new Map<string, Stage>();
  #closed = false;

  constructor(options: StageOptions, routerRtpCapabilities: RtpCapabilities) {
    super();
    this.hostId = options.hostId;
    this.#options = options;
    this.routerRtpCapabilities = routerRtpCapabilities;
  }

  subscribe(stageId: string, subscriberId: string, rtpCapabilities: RtpCapabilities, options?: SubscribeOptions): Promise<Subscription> {
    return guarded(() => this.#open(stageId).subscribe(subscriberId, rtpCapabilities, options));
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

  preferLayer(stageId: string, subscriberId: string, consumerId: string, spatialLayer: number, temporalLayer?: number): Promise<void> {
    return guarded(() => this.#stage(stageId).subscriber(subscriberId).preferLayer(consumerId, spatialLayer, temporalLayer));
  }

  restartIce(stageId: string, participantId: string, transportId: string): Promise<IceParameters> {
    return guarded(() => this.#stage(stageId).restartIce(participantId, transportId));
  }

  unsubscribe(stageId: string, subscriberId: string): Promise<void> {
    return guarded(() => this.#stages.get(stageId)?.unsubscribe(subscriberId));
  }

  publish(stageId: string, publisherId: string, options: PublishOptions = {}): Promise<TransportOptions> {
    return guarded(() => this.#open(stageId).publish(publisherId, options));
  }

  connectPublisher(stageId: string, publisherId: string, transportId: string, dtlsParameters: DtlsParameters): Promise<void> {
    return guarded(() => this.#stage(stageId).publisher(publisherId).connect(transportId, dtlsParameters));
  }

  produce(stageId: string, publisherId: string, options: ProduceOptions): Promise<{ producerId: string }> {
    return guarded(async () => ({ producerId: (await this.#stage(stageId).publisher(publisherId).produce(options)).id }));
  }

  pauseProducer(stageId: string, publisherId: string, producerId: string, paused: boolean): Promise<void> {
    return guarded(() => this.#stage(stageId).publisher(publisherId).pauseProducer(producerId, paused));
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

  stageHealth(stageId: string): Promise<StageHealth> {
    return guarded(async () => (await this.#stages.get(stageId)?.health()) ?? nobody);
  }

  hosts(): HostHealth[] {
    const { hostId: id, pipe, pool } = this.#options;
    return [{ id, address: pipe.address, workers: pool.health() }];
  }

  producers(stageId: string): StageProducerView[] {
    return this.#stages.get(stageId)?.producers() ?? [];
  }

  openPipe(stageId: string, producerId: string, end: PipeEnd): Promise<OpenedPipe> {
    return guarded(() => this.#stage(stageId).openPipe(producerId, end));
  }

  closePipe(stageId: string, pipeId: string): Promise<void> {
    return guarded(() => this.#stages.get(stageId)?.closePipe(pipeId));
  }

  addRemoteProducer(stageId: string, producer: StageProducerView, origin: RemoteOrigin): void {
    if (!this.#closed) this.#open(stageId).remote.add(producer, origin);
  }

  removeRemoteProducer(stageId: string, producerId: string): void {
    this.#stages.get(stageId)?.remote.remove(producerId);
  }

  pauseRemoteProducer(stageId: string, producerId: string, paused: boolean): void {
    this.#stages.get(stageId)?.remote.pause(producerId, paused);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const stageId of [...this.#stages.keys()]) await this.closeStage(stageId);
    await this.#options.pool.close();
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
    const stage = new Stage(this.#options);
    this.#stages.set(stageId, stage);
    stage.on('consumerAdded', (subscriberId, consumer) => this.emit('consumerAdded', { stageId, subscriberId, consumer }));
    stage.on('consumerClosed', (subscriberId, consumerId) => this.emit('consumerClosed', { stageId, subscriberId, consumerId }));
    stage.on('subscriberLost', (subscriberId) => this.emit('subscriberLost', { stageId, subscriberId }));
    stage.on('publisherLost', (publisherId, reason) => this.emit('publisherLost', { stageId, publisherId, reason }));
    stage.on('publishing', (publishing) => this.emit('publishing', { stageId, publishing }));
    stage.on('condition', ({ condition, reasons }) => this.emit('stageCondition', { stageId, condition, reasons }));
    stage.on('producerOpened', (producer) => this.emit('producerOpened', { stageId, producer }));
    stage.on('producerClosed', (producerId) => this.emit('producerClosed', { stageId, producerId }));
    stage.on('producerPaused', (producerId, paused) => this.emit('producerPaused', { stageId, producerId, paused }));
    stage.on('empty', () => {
      if (this.#stages.get(stageId) === stage) this.#stages.delete(stageId);
    });
    return stage;
  }
}

/** Whatever is thrown below leaves as a MediaError. */
export async function guarded<T>(act: () => T | Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw asMediaError(error);
  }
}

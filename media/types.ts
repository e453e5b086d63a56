import type { DtlsParameters, IceParameters, MediaKind, RtpCapabilities, RtpParameters } from 'mediasoup/types';

/**
 * The media plane's door: plain data only, so that the other side can be another
 * process. A stage is one session's media; a participant is one connection.
 */
export type MediaSource = 'camera' | 'microphone' | 'screen' | 'screen-audio';

export interface IceCandidate {
  foundation: string;
  priority: number;
  ip: string;
  address: string;
  protocol: 'udp' | 'tcp';
  port: number;
  type: 'host' | 'srflx' | 'prflx' | 'relay';
  tcpType?: 'passive';
}

export interface TransportOptions {
  id: string;
  iceParameters: IceParameters;
  iceCandidates: IceCandidate[];
  dtlsParameters: DtlsParameters;
}

export interface ConsumerOptions {
  id: string;
  producerId: string;
  kind: MediaKind;
  rtpParameters: RtpParameters;
  publisherId: string;
  source: MediaSource;
}

export interface Subscription {
  transport: TransportOptions;
  consumers: ConsumerOptions[];
}

export interface ProduceOptions {
  transportId: string;
  kind: MediaKind;
  source: MediaSource;
  rtpParameters: RtpParameters;
}

/** Where an RTP sender on this machine (ffmpeg, a hardware encoder behind us) sends one stream. */
export interface RtpIngest {
  producerId: string;
  address: string;
  port: number;
  /** Where its RTCP goes (RFC 3550). */
  rtcpPort: number;
}

export interface RtpIngestOptions extends PublishOptions {
  kind: MediaKind;
  source: MediaSource;
  rtpParameters: RtpParameters;
}

export interface PublishOptions {
  /**
   * Who stands behind the publisher, for example the account: a publisher of the
   * same owner replaces the earlier one (the recruiter reconnected); another owner
   * is refused while somebody is on stage. Default: the publisher's own id.
   */
  owner?: string;
}

export interface WorkerHealth {
  pid: number;
  alive: boolean;
  routers: number;
  transports: number;
  consumers: number;
}

export interface StageHealth {
  publishers: number;
  subscribers: number;
  producers: { id: string; kind: MediaKind; source: MediaSource; score: number; bitrate: number }[];
}

/** The part of a logger that the plane uses; ids only, never personal data. */
export interface MediaLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Refusals of the media plane; callers map them onto their own codes. */
export type MediaFault = 'not-found' | 'unsupported' | 'unavailable' | 'busy';

export class MediaError extends Error {
  readonly fault: MediaFault;
  constructor(fault: MediaFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MediaError';
    this.fault = fault;
  }
}

export interface MediaEvents {
  /** May come before the caller of subscribe() has passed its answer on. */
  consumerAdded: [event: { stageId: string; subscriberId: string; consumer: ConsumerOptions }];
  consumerClosed: [event: { stageId: string; subscriberId: string; consumerId: string }];
  /** The subscriber's transport is gone (a worker or a node died): it must subscribe again. */
  subscriberLost: [event: { stageId: string; subscriberId: string }];
  /**
   * The publisher's transports are gone. After `worker-died` it must publish again; after
   * `replaced` another connection of its owner has taken over and it must not.
   */
  publisherLost: [event: { stageId: string; publisherId: string; reason: 'worker-died' | 'replaced' }];
  /** The first producer of a stage appeared, or the last one went. */
  publishing: [event: { stageId: string; publishing: boolean }];
  /** For metrics and health. */
  workerDied: [event: { pid: number; reason: string }];
}

/** All methods throw MediaError and nothing else. Leaving (unsubscribe, unpublish) what is gone already is no error. */
export interface MediaPlane {
  readonly routerRtpCapabilities: RtpCapabilities;
  /** Opens a receive transport and paused consumers of everything on the stage; replaces an earlier subscription of the same id. */
  subscribe(stageId: string, subscriberId: string, rtpCapabilities: RtpCapabilities): Promise<Subscription>;
  /** Connects the transport and resumes the consumers that were given with it; those of later `consumerAdded` events wait for resume(). */
  connectSubscriber(stageId: string, subscriberId: string, transportId: string, dtlsParameters: DtlsParameters): Promise<void>;
  resume(stageId: string, subscriberId: string, consumerIds: string[]): Promise<void>;
  pause(stageId: string, subscriberId: string, consumerIds: string[]): Promise<void>;
  preferLayer(stageId: string, subscriberId: string, consumerId: string, spatialLayer: number): Promise<void>;
  /** ICE restart (RFC 8445 section 2.4) of a participant's own transport. */
  restartIce(stageId: string, participantId: string, transportId: string): Promise<IceParameters>;
  unsubscribe(stageId: string, subscriberId: string): Promise<void>;
  /**
   * Opens a send transport; replaces an earlier one of the same publisher or owner.
   * @throws MediaError busy when a publisher of another owner holds the stage
   */
  publish(stageId: string, publisherId: string, options?: PublishOptions): Promise<TransportOptions>;
  connectPublisher(stageId: string, publisherId: string, transportId: string, dtlsParameters: DtlsParameters): Promise<void>;
  produce(stageId: string, publisherId: string, options: ProduceOptions): Promise<{ producerId: string }>;
  closeProducer(stageId: string, publisherId: string, producerId: string): Promise<void>;
  /**
   * Takes plain RTP from this machine as one more producer of the publisher, who
   * need not have called publish().
   * @throws MediaError busy as publish() does
   */
  ingestRtp(stageId: string, publisherId: string, options: RtpIngestOptions): Promise<RtpIngest>;
  unpublish(stageId: string, publisherId: string): Promise<void>;
  /** Ends a stage: closes every participant without telling them one by one. Nothing happens when there is none. */
  closeStage(stageId: string): Promise<void>;
  stageHealth(stageId: string): Promise<StageHealth>;
  workers(): WorkerHealth[];
  close(): Promise<void>;
  on<E extends keyof MediaEvents>(event: E, listener: (...args: MediaEvents[E]) => void): unknown;
  off<E extends keyof MediaEvents>(event: E, listener: (...args: MediaEvents[E]) => void): unknown;
}

import type { DtlsParameters, IceParameters, MediaKind, RtpCapabilities, RtpParameters, SrtpParameters } from 'mediasoup/types';

/**
 * The media plane's door: plain data only, so that the other side can be another
 * process. A stage is one session's media; a participant is one connection.
 */
export type MediaSource = 'camera' | 'microphone' | 'screen' | 'screen-audio' | 'second-camera';

/** lead: who the stage belongs to while it sends, one owner at a time; guest: one of a limited number beside the lead, or without one. */
export type Seat = 'lead' | 'guest';

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
  seat: Seat;
}

export interface SubscribeOptions {
  /**
   * There is no connection behind the subscriber that would say when it is gone (WHEP):
   * it is taken off, and reported as `subscriberLost`, when DTLS closes or nothing comes from it any more.
   */
  detached?: boolean;
  /**
   * Payload types that the receiver's own offer has fixed (RFC 3264 section 5.1), by MIME type in lower case,
   * for example {'audio/opus': 111}: what it is sent bears these.
   */
  payloadTypes?: Readonly<Record<string, number>>;
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
   * same owner replaces the earlier one (the recruiter reconnected). Another lead
   * owner is refused while there is one. Default: the publisher's own id.
   */
  owner?: string;
  /** Default: lead. */
  seat?: Seat;
  /** Most owners in guest seats, this one included; needed for a guest. */
  guests?: number;
  /** As in SubscribeOptions; reported as `publisherLost` (WHIP). */
  detached?: boolean;
}

/** One worker, as its process and its router tables say. */
export interface WorkerHealth {
  pid: number;
  alive: boolean;
  /** It kept crashing and is not started any more. */
  retired: boolean;
  routers: number;
  transports: number;
  consumers: number;
  /** Subscribers and publishers placed on it. */
  participants: number;
  /** Share of one core over the last measurement, 0 … 1. */
  cpu: number;
  /** How long its event loop let a request wait, ms. */
  lagMs: number;
  /** Bits a second sent to subscribers, estimated from a sample of transports. */
  bitrate: number;
}

/** A media host: one process with workers. */
export interface HostHealth {
  id: string;
  /** Where other hosts reach it. */
  address: string;
  workers: WorkerHealth[];
}

export interface ProducerHealth {
  id: string;
  publisherId: string;
  seat: Seat;
  kind: MediaKind;
  source: MediaSource;
  /** For example video/H264. */
  codec: string;
  paused: boolean;
  /** 0 (unusable) … 10, of its best layer. */
  score: number;
  /** Bits a second received, all layers. */
  bitrate: number;
  /** Share of packets lost on the way to us since the last measurement, 0 … 1. */
  loss: number;
  jitterMs: number;
  roundTripMs: number | null;
  layers: { rid: string | null; bitrate: number; score: number }[];
}

/** A stage's part on one worker. */
export interface EdgeHealth {
  hostId: string;
  workerPid: number;
  /** Whether a publisher is on it. */
  origin: boolean;
  subscribers: number;
  consumers: number;
  /** Bits a second sent to its subscribers, estimated. */
  bitrate: number;
}

export type StageCondition = 'none' | 'poor' | 'fair' | 'good';
export type ConditionReason =
  | 'publisher-loss'
  | 'publisher-bitrate'
  | 'publisher-stalled'
  | 'viewer-loss'
  | 'viewer-bandwidth'
  | 'worker-busy';

export interface StageHealth {
  /** none: nobody sends. */
  condition: StageCondition;
  reasons: ConditionReason[];
  publishers: number;
  subscribers: number;
  producers: ProducerHealth[];
  edges: EdgeHealth[];
  /** Subscribers by how well they receive; how many of all get a lower layer than the best; how many take sound only. */
  reception: { good: number; fair: number; poor: number; lowered: number; audioOnly: number };
}

/** The part of a logger that the plane uses; ids only, never personal data. */
export interface MediaLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Refusals of the media plane; callers map them onto their own codes. */
export type MediaFault = 'not-found' | 'unsupported' | 'unavailable' | 'busy' | 'full';

export class MediaError extends Error {
  readonly fault: MediaFault;
  constructor(fault: MediaFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MediaError';
    this.fault = fault;
  }
}

export type PublisherLoss = 'worker-died' | 'replaced' | 'disconnected';

export interface MediaEvents {
  /** May come before the caller of subscribe() has passed its answer on. */
  consumerAdded: [event: { stageId: string; subscriberId: string; consumer: ConsumerOptions }];
  consumerClosed: [event: { stageId: string; subscriberId: string; consumerId: string }];
  /** The subscriber's transport is gone (a worker or a node died): it must subscribe again. */
  subscriberLost: [event: { stageId: string; subscriberId: string }];
  /**
   * The publisher's transports are gone. After `worker-died` it must publish again; after
   * `replaced` another connection of its owner has taken over and it must not; after
   * `disconnected` (detached publishers alone) it may.
   */
  publisherLost: [event: { stageId: string; publisherId: string; reason: PublisherLoss }];
  /** The first producer of a lead appeared, or the last one went. */
  publishing: [event: { stageId: string; publishing: boolean }];
  /** How a stage is sent and received has changed, and stayed so for a few seconds. */
  stageCondition: [event: { stageId: string; condition: StageCondition; reasons: ConditionReason[] }];
  /** For metrics and health. */
  workerDied: [event: { pid: number; reason: string }];
  /** A worker that kept crashing is not started any more. */
  workerRetired: [event: { pid: number; deaths: number }];
}

/** All methods throw MediaError and nothing else. Leaving (unsubscribe, unpublish) what is gone already is no error. */
export interface MediaPlane {
  readonly routerRtpCapabilities: RtpCapabilities;
  /**
   * Opens a receive transport and paused consumers of everything on the stage but what a publisher of the same id sends;
   * replaces an earlier subscription of the same id.
   */
  subscribe(stageId: string, subscriberId: string, rtpCapabilities: RtpCapabilities, options?: SubscribeOptions): Promise<Subscription>;
  /** Connects the transport and resumes the consumers that were given with it; those of later `consumerAdded` events wait for resume(). */
  connectSubscriber(stageId: string, subscriberId: string, transportId: string, dtlsParameters: DtlsParameters): Promise<void>;
  resume(stageId: string, subscriberId: string, consumerIds: string[]): Promise<void>;
  pause(stageId: string, subscriberId: string, consumerIds: string[]): Promise<void>;
  /** The highest layers wanted of a consumer, 0 the smallest; one without layers stays as it is. */
  preferLayer(stageId: string, subscriberId: string, consumerId: string, spatialLayer: number, temporalLayer?: number): Promise<void>;
  /** ICE restart (RFC 8445 section 2.4) of a participant's own transport. */
  restartIce(stageId: string, participantId: string, transportId: string): Promise<IceParameters>;
  unsubscribe(stageId: string, subscriberId: string): Promise<void>;
  /**
   * Opens a send transport; replaces an earlier one of the same publisher or owner.
   * @throws MediaError busy when another owner holds the lead, full when all guest seats are taken
   */
  publish(stageId: string, publisherId: string, options?: PublishOptions): Promise<TransportOptions>;
  connectPublisher(stageId: string, publisherId: string, transportId: string, dtlsParameters: DtlsParameters): Promise<void>;
  produce(stageId: string, publisherId: string, options: ProduceOptions): Promise<{ producerId: string }>;
  pauseProducer(stageId: string, publisherId: string, producerId: string, paused: boolean): Promise<void>;
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
  /** All living hosts of the installation; the first is this process's, if it has workers. */
  hosts(): HostHealth[];
  close(): Promise<void>;
  on<E extends keyof MediaEvents>(event: E, listener: (...args: MediaEvents[E]) => void): unknown;
  off<E extends keyof MediaEvents>(event: E, listener: (...args: MediaEvents[E]) => void): unknown;
}

/** One end of a pipe between two hosts: RTP and RTCP on one UDP port, with SRTP (RFC 3711). */
export interface PipeEnd {
  address: string;
  port: number;
  srtpParameters: SrtpParameters;
}

/** A producer, as other hosts are told of it. */
export interface StageProducerView {
  producerId: string;
  publisherId: string;
  kind: MediaKind;
  source: MediaSource;
  seat: Seat;
}

/** The sending end of a pipe, and what comes out of it. */
export interface OpenedPipe {
  pipeId: string;
  end: PipeEnd;
  rtpParameters: RtpParameters;
  paused: boolean;
}

/** What another host does when this one needs a producer of its: `open` is called when the first subscriber needs it, `close` after the last. */
export interface RemoteOrigin {
  open(end: PipeEnd): Promise<OpenedPipe>;
  close(pipeId: string): void;
}

export interface HostEvents extends MediaEvents {
  /** A producer of a publisher on this host appeared or went; not told of producers of other hosts. */
  producerOpened: [event: { stageId: string; producer: StageProducerView }];
  producerClosed: [event: { stageId: string; producerId: string }];
  producerPaused: [event: { stageId: string; producerId: string; paused: boolean }];
}

/** The plane of one process, and what hosts ask of one another so that a stage spans several. */
export interface MediaHost extends MediaPlane {
  readonly hostId: string;
  /** Producers of publishers on this host. */
  producers(stageId: string): StageProducerView[];
  /** Lays the sending half of a pipe to another host; it closes with the producer. */
  openPipe(stageId: string, producerId: string, end: PipeEnd): Promise<OpenedPipe>;
  closePipe(stageId: string, pipeId: string): Promise<void>;
  /** A producer on another host: subscribers here get it as if it were here. Repeated, it replaces the origin. */
  addRemoteProducer(stageId: string, producer: StageProducerView, origin: RemoteOrigin): void;
  /** It ended, or its host is gone. */
  removeRemoteProducer(stageId: string, producerId: string): void;
  pauseRemoteProducer(stageId: string, producerId: string, paused: boolean): void;
  on<E extends keyof HostEvents>(event: E, listener: (...args: HostEvents[E]) => void): unknown;
  off<E extends keyof HostEvents>(event: E, listener: (...args: HostEvents[E]) => void): unknown;
}

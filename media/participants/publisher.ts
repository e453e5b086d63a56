import { EventEmitter } from 'node:events';
import type { DtlsParameters, IceParameters, MediaKind, PlainTransport, Producer, RtpParameters, WebRtcTransport } from 'mediasoup/types';
import { notFound } from '../faults.ts';
import type { HeldRouter } from '../routers/shared-router.ts';
import { LocalProducer } from '../routers/stage-producer.ts';
import type { StageRouters } from '../routers/stage-routers.ts';
import type { MediaSource, ProduceOptions, PublisherLoss, RtpIngest, RtpIngestOptions, Seat, TransportOptions } from '../types.ts';
import { MediaError } from '../types.ts';
import { PauseSwitch } from './pause-switch.ts';
import { type PresenceLimits, watchPresence } from './presence.ts';
import { assertSource, producersPerPublisher } from './sources.ts';
import { openTransport, transportOptions } from './transport.ts';

export interface PublisherOptions {
  id: string;
  owner: string;
  seat: Seat;
  detached: boolean;
  presence: PresenceLimits;
  routers: StageRouters;
  /** Bits a second. */
  initialOutgoingBitrate: number;
  /** The most one transport may send us, bits a second. */
  maxIncomingBitrate: number;
}

interface PublisherEvents {
  produced: [producer: LocalProducer];
  producerClosed: [producer: LocalProducer];
  paused: [producer: LocalProducer, paused: boolean];
  /** The publisher is closed. */
  lost: [reason: PublisherLoss];
}

/** Key frames asked for within this time after a request are asked for together when it is over. */
const keyFrameGatheringMs = 1_000;

/** One sender: its send transport, its RTP ingests and its producers, all on one router. */
export class Publisher extends EventEmitter<PublisherEvents> {
  readonly id: string;
  readonly owner: string;
  readonly seat: Seat;
  readonly #options: PublisherOptions;
  readonly #producers = new Map<string, LocalProducer>();
  readonly #switches = new Map<string, PauseSwitch>();
  #home: Promise<HeldRouter> | undefined;
  #transport: WebRtcTransport | undefined;
  #connecting: Promise<void> | undefined;
  #openings = 0;
  /** Calls under way that will end in a transport or producer. */
  #pending = 0;
  #closed = false;

  constructor(options: PublisherOptions) {
    super();
    this.id = options.id;
    this.owner = options.owner;
    this.seat = options.seat;
    this.#options = options;
  }

  get producers(): Iterable<LocalProducer> {
    return this.#producers.values();
  }

  /** Nothing is open or opening: the stage may forget it. */
  get idle(): boolean {
    return this.#pending === 0 && !this.#transport && this.#producers.size === 0;
  }

  /** Opens the send transport; an earlier one closes, with its producers. */
  open(): Promise<TransportOptions> {
    return this.#pend(async () => {
      const opening = ++this.#openings;
      this.#closeTransport();
      const home = await this.#settle();
      const transport = await openTransport(home, this.#options);
      try {
        await transport.setMaxIncomingBitrate(this.#options.maxIncomingBitrate);
        if (this.#closed || opening !== this.#openings) throw notFound('publisher');
      } catch (error) {
        transport.close();
        throw error;
      }
      this.#transport = transport;
      if (this.#options.detached) watchPresence(transport, this.#options.presence, () => this.#lose('disconnected'));
      return transportOptions(transport);
    });
  }

  /** A repeated call waits for the first. */
  async connect(transportId: string, dtlsParameters: DtlsParameters): Promise<void> {
    const transport = this.#own(transportId);
    this.#connecting ??= transport.connect({ dtlsParameters });
    try {
      await this.#connecting;
    } catch (error) {
      if (this.#transport === transport) this.#connecting = undefined;
      throw error;
    }
  }

  /** One more picture or sound; it replaces an earlier one of the same source. */
  produce(options: ProduceOptions): Promise<Producer> {
    const transport = this.#own(options.transportId);
    return this.#pend(async () => this.#produce(await this.#settle(), transport, options));
  }

  /** Opens a port of its own for one stream of plain RTP; it closes with its producer. */
  ingest(options: RtpIngestOptions): Promise<RtpIngest> {
    return this.#pend(async () => {
      const home = await this.#settle();
      const transport = await home.router.createPlainTransport({
        listenInfo: { protocol: 'udp', ip: '127.0.0.1' },
        rtcpMux: false,
        comedia: true,
      });
      try {
        const producer = await this.#produce(home, transport, options);
        producer.observer.once('close', () => transport.close());
        const rtcp = transport.rtcpTuple ?? transport.tuple;
        return {
          producerId: producer.id,
          address: transport.tuple.localAddress,
          port: transport.tuple.localPort,
          rtcpPort: rtcp.localPort,
        };
      } catch (error) {
        transport.close();
        throw error;
      }
    });
  }

  /** The last call wins; see PauseSwitch for when it takes effect. */
  async pauseProducer(producerId: string, paused: boolean): Promise<void> {
    const found = this.#switches.get(producerId);
    if (!found) throw notFound('producer');
    await found.set(paused);
  }

  closeProducer(producerId: string): void {
    const found = this.#producers.get(producerId);
    if (!found) throw notFound('producer');
    found.producer.close();
  }

  /** New ICE parameters, or undefined when the transport is not this publisher's. */
  async restartIce(transportId: string): Promise<IceParameters | undefined> {
    return this.#transport?.id === transportId ? this.#transport.restartIce() : undefined;
  }

  /** Closes producers (each is reported), then transports, then gives the router back. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const { producer } of [...this.#producers.values()]) producer.close();
    this.#closeTransport();
    void this.#home?.then((home) => home.release()).catch(() => {});
  }

  async #produce(
    home: HeldRouter,
    transport: WebRtcTransport | PlainTransport,
    options: { kind: MediaKind; source: MediaSource; rtpParameters: RtpParameters },
  ): Promise<Producer> {
    const { kind, source, rtpParameters } = options;
    assertSource(source, kind, rtpParameters);
    const earlier = [...this.#producers.values()].filter((other) => other.source === source);
    if (this.#producers.size + this.#pending - earlier.length > producersPerPublisher) {
      throw new MediaError('unsupported', `at most ${producersPerPublisher} producers`);
    }
    let producer: Producer;
    try {
      producer = await transport.produce({ kind, rtpParameters, keyFrameRequestDelay: keyFrameGatheringMs });
    } catch (error) {
      // The worker refuses what mediasoup let pass, such as an SSRC that is in use, with a plain Error.
      if (transport.closed || home.router.closed) throw error;
      throw new MediaError('unsupported', (error as Error).message, { cause: error });
    }
    if (this.#closed || transport.closed) {
      producer.close();
      throw notFound('transport');
    }
    this.#add(new LocalProducer({ producer, home }, { publisherId: this.id, source, seat: this.seat }));
    for (const other of earlier) other.producer.close();
    return producer;
  }

  #add(added: LocalProducer): void {
    const { id, producer } = added;
    this.#producers.set(id, added);
    this.#switches.set(id, new PauseSwitch(producer));
    producer.observer.once('close', () => {
      this.#producers.delete(id);
      this.#switches.delete(id);
      this.emit('producerClosed', added);
    });
    producer.observer.on('pause', () => this.emit('paused', added, true));
    producer.observer.on('resume', () => this.emit('paused', added, false));
    this.emit('produced', added);
  }

  #lose(reason: PublisherLoss): void {
    if (this.#closed) return;
    this.close();
    this.emit('lost', reason);
  }

  /** The router all of it is on; taken when first needed. */
  async #settle(): Promise<HeldRouter> {
    this.#home ??= this.#options.routers.acquire().then((home) => {
      home.onLost(() => this.#lose('worker-died'));
      return home;
    });
    const settling = this.#home;
    try {
      const home = await settling;
      if (this.#closed) throw notFound('publisher');
      return home;
    } catch (error) {
      if (this.#home === settling && !this.#closed) this.#home = undefined;
      throw error;
    }
  }

  #own(transportId: string): WebRtcTransport {
    if (!this.#transport || this.#transport.id !== transportId) throw notFound('transport');
    return this.#transport;
  }

  #closeTransport(): void {
    this.#transport?.close();
    this.#transport = undefined;
    this.#connecting = undefined;
  }

  async #pend<T>(act: () => Promise<T>): Promise<T> {
    this.#pending++;
    try {
      return await act();
    } finally {
      this.#pending--;
    }
  }
}

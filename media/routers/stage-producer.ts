import type { MediaKind, Producer } from 'mediasoup/types';
import type { MediaSource, Seat, StageProducerView } from '../types.ts';
import type { HeldRouter } from './shared-router.ts';

/** A producer on a router of this process. */
export interface Origin {
  readonly producer: Producer;
  readonly home: HeldRouter;
}

/** An origin that somebody needs; release() it exactly once. */
export interface LocatedProducer extends Origin {
  release(): void;
}

/** A producer of the stage as subscribers see it, whichever host it is on. */
export interface StageProducer {
  readonly id: string;
  readonly publisherId: string;
  readonly kind: MediaKind;
  readonly source: MediaSource;
  readonly seat: Seat;
  /** It ended. While it is open, a consumer of it that closes may be opened anew. */
  readonly closed: boolean;
  /**
   * Where it can be consumed from. One of this host is there already; one of
   * another host is brought to the router of the first who asks.
   */
  locate(near: HeldRouter): Promise<LocatedProducer>;
}

/** A producer of a publisher on this host. */
export class LocalProducer implements StageProducer, Origin {
  readonly producer: Producer;
  readonly home: HeldRouter;
  readonly publisherId: string;
  readonly source: MediaSource;
  readonly seat: Seat;

  constructor(origin: Origin, of: { publisherId: string; source: MediaSource; seat: Seat }) {
    this.producer = origin.producer;
    this.home = origin.home;
    this.publisherId = of.publisherId;
    this.source = of.source;
    this.seat = of.seat;
  }

  get id(): string {
    return this.producer.id;
  }

  get kind(): MediaKind {
    return this.producer.kind;
  }

  get closed(): boolean {
    return this.producer.closed;
  }

  get view(): StageProducerView {
    const { id: producerId, publisherId, kind, source, seat } = this;
    return { producerId, publisherId, kind, source, seat };
  }

  /** The publisher holds its router for as long as the producer is open. */
  async locate(): Promise<LocatedProducer> {
    return { producer: this.producer, home: this.home, release: () => {} };
  }
}

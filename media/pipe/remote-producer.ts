import type { MediaKind, PipeTransport, Producer } from 'mediasoup/types';
import { notFound } from '../faults.ts';
import type { HeldRouter } from '../routers/shared-router.ts';
import type { LocatedProducer, StageProducer } from '../routers/stage-producer.ts';
import {
  MediaError,
  type MediaLog,
  type MediaSource,
  type OpenedPipe,
  type PipeEnd,
  type RemoteOrigin,
  type Seat,
  type StageProducerView,
} from '../types.ts';
import { connectPipe, openPipeTransport, type PipeOptions, pipeEnd } from './pipe-transport.ts';

export interface RemoteProducerOptions {
  view: StageProducerView;
  origin: RemoteOrigin;
  pipe: PipeOptions;
  log: MediaLog;
}

/** The receiving half of a pipe, and the producer that comes out of it. */
interface Incoming {
  readonly producer: Producer;
  readonly home: HeldRouter;
}

/** How long the pipe stays after the last who needed it: a viewer who reloads the page finds it. */
const lingerMs = 2_000;
/** An origin that has not answered by then is taken for dead; the next who needs the producer asks again. */
const patienceMs = 5_000;

/**
 * A producer of another host. The first subscriber who needs it has it piped to
 * its own router; from there it cascades as if it were of this host. The pipe
 * closes after the last; if the worker under it dies, the next who asks has it
 * piped to a living one.
 */
export class RemoteProducer implements StageProducer {
  readonly #options: RemoteProducerOptions;
  #origin: RemoteOrigin;
  #incoming: Promise<Incoming> | undefined;
  #producer: Producer | undefined;
  #paused: boolean | undefined;
  #users = 0;
  #linger: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: RemoteProducerOptions) {
    this.#options = options;
    this.#origin = options.origin;
  }

  get id(): string {
    return this.#options.view.producerId;
  }

  get publisherId(): string {
    return this.#options.view.publisherId;
  }

  get kind(): MediaKind {
    return this.#options.view.kind;
  }

  get source(): MediaSource {
    return this.#options.view.source;
  }

  get seat(): Seat {
    return this.#options.view.seat;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** For pipes laid from now on. */
  set origin(origin: RemoteOrigin) {
    this.#origin = origin;
  }

  async locate(near: HeldRouter): Promise<LocatedProducer> {
    this.#users++;
    clearTimeout(this.#linger);
    let over = false;
    const release = (): void => {
      if (over) return;
      over = true;
      this.#users--;
      if (this.#users === 0) this.#linger = setTimeout(() => this.#producer?.close(), lingerMs).unref();
    };
    try {
      if (this.#closed) throw notFound('producer');
      return { ...(await this.#bring(near)), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Repeated calls settle on the last. */
  pause(paused: boolean): void {
    this.#paused = paused;
    if (this.#producer) void this.#follow(this.#producer);
  }

  /** Ends it for everybody here. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#linger);
    this.#producer?.close();
  }

  #bring(near: HeldRouter): Promise<Incoming> {
    if (this.#incoming) return this.#incoming;
    const incoming = this.#lay(near, this.#origin);
    this.#incoming = incoming;
    const forget = (): void => {
      if (this.#incoming === incoming) this.#incoming = undefined;
    };
    incoming.then(({ producer }) => {
      if (producer.closed) forget();
      else producer.observer.once('close', forget);
    }, forget);
    return incoming;
  }

  async #lay(near: HeldRouter, origin: RemoteOrigin): Promise<Incoming> {
    const { pipe, view } = this.#options;
    const home = (near.feeder ?? near).share();
    // What the origin answers is newer than what was told before it was asked.
    this.#paused = undefined;
    let transport: PipeTransport | undefined;
    let opened: OpenedPipe | undefined;
    try {
      transport = await openPipeTransport(home.router, pipe);
      opened = await this.#ask(origin, pipeEnd(transport, pipe));
      await connectPipe(transport, opened.end);
      const producer = await transport.produce({
        id: view.producerId,
        kind: view.kind,
        rtpParameters: opened.rtpParameters,
        paused: this.#paused ?? opened.paused,
      });
      if (this.#closed || producer.closed) throw notFound('producer');
      this.#producer = producer;
      const { pipeId } = opened;
      const laid = transport;
      producer.observer.once('close', () => {
        if (this.#producer === producer) this.#producer = undefined;
        laid.close();
        origin.close(pipeId);
        home.release();
      });
      void this.#follow(producer);
      // Whoever asked may have left meanwhile.
      if (this.#users === 0) this.#linger = setTimeout(() => producer.close(), lingerMs).unref();
      return { producer, home };
    } catch (error) {
      transport?.close();
      if (opened) origin.close(opened.pipeId);
      home.release();
      throw error;
    }
  }

  /** A pipe that is answered too late is closed again. */
  async #ask(origin: RemoteOrigin, end: PipeEnd): Promise<OpenedPipe> {
    const opening = origin.open(end);
    let late = false;
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        late = true;
        reject(new MediaError('unavailable', 'the host of the producer does not answer'));
      }, patienceMs);
    });
    opening.then(
      ({ pipeId }) => late && origin.close(pipeId),
      () => {},
    );
    return Promise.race([opening, patience]).finally(() => clearTimeout(timer));
  }

  async #follow(producer: Producer): Promise<void> {
    try {
      while (!producer.closed && this.#paused !== undefined && producer.paused !== this.#paused) {
        await (this.#paused ? producer.pause() : producer.resume());
      }
    } catch (error) {
      if (!producer.closed) this.#options.log.warn({ producerId: this.id, reason: String(error) }, 'a piped producer could not be paused');
    }
  }
}

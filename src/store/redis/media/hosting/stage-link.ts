import { setTimeout as pause } from 'node:timers/promises';
import { MediaError, type MediaHost, type OpenedPipe, type PipeEnd, type RemoteOrigin } from '../../../../../media/types.ts';
import type { Log } from '../../../../domain/ports.ts';
import type { StageClaims } from '../claims.ts';
import { hostCalls } from '../wire/calls.ts';
import type { ToldProducer } from '../wire/messages.ts';
import { StageMoved, type Wire } from '../wire/wire.ts';

export interface StageLinkOptions {
  stageId: string;
  hostId: string;
  local: MediaHost;
  claims: StageClaims;
  wire: Pick<Wire, 'request' | 'tell'>;
  isGone(hostId: string): Promise<boolean>;
  /** Another host is the origin now: publishers here must go there. */
  onDeposed(): void;
  log: Log;
}

/** How often the origin is looked for in a row. */
const attempts = 4;
const pauseMs = 50;
/** How long a joining viewer waits for the origin's answer at most, ms; what it sends is added later. */
const attachMs = 1_500;
/** An edge says this often that it still is one, and hears what it may have missed, ms. */
const restateMs = 2_000;

/**
 * A host's part in one stage. The origin holds the claim, carries all publishers
 * and tells the edges what they send; an edge attaches to the origin, and takes
 * its place when it dies.
 */
export class StageLink {
  readonly #options: StageLinkOptions;
  /** The origin, once this host has claimed the stage or is attached. */
  #origin: string | undefined;
  /** Whom this host hears of producers from. */
  #upstream: string | undefined;
  #finding: Promise<string> | undefined;
  #statedAt = 0;
  /** Edges of this origin, with the pipes laid to them. */
  readonly #edges = new Map<string, Set<string>>();
  readonly #paused = new Set<string>();
  readonly #remote = new Map<string, { producer: ToldProducer; origin: RemoteOrigin }>();
  #closed = false;

  constructor(options: StageLinkOptions) {
    this.#options = options;
  }

  get isOrigin(): boolean {
    return this.#origin === this.#options.hostId;
  }

  get hasEdges(): boolean {
    return this.#edges.size > 0;
  }

  get edges(): string[] {
    return [...this.#edges.keys()];
  }

  /** The origin: another host, to which this one is attached then, or this one, which claims the stage when nobody has. @throws MediaError unavailable */
  find(): Promise<string> {
    if (this.#origin !== undefined) return Promise.resolve(this.#origin);
    this.#finding ??= this.#find().finally(() => {
      this.#finding = undefined;
    });
    return this.#finding;
  }

  async #find(): Promise<string> {
    const { claims, hostId, stageId, isGone } = this.#options;
    let gone: string | undefined;
    for (let attempt = 0; attempt < attempts; attempt++) {
      const origin = await claims.claim(stageId, hostId, gone);
      if (this.#closed) break;
      if (origin === hostId) {
        this.#dropRemote();
        this.#upstream = undefined;
        this.#origin = origin;
        return origin;
      }
      if (await isGone(origin)) gone = origin;
      else if (await this.#attach(origin)) return origin;
      else await pause(pauseMs);
    }
    throw new MediaError('unavailable', 'the origin of the stage is not known');
  }

  /** Whether the host is the origin and has said what is sent there. */
  async #attach(origin: string): Promise<boolean> {
    if (this.#upstream !== origin) this.#dropRemote();
    this.#upstream = origin;
    try {
      await this.#options.wire.request(origin, this.#options.stageId, 'attach', [], attachMs);
    } catch (error) {
      if (error instanceof StageMoved) return false;
      throw error;
    }
    if (this.#upstream !== origin || this.#closed) return false;
    this.#origin = origin;
    this.#statedAt = performance.now();
    return true;
  }

  /** Another host wants to hear what is sent here. @throws StageMoved */
  async attach(edge: string): Promise<void> {
    await this.demandOrigin();
    if (!this.#edges.has(edge)) this.#edges.set(edge, new Set());
    this.#state(edge);
  }

  /** Another host has no viewers of the stage any more, or is gone. */
  detach(edge: string): void {
    const { local, stageId } = this.#options;
    for (const pipeId of this.#edges.get(edge) ?? []) void local.closePipe(stageId, pipeId).catch(() => undefined);
    this.#edges.delete(edge);
  }

  /** @throws StageMoved; MediaError as the plane does */
  async openPipe(edge: string, producerId: string, end: PipeEnd): Promise<OpenedPipe> {
    const { local, stageId } = this.#options;
    const pipes = this.#edges.get(edge);
    if (!pipes) throw new StageMoved(this.#origin);
    const opened = await local.openPipe(stageId, producerId, end);
    if (this.#edges.get(edge) === pipes) pipes.add(opened.pipeId);
    else void local.closePipe(stageId, opened.pipeId).catch(() => undefined);
    return opened;
  }

  async closePipe(edge: string, pipeId: string): Promise<void> {
    const { local, stageId } = this.#options;
    if (this.#edges.get(edge)?.delete(pipeId)) await local.closePipe(stageId, pipeId);
  }

  /** @throws StageMoved when another host is the origin */
  async demandOrigin(): Promise<void> {
    const origin = await this.find();
    if (origin !== this.#options.hostId) throw new StageMoved(origin);
  }

  /** What publishers here send has changed. */
  changed(): void {
    for (const edge of this.#edges.keys()) this.#state(edge);
  }

  producerPaused(producerId: string, paused: boolean): void {
    if (paused) this.#paused.add(producerId);
    else this.#paused.delete(producerId);
    this.changed();
  }

  producerClosed(producerId: string): void {
    this.#paused.delete(producerId);
    this.changed();
  }

  #state(edge: string): void {
    const { local, stageId, hostId, wire } = this.#options;
    const producers = local.producers(stageId).map((producer) => ({ ...producer, paused: this.#paused.has(producer.producerId) }));
    wire.tell(edge, { type: 'producers', from: hostId, stageId, producers });
  }

  /** The origin says what is sent there. */
  hear(from: string, producers: readonly ToldProducer[]): void {
    if (from !== this.#upstream || this.#closed) return;
    const { local, stageId } = this.#options;
    const ids = new Set(producers.map(({ producerId }) => producerId));
    for (const id of this.#remote.keys()) {
      if (ids.has(id)) continue;
      this.#remote.delete(id);
      local.removeRemoteProducer(stageId, id);
    }
    for (const producer of producers) {
      const known = this.#remote.get(producer.producerId);
      const origin = known?.origin ?? this.#originOf(from, producer.producerId);
      this.#remote.set(producer.producerId, { producer, origin });
      if (!known) local.addRemoteProducer(stageId, producer, origin);
      else if (known.producer.paused !== producer.paused) local.pauseRemoteProducer(stageId, producer.producerId, producer.paused);
    }
  }

  #originOf(host: string, producerId: string): RemoteOrigin {
    const { wire, stageId, log } = this.#options;
    return {
      async open(end) {
        try {
          const answer = await wire.request(host, stageId, 'openPipe', [producerId, end]);
          // The contract's schema and mediasoup's types say the same of RTP parameters.
          return hostCalls.openPipe.data.parse(answer) as OpenedPipe;
        } catch (error) {
          if (error instanceof MediaError) throw error;
          throw new MediaError('unavailable', 'the origin of the stage has moved', { cause: error });
        }
      },
      close(pipeId) {
        wire.request(host, stageId, 'closePipe', [pipeId]).catch((error: unknown) => {
          log.debug(
            { stageId, host, reason: String(error) },
            'a pipe could not be closed at its origin, which closes it with the producer',
          );
        });
      },
    };
  }

  #dropRemote(): void {
    for (const id of this.#remote.keys()) this.#options.local.removeRemoteProducer(this.#options.stageId, id);
    this.#remote.clear();
  }

  /** The origin is another host than before, or gone: what it sent ends, and the search begins anew. */
  loseOrigin(host: string): void {
    if (this.#upstream !== host && this.#origin !== host) return;
    this.#origin = undefined;
    this.#upstream = undefined;
    this.#dropRemote();
    this.#findQuietly();
  }

  #findQuietly(): void {
    const { stageId, log } = this.#options;
    this.find().catch((error: unknown) => {
      if (!this.#closed) log.warn({ stageId, reason: String(error) }, 'the origin of a stage could not be found yet');
    });
  }

  /** Lengthens the claim, or says again that this edge is there. */
  async check(): Promise<void> {
    const { claims, hostId, stageId } = this.#options;
    if (this.#finding) return;
    if (this.isOrigin) {
      const origin = await claims.claim(stageId, hostId);
      if (origin !== hostId && this.isOrigin && !this.#closed) this.#depose();
      return;
    }
    if (this.#origin === undefined) return this.#findQuietly();
    if (performance.now() - this.#statedAt < restateMs) return;
    const upstream = this.#origin;
    if (!(await this.#attach(upstream)) && !this.#closed) this.loseOrigin(upstream);
  }

  #depose(): void {
    this.#origin = undefined;
    for (const edge of this.edges) {
      this.#options.wire.tell(edge, { type: 'moved', from: this.#options.hostId, stageId: this.#options.stageId });
      this.detach(edge);
    }
    this.#options.onDeposed();
    this.#findQuietly();
  }

  /** Makes another host the origin; this one becomes its edge. */
  async handOver(to: string): Promise<void> {
    if (!this.isOrigin) return;
    await this.#options.claims.pass(this.#options.stageId, this.#options.hostId, to);
    if (this.isOrigin) this.#depose();
  }

  /** Nobody is on this part of the stage any more. */
  leave(): void {
    if (this.#closed) return;
    this.#closed = true;
    const { claims, hostId, stageId, wire } = this.#options;
    for (const edge of this.edges) this.detach(edge);
    this.#dropRemote();
    if (this.#upstream !== undefined) wire.request(this.#upstream, stageId, 'detach', []).catch(() => undefined);
    else void claims.pass(stageId, hostId).catch(() => undefined);
  }
}

import { setTimeout as pause } from 'node:timers/promises';
import type { MediaHost } from '../../../../../media/types.ts';
import type { Log } from '../../../../domain/ports.ts';
import type { StageClaims } from '../claims.ts';
import { StageMoved, type Wire } from '../wire/wire.ts';
import { Edges } from './edges.ts';
import { Upstream } from './upstream.ts';

export interface StageLinkOptions {
  stageId: string;
  hostId: string;
  local: MediaHost;
  claims: StageClaims;
  wire: Pick<Wire, 'request' | 'tell' | 'hearingSince'>;
  isGone(hostId: string): Promise<boolean>;
  /** Another host is the origin now: publishers here must go there. */
  onDeposed(): void;
  log: Log;
}

/** How often the origin is looked for in a row, and the pause between. */
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
  readonly edges: Edges;
  readonly upstream: Upstream;
  readonly #options: StageLinkOptions;
  /** The origin, once this host has claimed the stage or is attached. */
  #origin: string | undefined;
  #finding: Promise<string> | undefined;
  #statedAt = 0;
  #closed = false;

  constructor(options: StageLinkOptions) {
    this.#options = options;
    this.edges = new Edges(options);
    this.upstream = new Upstream(options);
  }

  get isOrigin(): boolean {
    return this.#origin === this.#options.hostId;
  }

  /** The origin: another host, to which this one is attached then, or this one, which claims the stage when nobody has. @throws StageMoved when it cannot be found yet */
  find(): Promise<string> {
    if (this.#origin !== undefined) return Promise.resolve(this.#origin);
    this.#finding ??= this.#find().finally(() => {
      this.#finding = undefined;
    });
    return this.#finding;
  }

  /** @throws StageMoved when another host is the origin */
  async demandOrigin(): Promise<void> {
    const origin = await this.find();
    if (origin !== this.#options.hostId) throw new StageMoved(origin);
  }

  /** Another host wants to hear what is sent here. @throws StageMoved */
  async attach(edge: string): Promise<void> {
    await this.demandOrigin();
    this.edges.attach(edge);
  }

  /** The origin is another host than before, or gone: what it sent ends, and the search begins anew. */
  loseOrigin(host: string): void {
    if (this.#closed || (this.upstream.host !== host && this.#origin !== host)) return;
    this.#origin = undefined;
    this.upstream.turnTo(undefined);
    this.#findQuietly();
  }

  /** Lengthens the claim, or says again that this edge is there. */
  async check(): Promise<void> {
    const { claims, hostId, stageId } = this.#options;
    if (this.#finding) return;
    if (this.isOrigin) {
      this.edges.expire();
      const origin = await claims.claim(stageId, hostId);
      if (origin !== hostId && this.isOrigin && !this.#closed) this.#depose();
    } else if (this.#origin === undefined) this.#findQuietly();
    else if (performance.now() - this.#statedAt >= restateMs) {
      const origin = this.#origin;
      if (!(await this.#attachTo(origin))) this.loseOrigin(origin);
    }
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
    for (const edge of this.edges.all) this.edges.detach(edge);
    const { host } = this.upstream;
    this.upstream.turnTo(undefined);
    if (host !== undefined) wire.request(host, stageId, 'detach', []).catch(() => undefined);
    else void claims.pass(stageId, hostId).catch(() => undefined);
  }

  async #find(): Promise<string> {
    const { claims, hostId, stageId, isGone } = this.#options;
    let gone: string | undefined;
    for (let attempt = 0; attempt < attempts; attempt++) {
      const origin = await claims.claim(stageId, hostId, gone);
      if (this.#closed) break;
      if (origin === hostId) {
        this.upstream.turnTo(undefined);
        this.#origin = origin;
        return origin;
      }
      if (await isGone(origin)) gone = origin;
      else if (await this.#attachTo(origin)) return origin;
      else await pause(pauseMs);
    }
    throw new StageMoved();
  }

  /** Whether the host is the origin, and has said what is sent there. */
  async #attachTo(origin: string): Promise<boolean> {
    this.upstream.turnTo(origin);
    try {
      await this.#options.wire.request(origin, this.#options.stageId, 'attach', [], attachMs);
    } catch (error) {
      if (error instanceof StageMoved) return false;
      throw error;
    }
    if (this.upstream.host !== origin || this.#closed) return false;
    this.#origin = origin;
    this.#statedAt = performance.now();
    return true;
  }

  #depose(): void {
    this.#origin = undefined;
    this.edges.moved();
    this.#options.onDeposed();
    this.#findQuietly();
  }

  #findQuietly(): void {
    const { stageId, log } = this.#options;
    this.find().catch((error: unknown) => {
      if (!this.#closed) log.warn({ stageId, reason: String(error) }, 'the origin of a stage could not be found yet');
    });
  }
}

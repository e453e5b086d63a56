import { EventEmitter } from 'node:events';
import { hostname } from 'node:os';
import type { Redis } from 'ioredis';
import { MediaError, type MediaEvents, type MediaPlane } from '../../../../media/types.ts';
import type { Log } from '../../../domain/ports.ts';
import type { Keys } from '../keys.ts';
import { expel, joinerOf, leaverOf, lossOf, type ParticipantKey, perform, publisherKey, subscriberKey, undoOf } from './calls.ts';
import { type CallArguments, type CallData, type Request, type StageCall, stageCalls, type ToldEvent } from './messages.ts';
import { OwnedStages, type Participants } from './owned-stages.ts';
import { createStageOwners, type StageOwners } from './owners.ts';
import { RemoteStages } from './remote-stages.ts';
import { openWire, StageMoved, type Wire } from './wire.ts';

export interface StageRoutingOptions {
  /** The plane of this process; closed with the routed one. */
  local: MediaPlane;
  redis: Redis;
  /** A connection of its own: it goes into subscriber mode. The caller closes it. */
  subscriber: Redis;
  keys: Keys;
  /** Unique for every start of a process. */
  nodeId: string;
  log: Log;
  /** How long an owner that died keeps its stages, ms; renewed five times as often. */
  claimMs?: number;
  /** Longest wait for another node, ms. */
  patienceMs?: number;
}

/** How often a call follows a stage that changes its owner. */
const attempts = 4;

export class StageRouting extends EventEmitter<MediaEvents> {
  readonly #options: StageRoutingOptions;
  readonly #owners: StageOwners;
  readonly #owned: OwnedStages;
  readonly #remote: RemoteStages;
  readonly #tickMs: number;
  #wire: Wire | undefined;
  #ticking: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: StageRoutingOptions) {
    super();
    this.#options = options;
    const lifeMs = options.claimMs ?? 1_500;
    this.#tickMs = Math.ceil(lifeMs / 5);
    this.#owners = createStageOwners({ ...options, lifeMs });
    this.#owned = new OwnedStages({
      owners: this.#owners,
      nodeId: options.nodeId,
      onDeposed: (stageId, participants) => this.#giveUp(stageId, participants),
    });
    this.#remote = new RemoteStages({ owners: this.#owners, onGone: (stageId, owner, told) => this.#ownerGone(stageId, owner, told) });
    this.#forwardEvents(options.local);
  }

  async open(): Promise<void> {
    this.#wire = await openWire({
      ...this.#options,
      patienceMs: this.#options.patienceMs ?? 4_000,
      serve: (request) => this.#serve(request),
      onEvent: (told) => this.#hear(told),
      onEnded: (stageId) => this.#remote.drop(stageId),
    });
    await this.#owners.beat();
    this.#tickLater();
  }

  /** Does a call where the stage is; asks again for the owner when it has changed. */
  async call<C extends StageCall>(stageId: string, call: C, args: CallArguments<C>): Promise<CallData<C>> {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const joining = joinerOf(call, args) !== undefined;
      const owner = await this.#ownerFor(stageId, joining);
      if (owner === null || owner === this.#options.nodeId) {
        // The last participant may have left, and the claim with it, since the owner was found.
        if (joining && !this.#owned.has(stageId)) continue;
        return this.#here(this.#options.nodeId, stageId, call, args);
      }
      try {
        return await this.#there(owner, stageId, call, args);
      } catch (error) {
        if (!(error instanceof StageMoved)) throw error;
        if (this.#remote.ownerOf(stageId) === owner) this.#remote.lose(stageId);
      }
    }
    throw new MediaError('unavailable', 'the stage keeps moving');
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#ticking);
    const leaving = this.#remote.all().map(({ owner, stageId, key }) => this.#wire?.request(owner, stageId, undoOf(key), [key.slice(2)]));
    await Promise.allSettled(leaving);
    for (const [stageId, participants] of this.#owned.all()) this.#giveUp(stageId, participants);
    await this.#owned.releaseAll();
    await this.#owners.leave().catch(() => undefined);
    await this.#wire?.close().catch(() => undefined);
    await this.#options.local.close();
  }

  async #ownerFor(stageId: string, joining: boolean): Promise<string | null> {
    if (this.#closed) throw new MediaError('unavailable', 'the media plane is closed');
    if (this.#owned.has(stageId)) return this.#options.nodeId;
    const known = this.#remote.ownerOf(stageId);
    if (known) return known;
    try {
      const owner = joining ? await this.#owners.claim(stageId) : await this.#owners.find(stageId);
      if (joining && owner === this.#options.nodeId) this.#owned.open(stageId);
      return owner;
    } catch (cause) {
      throw new MediaError('unavailable', 'the owner of the stage is not known', { cause });
    }
  }

  async #here<C extends StageCall>(from: string, stageId: string, call: C, args: CallArguments<C>): Promise<CallData<C>> {
    const joiner = joinerOf(call, args);
    const before = joiner && this.#owned.nodeOf(stageId, joiner);
    if (joiner) this.#owned.join(stageId, joiner, from);
    try {
      const data = await perform(this.#options.local, stageId, call, args);
      const leaver = leaverOf(call, args);
      if (leaver) this.#owned.leave(stageId, leaver);
      if (call === 'closeStage') this.#endOwned(stageId);
      return data;
    } catch (error) {
      if (joiner && !before) this.#owned.leave(stageId, joiner);
      throw error;
    } finally {
      this.#owned.releaseIfEmpty(stageId);
    }
  }

  async #there<C extends StageCall>(owner: string, stageId: string, call: C, args: CallArguments<C>): Promise<CallData<C>> {
    const wire = this.#wire;
    if (!wire) throw new MediaError('unavailable', 'the media plane is not open');
    const joiner = joinerOf(call, args);
    // Before the answer, because an event about the participant may come with it.
    if (joiner) this.#remote.join(stageId, owner, joiner);
    try {
      const data = stageCalls[call].data.parse(await wire.request(owner, stageId, call, args)) as CallData<C>;
      if (joiner) this.#remote.answered(stageId, joiner);
      return data;
    } catch (error) {
      if (joiner) {
        this.#remote.leave(stageId, joiner);
        // It may have been done after all.
        if (!(error instanceof StageMoved)) wire.request(owner, stageId, undoOf(joiner), [joiner.slice(2)]).catch(() => undefined);
      }
      if (error instanceof MediaError || error instanceof StageMoved) throw error;
      throw new MediaError('unavailable', 'the media node’s answer was not understood', { cause: error });
    } finally {
      const leaver = leaverOf(call, args);
      if (leaver) this.#remote.leave(stageId, leaver);
    }
  }

  async #serve({ from, host, stageId, call, args }: Request): Promise<unknown> {
    if (!this.#owned.has(stageId)) {
      // A claim may outlive its stage, when it was renewed in the moment it was released.
      const ours = (await this.#owners.find(stageId)) === this.#options.nodeId;
      if (!ours || this.#closed) throw new StageMoved();
      this.#owned.open(stageId);
    }
    if (call === 'ingestRtp' && host !== hostname()) {
      throw new MediaError('unavailable', 'plain RTP must be sent from the machine that owns the stage');
    }
    const parsed = stageCalls[call].args.safeParse(args);
    if (!parsed.success) throw new MediaError('unsupported', 'the call’s arguments are not valid');
    return this.#here(from, stageId, call, parsed.data as CallArguments<typeof call>);
  }

  #forwardEvents(local: MediaPlane): void {
    const route = (stageId: string, key: ParticipantKey, told: ToldEvent): void => {
      const node = this.#owned.nodeOf(stageId, key);
      if (node === undefined || node === this.#options.nodeId) this.#emitTold(told);
      else this.#wire?.tell(node, told);
    };
    const gone = (stageId: string, key: ParticipantKey): void => {
      this.#owned.leave(stageId, key);
      this.#owned.releaseIfEmpty(stageId);
    };
    local.on('consumerAdded', (payload) =>
      route(payload.stageId, subscriberKey(payload.subscriberId), { event: 'consumerAdded', payload }),
    );
    local.on('consumerClosed', (payload) =>
      route(payload.stageId, subscriberKey(payload.subscriberId), { event: 'consumerClosed', payload }),
    );
    local.on('subscriberLost', (payload) => {
      route(payload.stageId, subscriberKey(payload.subscriberId), { event: 'subscriberLost', payload });
      gone(payload.stageId, subscriberKey(payload.subscriberId));
    });
    local.on('publisherLost', (payload) => {
      route(payload.stageId, publisherKey(payload.publisherId), { event: 'publisherLost', payload });
      gone(payload.stageId, publisherKey(payload.publisherId));
    });
    local.on('publishing', (payload) => this.emit('publishing', payload));
    local.on('workerDied', (payload) => this.emit('workerDied', payload));
  }

  #hear(told: ToldEvent): void {
    if (told.event === 'subscriberLost') this.#remote.leave(told.payload.stageId, subscriberKey(told.payload.subscriberId));
    if (told.event === 'publisherLost') this.#remote.leave(told.payload.stageId, publisherKey(told.payload.publisherId));
    this.#emitTold(told);
  }

  #emitTold(told: ToldEvent): void {
    switch (told.event) {
      case 'consumerAdded':
        return void this.emit(told.event, told.payload);
      case 'consumerClosed':
        return void this.emit(told.event, told.payload);
      case 'subscriberLost':
        return void this.emit(told.event, told.payload);
      case 'publisherLost':
        return void this.emit(told.event, told.payload);
      default:
        told satisfies never;
    }
  }

  /** The node that carried a stage is gone: its participants here must join again, wherever it will be. */
  #ownerGone(stageId: string, owner: string, told: ToldEvent[]): void {
    this.#wire?.abandon(owner, stageId);
    for (const loss of told) this.#emitTold(loss);
  }

  #endOwned(stageId: string): void {
    const nodes = new Set(this.#owned.release(stageId).values());
    nodes.delete(this.#options.nodeId);
    for (const node of nodes) this.#wire?.tellEnded(node, stageId);
  }

  /** Another node carries the stage now, or this one stops: everybody on it must join again. */
  #giveUp(stageId: string, participants: Participants): void {
    void this.#options.local.closeStage(stageId);
    for (const [key, node] of participants) this.#tellLoss(stageId, key, node);
  }

  #tellLoss(stageId: string, key: ParticipantKey, node: string): void {
    if (node === this.#options.nodeId) this.#emitTold(lossOf(stageId, key));
    else this.#wire?.tell(node, lossOf(stageId, key));
  }

  #tickLater(): void {
    if (this.#closed) return;
    this.#ticking = setTimeout(() => void this.#tick().finally(() => this.#tickLater()), this.#tickMs);
  }

  /** Renews what is owned here, and looks after owners and participants elsewhere. */
  async #tick(): Promise<void> {
    const results = await Promise.allSettled([
      this.#owners.beat(),
      this.#remote.check(),
      this.#owned.check().then((gone) => {
        for (const node of gone) this.#expelNode(node);
      }),
    ]);
    const failure = results.find((result) => result.status === 'rejected');
    if (failure && !this.#closed) this.#options.log.warn({ reason: String(failure.reason) }, 'the owners of stages could not be checked');
  }

  /** A node that is gone left participants here. It is told all the same: it may only have stalled. */
  #expelNode(gone: string): void {
    for (const [stageId, participants] of this.#owned.all()) {
      for (const [key, node] of participants) {
        if (node !== gone) continue;
        this.#owned.leave(stageId, key);
        void expel(this.#options.local, stageId, key);
        this.#tellLoss(stageId, key, node);
      }
      this.#owned.releaseIfEmpty(stageId);
    }
  }
}

import { EventEmitter } from 'node:events';
import { MediaError, type MediaEvents, type StageHealth } from '../../../../../media/types.ts';
import type { StageClaims } from '../claims.ts';
import type { MediaRecords } from '../records.ts';
import {
  type CallArguments,
  type CallData,
  effects,
  idIn,
  type ParticipantCall,
  type ParticipantKey,
  publisherKey,
  subscriberKey,
  undoOf,
} from '../wire/calls.ts';
import { lossOf, type Message, type ToldEvent } from '../wire/messages.ts';
import { StageMoved } from '../wire/wire.ts';
import type { Asking } from './asking.ts';
import { mergeHealth } from './health.ts';
import { Joining } from './joining.ts';
import { Places } from './places.ts';
import type { Placing } from './placing.ts';

export interface StageRoutingOptions {
  claims: StageClaims;
  records: MediaRecords;
  placing: Placing;
  asking: Asking;
  /** The hosts that live. */
  hosts(): readonly { id: string }[];
  isGone(process: string): Promise<boolean>;
}

/** How long a host may take to say how it is, ms. */
const healthMs = 1_000;

/** The node's side: takes every call about a stage to the host that carries the participant, and hears of it from there. */
export class StageRouting extends EventEmitter<MediaEvents> {
  readonly #options: StageRoutingOptions;
  readonly #places = new Places();
  readonly #joining: Joining;
  #closed = false;

  constructor(options: StageRoutingOptions) {
    super();
    this.#options = options;
    this.#joining = new Joining({ ...options, places: this.#places });
  }

  /** Does a call of one participant. @throws MediaError */
  async call<C extends ParticipantCall>(stageId: string, call: C, args: CallArguments<C>): Promise<CallData<C>> {
    const { side, change } = effects[call];
    const key: ParticipantKey = `${side}:${args[0]}`;
    if (change === 'join') {
      if (this.#closed) throw new MediaError('unavailable', 'the media plane is closed');
      return this.#joining.join(stageId, key, call, args);
    }
    const place = this.#places.get(stageId, key);
    if (change === 'leave') this.#places.leave(stageId, key);
    // One whose host is not chosen yet notices that it has left.
    const host = place ? place.host : await this.#hostOfStranger(stageId, key);
    if (!host) {
      if (change === 'leave') return undefined as CallData<C>;
      throw new MediaError('not-found', 'no such participant on the stage');
    }
    try {
      return await this.#options.asking.ask(host, stageId, call, args);
    } catch (error) {
      if (!(error instanceof StageMoved)) throw error;
      if (change === 'leave') return undefined as CallData<C>;
      throw new MediaError('not-found', 'the participant has lost its place', { cause: error });
    }
  }

  /** Somebody can both send and receive, on two hosts: the transport is looked for on both. */
  async restartIce(stageId: string, participantId: string, transportId: string): Promise<CallData<'restartIce'>> {
    const keys = [subscriberKey(participantId), publisherKey(participantId)];
    const found = await Promise.all(keys.map(async (key) => this.#places.get(stageId, key)?.host ?? this.#hostOfStranger(stageId, key)));
    const hosts = new Set(found.filter((host) => host !== null));
    for (const host of hosts) {
      try {
        return await this.#options.asking.ask(host, stageId, 'restartIce', [participantId, transportId]);
      } catch (error) {
        const elsewhere = error instanceof StageMoved || (error instanceof MediaError && error.fault === 'not-found');
        if (!elsewhere) throw error;
      }
    }
    throw new MediaError('not-found', 'no such transport');
  }

  /** @throws MediaError unavailable when a host did not answer */
  async closeStage(stageId: string): Promise<void> {
    const hosts = this.#options.hosts();
    const ended = await Promise.allSettled(hosts.map(({ id }) => this.#options.asking.ask(id, stageId, 'closeStage', [])));
    const failed = ended.find((result) => result.status === 'rejected' && !(result.reason instanceof StageMoved));
    if (failed?.status === 'rejected') throw failed.reason;
  }

  /** What those hosts say that answer in time. @throws MediaError unavailable when none does */
  async stageHealth(stageId: string): Promise<StageHealth> {
    const hosts = this.#options.hosts();
    const answers = await Promise.allSettled(hosts.map(({ id }) => this.#options.asking.ask(id, stageId, 'stageHealth', [], healthMs)));
    const parts = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    if (parts.length === 0) throw new MediaError('unavailable', 'no media host answers');
    return mergeHealth(parts);
  }

  /** @param from the host that says so */
  hear(from: string, told: ToldEvent): void {
    const { stageId } = told.payload;
    switch (told.event) {
      case 'consumerAdded':
      case 'consumerClosed': {
        const place = this.#places.get(stageId, subscriberKey(told.payload.subscriberId));
        // Without a place here it is of somebody without a connection, whose own node is gone.
        if (place ? place.host === from : told.event === 'consumerClosed') this.tell(told);
        break;
      }
      case 'subscriberLost':
        this.#hearLoss(from, stageId, subscriberKey(told.payload.subscriberId), told);
        break;
      case 'publisherLost':
        this.#hearLoss(from, stageId, publisherKey(told.payload.publisherId), told);
        break;
      case 'publishing':
      case 'stageCondition':
        this.tell(told);
        break;
      default:
        told satisfies never;
    }
  }

  /** The stage was ended on purpose. */
  ended(stageId: string): void {
    this.#places.drop(stageId);
  }

  left(stageId: string, key: ParticipantKey): void {
    this.#places.leave(stageId, key);
  }

  /** Everybody whom this node believes on a host. */
  roll(host: string): Extract<Message, { type: 'roll' }>['stages'] {
    const stages: Record<string, string[]> = {};
    for (const { stageId, key, place } of this.#places.all()) {
      if (place.host !== host || !place.answered) continue;
      stages[stageId] ??= [];
      stages[stageId].push(key);
    }
    return stages;
  }

  /** Those of the list are not on the host any more, and the word of it did not arrive. */
  absent(host: string, stages: Extract<Message, { type: 'absent' }>['stages']): void {
    for (const [stageId, keys] of Object.entries(stages)) {
      for (const key of keys as ParticipantKey[]) this.#lose(host, stageId, key);
    }
  }

  /** A host is gone: its participants here must join again. */
  hostGone(host: string): void {
    for (const { stageId, key, place } of [...this.#places.all()]) {
      if (place.host !== host || !place.answered) continue;
      // Those without a connection are settled once for all nodes.
      if (place.detached) this.#places.leave(stageId, key);
      else this.#lose(host, stageId, key);
      // It may only have stalled, and would carry them on.
      this.#options.asking.undo(host, stageId, key);
    }
  }

  /** Everybody with a connection to this node leaves. */
  async close(): Promise<void> {
    this.#closed = true;
    const leaving = [...this.#places.all()].map(async ({ stageId, key, place }) => {
      if (place.host && !place.detached) await this.#options.asking.ask(place.host, stageId, undoOf(key), [idIn(key)]);
    });
    await Promise.allSettled(leaving);
  }

  /** The host of somebody who is not of this node: only those without a connection are found. */
  async #hostOfStranger(stageId: string, key: ParticipantKey): Promise<string | null> {
    const { records, isGone } = this.#options;
    try {
      const host = await records.hostOfDetached({ stageId, key });
      return host !== null && !(await isGone(host)) ? host : null;
    } catch (cause) {
      throw new MediaError('unavailable', 'the participant’s place is not known', { cause });
    }
  }

  #hearLoss(from: string, stageId: string, key: ParticipantKey, told: ToldEvent): void {
    const place = this.#places.get(stageId, key);
    // Word from where it was before does not concern where it is now.
    if (place && place.host !== from) return;
    this.#places.leave(stageId, key);
    this.tell(told);
  }

  #lose(host: string, stageId: string, key: ParticipantKey): void {
    const place = this.#places.get(stageId, key);
    if (place?.host === host && place.answered) this.#hearLoss(host, stageId, key, lossOf(stageId, key));
  }

  /** Tells people, through this node. */
  tell(told: ToldEvent): void {
    switch (told.event) {
      case 'consumerAdded':
        return void this.emit(told.event, told.payload);
      case 'consumerClosed':
        return void this.emit(told.event, told.payload);
      case 'subscriberLost':
        return void this.emit(told.event, told.payload);
      case 'publisherLost':
        return void this.emit(told.event, told.payload);
      case 'publishing':
        return void this.emit(told.event, told.payload);
      case 'stageCondition':
        return void this.emit(told.event, told.payload);
      default:
        told satisfies never;
    }
  }
}

import { EventEmitter } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { MediaError, type MediaEvents, type StageHealth } from '../../../../media/types.ts';
import type { Log } from '../../../domain/ports.ts';
import type { StageClaims } from './claims.ts';
import { mergeHealth } from './health.ts';
import type { StageHosting } from './hosting/hosting.ts';
import { type Place, Places } from './places.ts';
import type { Placing } from './placing.ts';
import type { MediaRecords } from './records.ts';
import {
  type CallArguments,
  type CallData,
  effects,
  idIn,
  isSubscriber,
  type ParticipantCall,
  type ParticipantKey,
  publisherKey,
  type StageCall,
  stageCalls,
  subscriberKey,
  undoOf,
} from './wire/calls.ts';
import { lossOf, type Message, type ToldEvent } from './wire/messages.ts';
import { StageMoved, type Wire } from './wire/wire.ts';

export interface StageRoutingOptions {
  nodeId: string;
  claims: StageClaims;
  records: MediaRecords;
  placing: Placing;
  wire: Pick<Wire, 'request' | 'tell'>;
  /** The hosts that live. */
  hosts(): readonly { id: string }[];
  isGone(process: string): Promise<boolean>;
  /** This process's own workers, if it has any. */
  hosting: StageHosting | undefined;
  log: Log;
}

/** How long a join follows a stage that changes its place, and the pause before each further try, ms. A host may learn of a death later than this process. */
const followMs = 5_000;
const pauseMs = 50;
const healthMs = 1_000;

/** The node's side: takes every call about a stage to the host that carries the participant, and hears of it from there. */
export class StageRouting extends EventEmitter<MediaEvents> {
  readonly #options: StageRoutingOptions;
  readonly #places = new Places();
  #closed = false;

  constructor(options: StageRoutingOptions) {
    super();
    this.#options = options;
  }

  /** Does a call of one participant. @throws MediaError */
  async call<C extends ParticipantCall>(stageId: string, call: C, args: CallArguments<C>): Promise<CallData<C>> {
    const { side, change } = effects[call];
    const key: ParticipantKey = `${side}:${args[0]}`;
    if (change === 'join') return this.#join(stageId, key, call, args);
    const place = this.#places.get(stageId, key);
    if (change === 'leave') this.#places.leave(stageId, key);
    // One whose host is not chosen yet notices that it has left.
    const host = place ? place.host : await this.#hostOfStranger(stageId, key);
    if (!host) {
      if (change === 'leave') return undefined as CallData<C>;
      throw new MediaError('not-found', 'no such participant on the stage');
    }
    try {
      return await this.#ask(host, stageId, call, args);
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
        return await this.#ask(host, stageId, 'restartIce', [participantId, transportId]);
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
    const ended = await Promise.allSettled(hosts.map(({ id }) => this.#ask(id, stageId, 'closeStage', [])));
    const failed = ended.find((result) => result.status === 'rejected' && !(result.reason instanceof StageMoved));
    if (failed?.status === 'rejected') throw failed.reason;
  }

  /** What those hosts say that answer in time. @throws MediaError unavailable when none does */
  async stageHealth(stageId: string): Promise<StageHealth> {
    const hosts = this.#options.hosts();
    const answers = await Promise.allSettled(hosts.map(({ id }) => this.#ask(id, stageId, 'stageHealth', [], healthMs)));
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
      this.#undo(host, stageId, key);
    }
  }

  /** Everybody with a connection to this node leaves. */
  async close(): Promise<void> {
    this.#closed = true;
    const leaving = [...this.#places.all()].map(async ({ stageId, key, place }) => {
      if (place.host && !place.detached) await this.#ask(place.host, stageId, undoOf(key), [idIn(key)]);
    });
    await Promise.allSettled(leaving);
  }

  async #join<C extends ParticipantCall>(stageId: string, key: ParticipantKey, call: C, args: CallArguments<C>): Promise<CallData<C>> {
    if (this.#closed) throw new MediaError('unavailable', 'the media plane is closed');
    const { detached = false } = args.at(-1) as { detached?: boolean };
    const before = this.#places.get(stageId, key);
    // A further stream of a sender goes where the first is; a viewer who asks again starts anew.
    const place = (isSubscriber(key) ? undefined : before) ?? this.#places.open(stageId, key, detached);
    const earlier = before?.host;
    let asked: string | undefined;
    try {
      const avoid = new Set<string>();
      let hint: string | undefined;
      for (const startedAt = performance.now(); performance.now() - startedAt < followMs; await pause(pauseMs)) {
        const host = isSubscriber(key) ? await this.#hostForViewer(stageId, avoid) : await this.#hostForSender(stageId, hint);
        this.#demandHere(stageId, key, place);
        if (earlier && earlier !== host && asked === undefined) this.#undo(earlier, stageId, key);
        place.host = host;
        asked = host;
        try {
          const data = await this.#ask(host, stageId, call, args);
          this.#demandHere(stageId, key, place);
          place.answered = true;
          return data;
        } catch (error) {
          if (!(error instanceof StageMoved)) throw error;
          asked = undefined;
          avoid.add(host);
          hint = error.origin;
        }
      }
      throw new MediaError('unavailable', 'the stage keeps moving');
    } catch (error) {
      const refused = error instanceof MediaError && error.fault !== 'unavailable';
      // A second stream that is refused leaves the first where it is.
      if (!(refused && place === before && place.answered)) this.#places.leave(stageId, key, place);
      // It may have been done after all.
      if (asked && !refused) this.#undo(asked, stageId, key);
      throw error;
    }
  }

  #demandHere(stageId: string, key: ParticipantKey, place: Place): void {
    if (this.#places.get(stageId, key) !== place) throw new MediaError('not-found', 'it has left or was replaced meanwhile');
  }

  /** Where a viewer goes: by load, to hosts that have the stage first. */
  async #hostForViewer(stageId: string, avoid: ReadonlySet<string>): Promise<string> {
    const { placing, claims } = this.#options;
    const onStage = this.#places.hostsOf(stageId);
    if (onStage.size === 0 && placing.several()) {
      const origin = await claims.find(stageId).catch(() => null);
      if (origin) onStage.add(origin);
    }
    // When all are avoided, the one that was asked first may have come round.
    const host = placing.choose(onStage, avoid) ?? placing.choose(onStage);
    if (!host) throw new MediaError('unavailable', 'no media host is running');
    return host;
  }

  /** Where somebody sends to: the stage's origin, or the host that will be. */
  async #hostForSender(stageId: string, hint: string | undefined): Promise<string> {
    const { placing, claims, isGone } = this.#options;
    try {
      const origin = hint ?? (await claims.find(stageId));
      if (origin && !(await isGone(origin))) return origin;
    } catch (cause) {
      throw new MediaError('unavailable', 'the origin of the stage is not known', { cause });
    }
    const host = placing.choose(this.#places.hostsOf(stageId));
    if (!host) throw new MediaError('unavailable', 'no media host is running');
    return host;
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

  async #ask<C extends StageCall>(
    host: string,
    stageId: string,
    call: C,
    args: CallArguments<C>,
    patienceMs?: number,
  ): Promise<CallData<C>> {
    const { nodeId, hosting, wire } = this.#options;
    if (host === nodeId && hosting) return hosting.perform(nodeId, stageId, call, args);
    const answer = await wire.request(host, stageId, call, args, patienceMs);
    const parsed = stageCalls[call].data.safeParse(answer);
    if (parsed.success) return parsed.data as CallData<C>;
    throw new MediaError('unavailable', 'the media host’s answer was not understood', { cause: parsed.error });
  }

  #undo(host: string, stageId: string, key: ParticipantKey): void {
    this.#ask(host, stageId, undoOf(key), [idIn(key)]).catch((error: unknown) => {
      this.#options.log.debug({ stageId, host, reason: String(error) }, 'a participant could not be taken off a host, which may be gone');
    });
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

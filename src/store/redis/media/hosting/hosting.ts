import { MediaError, type MediaHost, type PipeEnd } from '../../../../../media/types.ts';
import type { Log } from '../../../../domain/ports.ts';
import type { StageClaims } from '../claims.ts';
import type { MediaRecords } from '../records.ts';
import {
  type CallArguments,
  type CallData,
  effects,
  expel,
  type HostCall,
  idIn,
  isParticipantCall,
  isSubscriber,
  type ParticipantCall,
  type ParticipantKey,
  perform,
  type StageCall,
} from '../wire/calls.ts';
import { lossOf, type Message, type ToldEvent } from '../wire/messages.ts';
import { StageMoved, type Wire } from '../wire/wire.ts';
import { drainHost } from './drain.ts';
import { forwardHostEvents } from './events.ts';
import { HostedStage, type Participant } from './hosted-stage.ts';
import { absent, type Roll, unlisted } from './roll.ts';
import { StageLink } from './stage-link.ts';

export interface StageHostingOptions {
  local: MediaHost;
  /** The process's id, also the host's. */
  nodeId: string;
  claims: StageClaims;
  records: MediaRecords;
  wire: Pick<Wire, 'request' | 'tell' | 'hearingSince'>;
  isGone(process: string): Promise<boolean>;
  /** Whether a process is among the living, as far as is known. */
  lives(process: string): boolean;
  /** Tells a node, which may be this process's own. */
  deliver(node: string, told: ToldEvent): void;
  tellEnded(node: string, stageId: string): void;
  /** Some node with people on it; undefined when there is none. */
  anyNode(): string | undefined;
  /** Another host for a stage, those that carry a part of it already preferred; undefined when there is none. */
  otherHost(onStage: readonly string[]): string | undefined;
  log: Log;
}

/** This process's workers as others use them: who is on which stage here, for which node. */
export class StageHosting {
  readonly #options: StageHostingOptions;
  readonly #stages = new Map<string, HostedStage>();
  #draining = false;
  #closed = false;

  constructor(options: StageHostingOptions) {
    this.#options = options;
    forwardHostEvents({
      ...options,
      stageOf: (stageId) => this.#stages.get(stageId),
      forget: (stageId, key) => this.#forget(stageId, key),
    });
  }

  /** Does a call for the node of a participant. @throws MediaError as the plane does; StageMoved */
  async perform<C extends StageCall>(node: string, stageId: string, call: C, args: CallArguments<C>): Promise<CallData<C>> {
    if (this.#closed) throw new StageMoved();
    if (call === 'closeStage') {
      this.#end(stageId);
      return undefined as CallData<C>;
    }
    const effect = isParticipantCall(call) ? effects[call as ParticipantCall] : null;
    if (!effect) return (await perform(this.#options.local, stageId, call, args)) as CallData<C>;
    const { side, change } = effect;
    const key: ParticipantKey = `${side}:${args[0]}`;
    if (change === 'join') return (await this.#join(node, stageId, key, call, args)) as CallData<C>;
    if (change === 'leave') this.#forget(stageId, key, node);
    return (await perform(this.#options.local, stageId, call, args)) as CallData<C>;
  }

  /** Does what an edge asks of the origin. @throws StageMoved */
  async serve(host: string, stageId: string, call: HostCall, args: readonly unknown[]): Promise<unknown> {
    const stage = this.#stages.get(stageId);
    switch (call) {
      case 'attach':
        return this.#busy(stage ?? this.#open(stageId), ({ link }) => link.attach(host));
      case 'detach':
        return stage?.link.edges.detach(host);
      case 'openPipe':
        if (!stage) throw new StageMoved();
        return stage.link.edges.openPipe(host, ...(args as [string, PipeEnd]));
      case 'closePipe':
        return stage?.link.edges.closePipe(host, ...(args as [string]));
      default:
        return call satisfies never;
    }
  }

  hear(news: Extract<Message, { type: 'producers' | 'moved' }>): void {
    const link = this.#stages.get(news.stageId)?.link;
    if (news.type === 'producers') link?.upstream.hear(news.from, news.producers);
    else link?.loseOrigin(news.from);
  }

  /** Who of a node's list is not here; whoever of it is here and not on the list leaves. */
  call(node: string, roll: Roll): Roll {
    for (const { stage, key } of unlisted(this.#stages.values(), node, roll)) this.#expel(stage, key);
    return absent(this.#stages, node, roll);
  }

  /** A process is gone: what it was the origin of needs another, its pipes and its people leave. */
  processGone(process: string): void {
    for (const stage of this.#stages.values()) {
      stage.link.loseOrigin(process);
      stage.link.edges.detach(process);
      for (const [key, { node, detached }] of stage.participants) {
        if (node !== process || detached) continue;
        this.#expel(stage, key);
        // It may only have stalled.
        this.#options.deliver(node, lossOf(stage.id, key));
      }
    }
  }

  /** Lengthens claims, and leaves the stages that nobody here needs any more. */
  async check(): Promise<void> {
    const results = await Promise.allSettled(
      [...this.#stages.values()].map(async (stage) => {
        if (stage.idle) this.#close(stage);
        else await stage.link.check();
      }),
    );
    const failure = results.find((result) => result.status === 'rejected');
    if (failure) throw failure.reason;
  }

  /** Moves everybody to other hosts, over a time, and takes nobody any more. */
  async drain(overMs: number): Promise<void> {
    this.#draining = true;
    const { otherHost, deliver } = this.#options;
    await drainHost([...this.#stages.values()], {
      overMs,
      otherHost,
      tellLost: (stage, key, participant) => {
        stage.participants.delete(key);
        deliver(participant.node, lossOf(stage.id, key));
      },
    });
  }

  /** Gives all stages up; whoever is still there is told. */
  close(): void {
    this.#closed = true;
    for (const stage of [...this.#stages.values()]) {
      for (const [key, { node }] of stage.participants) this.#options.deliver(node, lossOf(stage.id, key));
      this.#close(stage);
    }
  }

  async #join<C extends StageCall>(node: string, stageId: string, key: ParticipantKey, call: C, args: CallArguments<C>) {
    if (this.#draining) throw new StageMoved();
    const { local, nodeId, records } = this.#options;
    const options = args.at(-1) as { detached?: boolean };
    const participant: Participant = { node, detached: options.detached === true, joinedAt: performance.now() };
    return this.#busy(this.#stages.get(stageId) ?? this.#open(stageId), async (stage) => {
      const before = stage.participants.get(key);
      stage.participants.set(key, participant);
      try {
        // A viewer is let in all the same when the origin cannot be reached now: what is sent is added once it can.
        if (isSubscriber(key)) await stage.link.find().catch(() => nodeId);
        else await stage.link.demandOrigin();
        if (stage.participants.get(key) !== participant) throw new MediaError('not-found', 'it has left meanwhile');
        if (participant.detached) await records.addDetached(nodeId, { stageId, key });
        return await perform(local, stageId, call, args);
      } catch (error) {
        if (stage.participants.get(key) === participant) {
          if (before && !isSubscriber(key)) stage.participants.set(key, before);
          else this.#forget(stageId, key, node);
        }
        throw error;
      }
    });
  }

  async #busy<T>(stage: HostedStage, act: (stage: HostedStage) => Promise<T>): Promise<T> {
    stage.joining++;
    try {
      return await act(stage);
    } finally {
      stage.joining--;
    }
  }

  #open(stageId: string): HostedStage {
    const { nodeId, ...options } = this.#options;
    const link = new StageLink({ ...options, stageId, hostId: nodeId, onDeposed: () => this.#losePublishers(stageId) });
    const stage = new HostedStage(stageId, link);
    this.#stages.set(stageId, stage);
    return stage;
  }

  #close(stage: HostedStage): void {
    this.#stages.delete(stage.id);
    stage.link.leave();
    this.#quietly(stage.id, this.#options.local.closeStage(stage.id));
  }

  #end(stageId: string): void {
    const stage = this.#stages.get(stageId);
    if (!stage) return;
    for (const node of stage.nodes()) this.#options.tellEnded(node, stageId);
    for (const key of [...stage.participants.keys()]) this.#forget(stageId, key);
    this.#close(stage);
  }

  #losePublishers(stageId: string): void {
    const stage = this.#stages.get(stageId);
    for (const [key, { node }] of stage?.participants ?? []) {
      if (isSubscriber(key) || !stage) continue;
      this.#expel(stage, key);
      this.#options.deliver(node, lossOf(stageId, key));
    }
  }

  #expel(stage: HostedStage, key: ParticipantKey): void {
    this.#forget(stage.id, key);
    this.#quietly(stage.id, expel(this.#options.local, stage.id, key));
  }

  /** Nobody waits for what is taken off here; what is left behind is logged. */
  #quietly(stageId: string, work: Promise<void>): void {
    work.catch((error: unknown) => this.#options.log.warn({ stageId, reason: String(error) }, 'somebody could not be taken off a stage'));
  }

  /** @param by the node that took it off; the one that had asked for it is told if it is another */
  #forget(stageId: string, key: ParticipantKey, by?: string): void {
    const stage = this.#stages.get(stageId);
    const participant = stage?.participants.get(key);
    if (!stage || !participant) return;
    stage.participants.delete(key);
    const { nodeId, records, wire, log } = this.#options;
    if (!participant.detached) return;
    records.removeDetached(nodeId, { stageId, key }).catch((error: unknown) => {
      log.warn({ stageId, participant: idIn(key), reason: String(error) }, 'a participant that left is still on the list of its host');
    });
    if (by !== undefined && by !== participant.node) wire.tell(participant.node, { type: 'left', stageId, participant: key });
  }
}

import { lossOf, type ParticipantKey } from './calls.ts';
import type { ToldEvent } from './messages.ts';
import type { StageOwners } from './owners.ts';

interface RemoteStage {
  owner: string;
  /** This node's participants; false until their join was answered. */
  participants: Map<ParticipantKey, boolean>;
  /** Checks in a row that found no owner. */
  unowned: number;
}

/** An owner that renews its claim after a stall, or a Redis that restarts, is given this many checks. */
const toleratedChecks = 2;

export interface RemoteStagesOptions {
  owners: StageOwners;
  /** The owner of a stage has gone, with what this node's participants must be told. */
  onGone(stageId: string, owner: string, told: ToldEvent[]): void;
}

/** The stages that other nodes carry, and who of this node is on them. */
export class RemoteStages {
  readonly #options: RemoteStagesOptions;
  readonly #stages = new Map<string, RemoteStage>();

  constructor(options: RemoteStagesOptions) {
    this.#options = options;
  }

  ownerOf(stageId: string): string | undefined {
    return this.#stages.get(stageId)?.owner;
  }

  join(stageId: string, owner: string, key: ParticipantKey): void {
    const stage = this.#stages.get(stageId) ?? { owner, participants: new Map(), unowned: 0 };
    this.#stages.set(stageId, stage);
    if (!stage.participants.has(key)) stage.participants.set(key, false);
  }

  /** Nothing happens when the participant has left meanwhile. */
  answered(stageId: string, key: ParticipantKey): void {
    const participants = this.#stages.get(stageId)?.participants;
    if (participants?.has(key)) participants.set(key, true);
  }

  leave(stageId: string, key: ParticipantKey): void {
    const stage = this.#stages.get(stageId);
    stage?.participants.delete(key);
    if (stage?.participants.size === 0) this.#stages.delete(stageId);
  }

  /** The stage was ended on purpose. */
  drop(stageId: string): void {
    this.#stages.delete(stageId);
  }

  lose(stageId: string): void {
    const stage = this.#stages.get(stageId);
    if (!stage) return;
    this.#stages.delete(stageId);
    const joined = [...stage.participants].filter(([, answered]) => answered);
    this.#options.onGone(
      stageId,
      stage.owner,
      joined.map(([key]) => lossOf(stageId, key)),
    );
  }

  all(): { stageId: string; owner: string; key: ParticipantKey }[] {
    return [...this.#stages].flatMap(([stageId, { owner, participants }]) =>
      [...participants.keys()].map((key) => ({ stageId, owner, key })),
    );
  }

  /** Asks for each stage whether its owner still is. */
  async check(): Promise<void> {
    await Promise.all(
      [...this.#stages].map(async ([stageId, stage]) => {
        const owner = await this.#options.owners.find(stageId);
        if (this.#stages.get(stageId) !== stage) return;
        if (owner === stage.owner) stage.unowned = 0;
        else if (owner !== null || ++stage.unowned >= toleratedChecks) this.lose(stageId);
      }),
    );
  }
}

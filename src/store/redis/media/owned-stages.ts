import type { ParticipantKey } from './calls.ts';
import type { StageOwners } from './owners.ts';

/** Who is on a stage that this node carries: participant → the node it is connected to. */
export type Participants = ReadonlyMap<ParticipantKey, string>;

export interface OwnedStagesOptions {
  owners: StageOwners;
  nodeId: string;
  /** Another node carries the stage now; it is no longer among the owned ones. */
  onDeposed(stageId: string, participants: Participants): void;
}

/** The stages that this node carries, for as long as somebody is on them. */
export class OwnedStages {
  readonly #options: OwnedStagesOptions;
  readonly #stages = new Map<string, Map<ParticipantKey, string>>();

  constructor(options: OwnedStagesOptions) {
    this.#options = options;
  }

  has(stageId: string): boolean {
    return this.#stages.has(stageId);
  }

  /** This node holds the claim. */
  open(stageId: string): void {
    if (!this.#stages.has(stageId)) this.#stages.set(stageId, new Map());
  }

  nodeOf(stageId: string, key: ParticipantKey): string | undefined {
    return this.#stages.get(stageId)?.get(key);
  }

  join(stageId: string, key: ParticipantKey, node: string): void {
    this.#stages.get(stageId)?.set(key, node);
  }

  leave(stageId: string, key: ParticipantKey): void {
    this.#stages.get(stageId)?.delete(key);
  }

  releaseIfEmpty(stageId: string): void {
    if (this.#stages.get(stageId)?.size === 0) this.release(stageId);
  }

  /** Gives the claim up at once and in order: one that follows in this process is a later command on the same connection. */
  release(stageId: string): Participants {
    const participants = this.#stages.get(stageId) ?? new Map<ParticipantKey, string>();
    this.#stages.delete(stageId);
    this.#options.owners.release(stageId).catch(() => undefined);
    return participants;
  }

  /** Gives every claim up. */
  async releaseAll(): Promise<void> {
    const stages = [...this.#stages.keys()];
    this.#stages.clear();
    await Promise.allSettled(stages.map((stageId) => this.#options.owners.release(stageId)));
  }

  all(): [stageId: string, participants: Participants][] {
    return [...this.#stages];
  }

  /** Lengthens the claims, lets go of stages that another node has claimed, and answers which nodes of participants are gone. */
  async check(): Promise<string[]> {
    const { owners, nodeId } = this.#options;
    await Promise.all(
      [...this.#stages].map(async ([stageId, participants]) => {
        const owner = await owners.renew(stageId);
        if (owner === nodeId || this.#stages.get(stageId) !== participants) return;
        this.#stages.delete(stageId);
        this.#options.onDeposed(stageId, participants);
      }),
    );
    const others = new Set([...this.#stages.values()].flatMap((participants) => [...participants.values()]));
    others.delete(nodeId);
    const alive = await Promise.all([...others].map(async (node) => ({ node, lives: await owners.lives(node) })));
    return alive.filter(({ lives }) => !lives).map(({ node }) => node);
  }
}

import type { ParticipantKey } from '../wire/calls.ts';

/** Where one participant of this node is. */
export interface Place {
  /** Undefined until a host was chosen. */
  host: string | undefined;
  /** Whether the host has let it in. */
  answered: boolean;
  /** No connection of this node stands behind it. */
  detached: boolean;
}

/** This node's participants and the hosts that carry them. */
export class Places {
  readonly #stages = new Map<string, Map<ParticipantKey, Place>>();

  get(stageId: string, key: ParticipantKey): Place | undefined {
    return this.#stages.get(stageId)?.get(key);
  }

  /** A new place, in stead of an earlier one. */
  open(stageId: string, key: ParticipantKey, detached: boolean): Place {
    const place: Place = { host: undefined, answered: false, detached };
    const stage = this.#stages.get(stageId) ?? new Map<ParticipantKey, Place>();
    this.#stages.set(stageId, stage.set(key, place));
    return place;
  }

  /** @param place only if it is this one still */
  leave(stageId: string, key: ParticipantKey, place?: Place): void {
    const stage = this.#stages.get(stageId);
    if (!stage || (place && stage.get(key) !== place)) return;
    stage.delete(key);
    if (stage.size === 0) this.#stages.delete(stageId);
  }

  /** The stage was ended on purpose. */
  drop(stageId: string): void {
    this.#stages.delete(stageId);
  }

  /** The hosts that carry this node's participants of a stage. */
  hostsOf(stageId: string): Set<string> {
    const hosts = [...(this.#stages.get(stageId)?.values() ?? [])].map(({ host }) => host);
    return new Set(hosts.filter((host) => host !== undefined));
  }

  *all(): Iterable<{ stageId: string; key: ParticipantKey; place: Place }> {
    for (const [stageId, stage] of this.#stages) for (const [key, place] of stage) yield { stageId, key, place };
  }
}

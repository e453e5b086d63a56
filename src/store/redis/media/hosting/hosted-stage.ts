import type { ParticipantKey } from '../wire/calls.ts';
import type { StageLink } from './stage-link.ts';

/** Somebody on this host's part of a stage. */
export interface Participant {
  /** The node it is connected to, or that asked for it. */
  node: string;
  /** No connection stands behind it: it outlives that node. */
  detached: boolean;
  joinedAt: number;
}

/** A host's part of one stage: who is on it, and its link to the rest. */
export class HostedStage {
  readonly id: string;
  readonly link: StageLink;
  readonly participants = new Map<ParticipantKey, Participant>();
  /** Calls under way that may bring somebody. */
  joining = 0;

  constructor(id: string, link: StageLink) {
    this.id = id;
    this.link = link;
  }

  get idle(): boolean {
    return this.participants.size === 0 && this.joining === 0 && this.link.edges.all.length === 0;
  }

  /** The nodes to be told when the stage ends here. */
  nodes(): Set<string> {
    return new Set([...this.participants.values()].map(({ node }) => node));
  }
}

import type { HostMember } from '../members/member.ts';

/** What decides which host takes one more participant of a stage. */
export interface HostCandidate {
  id: string;
  /** Subscribers and publishers on all its workers, and those sent there since it said so. */
  participants: number;
  /** Mean of its workers, share of a core, 0 … 1. */
  cpu: number;
  /** Of its slowest worker, ms. */
  lagMs: number;
  /** Whether it carries a part of the stage already. */
  onStage: boolean;
  /** Whether it is the process that the participant is connected to. */
  here: boolean;
}
export type PlaceOnHost = (candidates: readonly HostCandidate[]) => HostCandidate | undefined;

export interface PlacingOptions {
  hosts(): readonly HostMember[];
  nodeId: string;
  place: PlaceOnHost;
}

/** Chooses hosts by what they last said of their load, and by whom this process has sent to them since. */
export function createPlacing({ hosts, nodeId, place }: PlacingOptions) {
  const sent = new Map<string, { member: HostMember; count: number }>();

  const candidateOf = (member: HostMember, onStage: ReadonlySet<string>): HostCandidate => {
    const { id, host } = member;
    const since = sent.get(id);
    if (since && since.member !== member) sent.delete(id);
    const workers = host.workers.filter(({ alive }) => alive);
    return {
      id,
      participants: workers.reduce((sum, worker) => sum + worker.participants, 0) + (sent.get(id)?.count ?? 0),
      cpu: workers.reduce((sum, worker) => sum + worker.cpu, 0) / workers.length,
      lagMs: Math.max(...workers.map(({ lagMs }) => lagMs)),
      onStage: onStage.has(id),
      here: id === nodeId,
    };
  };

  /** Hosts that take somebody: running workers, not being stopped. */
  const open = (except: ReadonlySet<string>) =>
    hosts().filter(({ id, host }) => !host.draining && !except.has(id) && host.workers.some(({ alive }) => alive));

  return {
    /** The host for one more participant, or undefined when there is none. */
    choose(onStage: ReadonlySet<string>, except: ReadonlySet<string> = new Set()): string | undefined {
      const members = open(except);
      const chosen = place(members.map((member) => candidateOf(member, onStage)))?.id;
      const member = members.find(({ id }) => id === chosen);
      if (member) sent.set(member.id, { member, count: (sent.get(member.id)?.count ?? 0) + 1 });
      return chosen;
    },
    /** Whether there is a choice at all. */
    several: () => open(new Set()).length > 1,
  };
}
export type Placing = ReturnType<typeof createPlacing>;

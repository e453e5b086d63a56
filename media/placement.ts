/** Pure: which worker takes the next participant of a stage, and so when a stage cascades onto one more worker; and which host. */

/** What is known of a worker: how many are on it now, and what it carried when it was measured last. */
export interface WorkerLoadView {
  /** Participants on the worker, of all stages. */
  participants: number;
  /** Of them, those it had when it was measured. */
  measuredParticipants: number;
  /** Share of one core, 0 … 1. */
  cpu: number;
  /** How long it let a request wait, ms. */
  lagMs: number;
  /** Bits a second sent. */
  bitrate: number;
}

export interface PlacementCandidate extends WorkerLoadView {
  /** Whether the stage has a router there already. */
  onStage: boolean;
}

/**
 * What opening a stage on one more worker is worth, in participants: each edge
 * costs a pipe (every layer of every producer, sent and received once more), so
 * small stages stay on one worker and large ones spread evenly.
 */
export const edgeCost = 8;

/** Up to this load the number of participants decides alone: measurements of a quiet worker are mostly noise. */
const quiet = 0.25;
/** What a worker at full load is worth, in participants. */
const fullPrice = 1_000;
/** Bits a second that fill a worker, where its processor time does not say so. */
const fullBitrate = 600_000_000;
/** The lag of a worker that is full, ms. */
const fullLagMs = 400;
/** What a participant costs before there is a measurement with participants in it, and the bounds of what is believed of one. */
const usualShare = 0.0025;
const leastShare = 0.000_25;
const mostShare = 0.02;

/** How full a worker is, 0 … 1 and above, by whichever is shortest, with those placed on it since it was measured. */
function loadOf({ participants, measuredParticipants, cpu, lagMs, bitrate }: WorkerLoadView): number {
  const measured = Math.max(cpu, bitrate / fullBitrate, lagMs / fullLagMs);
  const share = measuredParticipants > 0 ? Math.min(mostShare, Math.max(leastShare, cpu / measuredParticipants)) : usualShare;
  return measured + Math.max(0, participants - measuredParticipants) * share;
}

/** The candidate that costs least; the first of equals, one with a router of the stage before one without. */
export function placeParticipant<C extends PlacementCandidate>(candidates: readonly C[], cost = edgeCost): C | undefined {
  let best: { candidate: C; price: number } | undefined;
  for (const candidate of candidates) {
    const strain = Math.max(0, loadOf(candidate) - quiet);
    const price = candidate.participants + strain * fullPrice + (candidate.onStage ? 0 : cost);
    const better = !best || price < best.price || (price === best.price && candidate.onStage && !best.candidate.onStage);
    if (better) best = { candidate, price };
  }
  return best?.candidate;
}

export interface HostCandidate {
  /** Subscribers and publishers on all its workers. */
  participants: number;
  /** Mean of its workers, share of a core, 0 … 1. */
  cpu: number;
  /** Of its slowest worker, ms. */
  lagMs: number;
  /** Whether the stage has participants there already. */
  onStage: boolean;
  /** Whether it is the process that the participant's connection is on. */
  here: boolean;
}

/** From this load on a host takes no more participants while there is one below it. */
const busyHost = 0.7;

const hostLoad = ({ cpu, lagMs }: HostCandidate): number => Math.max(cpu, lagMs / fullLagMs);

/**
 * The host for one more participant: one that has the stage already, before this
 * process, before the quietest, as long as it is not busy; when all are, the least
 * loaded. So a stage stays on one host until that is nearly full, and a pipe to
 * another is laid only for many.
 */
export function placeOnHost<C extends HostCandidate>(candidates: readonly C[]): C | undefined {
  const free = candidates.filter((candidate) => hostLoad(candidate) < busyHost);
  if (free.length === 0) return leastBy(candidates, hostLoad);
  const liking = ({ onStage, here }: C): number => (onStage ? 2 : 0) + (here ? 1 : 0);
  const best = Math.max(...free.map(liking));
  return leastBy(
    free.filter((candidate) => liking(candidate) === best),
    (candidate) => candidate.participants,
  );
}

/** The first of equals. */
function leastBy<C>(candidates: readonly C[], price: (candidate: C) => number): C | undefined {
  let best: { candidate: C; price: number } | undefined;
  for (const candidate of candidates) {
    const itsPrice = price(candidate);
    if (!best || itsPrice < best.price) best = { candidate, price: itsPrice };
  }
  return best?.candidate;
}

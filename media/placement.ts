/** Pure: which worker takes the next participant of a stage, and so when a stage cascades onto one more worker. */

export interface PlacementCandidate {
  /** Participants on the worker, of all stages. */
  participants: number;
  /** Whether the stage has a router there already. */
  onStage: boolean;
}

/**
 * What opening a stage on one more worker is worth, in participants: each edge
 * costs a pipe (every layer of every producer, sent and received once more), so
 * small stages stay on one worker and large ones spread evenly.
 */
export const edgeCost = 8;

/** The candidate that costs least; the first of equals, one with a router of the stage before one without. */
export function placeParticipant<C extends PlacementCandidate>(candidates: readonly C[], cost = edgeCost): C | undefined {
  let best: { candidate: C; price: number } | undefined;
  for (const candidate of candidates) {
    const price = candidate.participants + (candidate.onStage ? 0 : cost);
    const better = !best || price < best.price || (price === best.price && candidate.onStage && !best.candidate.onStage);
    if (better) best = { candidate, price };
  }
  return best?.candidate;
}

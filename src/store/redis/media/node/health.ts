import type { StageHealth } from '../../../../../media/types.ts';

const none: StageHealth = {
  condition: 'none',
  reasons: [],
  publishers: 0,
  subscribers: 0,
  producers: [],
  edges: [],
  reception: { good: 0, fair: 0, poor: 0, lowered: 0, audioOnly: 0 },
};

/** A stage's health as a whole, from that of its parts on several hosts. The host of the publishers says how it is sent. */
export function mergeHealth(parts: readonly StageHealth[]): StageHealth {
  const sum = (a: StageHealth['reception'], b: StageHealth['reception']): StageHealth['reception'] => ({
    good: a.good + b.good,
    fair: a.fair + b.fair,
    poor: a.poor + b.poor,
    lowered: a.lowered + b.lowered,
    audioOnly: a.audioOnly + b.audioOnly,
  });
  return parts.reduce(
    (whole, part) => ({
      condition: part.condition === 'none' ? whole.condition : part.condition,
      reasons: [...new Set([...whole.reasons, ...part.reasons])],
      publishers: whole.publishers + part.publishers,
      subscribers: whole.subscribers + part.subscribers,
      // An edge may list what it is sent as well.
      producers: [...whole.producers, ...part.producers.filter(({ id }) => !whole.producers.some((known) => known.id === id))],
      edges: [...whole.edges, ...part.edges],
      reception: sum(whole.reception, part.reception),
    }),
    none,
  );
}

import type { Consumer } from 'mediasoup/types';
import type { StageHealth } from '../types.ts';

/** What the worker keeps telling of a consumer: read from memory, so that hundreds cost nothing. */
export interface HeardConsumer {
  consumer: Pick<Consumer, 'kind' | 'type' | 'paused' | 'producerPaused' | 'score' | 'currentLayers' | 'preferredLayers'>;
}

export interface Reception {
  /** By the worst of what it takes. */
  quality: 'good' | 'fair' | 'poor';
  /** Gets a lower layer than the best that is sent. */
  lowered: boolean;
  /** Lowered below what it asks for: its network does not carry more. */
  constrained: boolean;
  audioOnly: boolean;
}

/** Scores of mediasoup, 0 … 10, from which packet loss has become visible or audible. */
const goodScore = 8;
const fairScore = 5;

/** Pure. */
export function receptionOf(entries: readonly HeardConsumer[]): Reception {
  const taken = entries.map(({ consumer }) => consumer).filter(({ paused, producerPaused }) => !paused && !producerPaused);
  const worst = Math.min(10, ...taken.map(({ score }) => score.score));
  const layered = taken.filter(({ type }) => type === 'simulcast' || type === 'svc').map(layersOf);
  return {
    quality: worst >= goodScore ? 'good' : worst >= fairScore ? 'fair' : 'poor',
    lowered: layered.some(({ current, best }) => current < best),
    constrained: layered.some(({ current, best, preferred }) => current < Math.min(best, preferred)),
    audioOnly: taken.some(({ kind }) => kind === 'audio') && !taken.some(({ kind }) => kind === 'video'),
  };
}

function layersOf({ type, score, currentLayers, preferredLayers }: HeardConsumer['consumer']) {
  // In simulcast a layer that the publisher does not send has no score; SVC has one stream.
  const best = type === 'simulcast' ? score.producerScores.findLastIndex((layer) => layer > 0) : (currentLayers?.spatialLayer ?? -1);
  return { current: currentLayers?.spatialLayer ?? -1, best, preferred: preferredLayers?.spatialLayer ?? Number.POSITIVE_INFINITY };
}

export function countReception(receptions: Iterable<Reception>): StageHealth['reception'] & { constrained: number } {
  const sum = { good: 0, fair: 0, poor: 0, lowered: 0, audioOnly: 0, constrained: 0 };
  for (const { quality, lowered, audioOnly, constrained } of receptions) {
    sum[quality]++;
    if (lowered) sum.lowered++;
    if (audioOnly) sum.audioOnly++;
    if (constrained) sum.constrained++;
  }
  return sum;
}

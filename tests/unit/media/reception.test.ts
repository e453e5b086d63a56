import { describe, expect, it } from 'vitest';
import { countReception, type HeardConsumer, receptionOf } from '../../../media/health/reception.ts';

const consumer = (more: Partial<HeardConsumer['consumer']> = {}): HeardConsumer => ({
  consumer: {
    kind: 'video',
    type: 'simulcast',
    paused: false,
    producerPaused: false,
    score: { score: 10, producerScore: 10, producerScores: [10, 10, 10] },
    currentLayers: { spatialLayer: 2 },
    preferredLayers: { spatialLayer: 2 },
    ...more,
  },
});
const sound = consumer({ kind: 'audio', type: 'simple', currentLayers: undefined, preferredLayers: undefined });
const scored = (score: number) => consumer({ score: { score, producerScore: 10, producerScores: [10, 10, 10] } });

describe('how a viewer receives', () => {
  it('is as good as the worst of what it takes', () => {
    expect(receptionOf([consumer(), sound])).toEqual({ quality: 'good', lowered: false, constrained: false, audioOnly: false });
    expect(receptionOf([scored(6), sound]).quality).toBe('fair');
    expect(receptionOf([scored(2), scored(6)]).quality).toBe('poor');
    expect(receptionOf([]).quality).toBe('good');
  });

  it('tells who is lowered by its network from who asked for less', () => {
    const low = { currentLayers: { spatialLayer: 0 } };
    expect(receptionOf([consumer(low)])).toMatchObject({ lowered: true, constrained: true });
    expect(receptionOf([consumer({ ...low, preferredLayers: { spatialLayer: 0 } })])).toMatchObject({ lowered: true, constrained: false });
  });

  it('does not blame the viewer for layers that the publisher does not send', () => {
    const score = { score: 10, producerScore: 10, producerScores: [10, 0, 0] };
    expect(receptionOf([consumer({ score, currentLayers: { spatialLayer: 0 } })])).toMatchObject({ lowered: false, constrained: false });
  });

  it('is sound only when the picture is paused, and adds up', () => {
    const audioOnly = receptionOf([consumer({ paused: true }), sound]);
    expect(audioOnly).toMatchObject({ audioOnly: true, lowered: false });
    expect(countReception([audioOnly, receptionOf([scored(2)])])).toEqual({
      good: 1,
      fair: 0,
      poor: 1,
      lowered: 0,
      audioOnly: 1,
      constrained: 0,
    });
  });
});

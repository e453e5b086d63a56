import { describe, expect, it } from 'vitest';
import { type ConditionReason, conditionReasonSchema, type StageHealth } from '../../src/contract/index.ts';
import { receptionOf, withoutOwn } from '../../src/web/studio/reception/reception.ts';

const producer = (over: Partial<StageHealth['producers'][number]> = {}): StageHealth['producers'][number] => ({
  id: 'p1',
  publisherId: 'c1',
  seat: 'lead',
  kind: 'video',
  source: 'camera',
  codec: 'video/H264',
  paused: false,
  score: 10,
  bitrate: 1_500_000,
  loss: 0,
  jitterMs: 3,
  roundTripMs: 20,
  layers: [],
  ...over,
});
const health = (over: Partial<StageHealth> = {}): StageHealth => ({
  condition: 'good',
  reasons: [],
  publishers: 1,
  subscribers: 0,
  producers: [producer()],
  edges: [],
  reception: { good: 0, fair: 0, poor: 0, lowered: 0, audioOnly: 0 },
  ...over,
});
const received = (good: number, fair: number, poor: number) => ({ good, fair, poor, lowered: 2, audioOnly: 0 });

describe('how a broadcast is received, in sentences', () => {
  it('names only the groups there are', () => {
    const key = (good: number, fair: number, poor: number) => receptionOf(health({ reception: received(good, fair, poor) })).summary.key;
    expect(key(0, 0, 0)).toBe('summary.nobody');
    expect(key(312, 0, 0)).toBe('summary.allGood');
    expect(key(312, 4, 0)).toBe('summary.someFair');
    expect(key(312, 0, 3)).toBe('summary.somePoor');
    expect(key(312, 4, 3)).toBe('summary.mixed');
  });
  it('praises no reception of a picture that stands still', () => {
    const { summary, tone } = receptionOf(health({ condition: 'poor', reasons: ['publisher-stalled'], reception: received(5, 0, 0) }));
    expect([summary.key, tone]).toEqual(['summary.stalled', 'poor']);
  });
  it('gives the figures of its sentences', () => {
    const { summary, advice } = receptionOf(
      health({
        condition: 'poor',
        reasons: ['viewer-loss', 'publisher-loss'],
        reception: received(312, 0, 3),
        producers: [producer({ loss: 0.0604 }), producer({ seat: 'guest', loss: 0.4 })],
      }),
    );
    expect(summary.values).toMatchObject({ good: 312, poor: 3 });
    expect(advice.map(({ key }) => key)).toEqual(['reason.publisher-loss', 'reason.viewer-loss']);
    // A guest’s loss is not the recruiter’s.
    expect(advice[0]?.values).toMatchObject({ loss: 6, poor: 3, kilobits: 1_500 });
  });
  it('counts viewers only, not the studio’s own subscription', () => {
    const { reception } = withoutOwn(health({ reception: received(3, 1, 0) }));
    expect(reception).toMatchObject({ good: 2, fair: 1, poor: 0, lowered: 1 });
    expect(withoutOwn(health()).reception.good).toBe(0);
  });
  it('has an advice for every reason the server can give', () => {
    const reasons: ConditionReason[] = [...conditionReasonSchema.options];
    expect(receptionOf(health({ condition: 'poor', reasons })).advice).toHaveLength(reasons.length);
  });
});

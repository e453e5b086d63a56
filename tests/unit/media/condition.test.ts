import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConditionSample, conditionOf, type Judgement, SteadyCondition } from '../../../media/health/condition.ts';

const camera = { kind: 'video', source: 'camera', paused: false, bitrate: 1_500_000, loss: 0 } as const;
const microphone = { kind: 'audio', source: 'microphone', paused: false, bitrate: 32_000, loss: 0 } as const;
const everybodyWell = { good: 40, fair: 0, poor: 0, lowered: 0, audioOnly: 0, constrained: 0 };
const sample = (more: Partial<ConditionSample> = {}): ConditionSample => ({
  producers: [camera, microphone],
  reception: everybodyWell,
  worker: { cpu: 0.2, lagMs: 2 },
  ...more,
});

describe('the condition of a stage', () => {
  it('is good when nothing is wrong, and none when nobody sends', () => {
    expect(conditionOf(sample())).toEqual({ condition: 'good', reasons: [] });
    expect(conditionOf(sample({ producers: [] }))).toEqual({ condition: 'none', reasons: [] });
  });

  it('says what is wrong', () => {
    const cases: [Partial<ConditionSample>, Judgement][] = [
      [{ producers: [{ ...camera, loss: 0.03 }] }, { condition: 'fair', reasons: ['publisher-loss'] }],
      [{ producers: [{ ...camera, loss: 0.1 }] }, { condition: 'poor', reasons: ['publisher-loss'] }],
      [{ producers: [{ ...camera, bitrate: 200_000 }] }, { condition: 'fair', reasons: ['publisher-bitrate'] }],
      [{ producers: [{ ...camera, bitrate: 0 }, microphone] }, { condition: 'poor', reasons: ['publisher-stalled'] }],
      [{ reception: { ...everybodyWell, poor: 12 } }, { condition: 'fair', reasons: ['viewer-loss'] }],
      [{ reception: { ...everybodyWell, poor: 60 } }, { condition: 'poor', reasons: ['viewer-loss'] }],
      [{ reception: { ...everybodyWell, constrained: 15 } }, { condition: 'fair', reasons: ['viewer-bandwidth'] }],
      [{ worker: { cpu: 0.95, lagMs: 2 } }, { condition: 'fair', reasons: ['worker-busy'] }],
      [{ worker: { cpu: 0.2, lagMs: 2_000 } }, { condition: 'poor', reasons: ['worker-busy'] }],
    ];
    for (const [more, judgement] of cases) expect(conditionOf(sample(more))).toEqual(judgement);
  });

  it('is not worse for what is paused on purpose, or a screen that stands still', () => {
    const paused = { ...camera, paused: true, bitrate: 0 };
    const screen = { ...camera, source: 'screen', bitrate: 0 } as const;
    expect(conditionOf(sample({ producers: [paused, microphone, screen] }))).toEqual({ condition: 'good', reasons: [] });
  });

  it('has a reason unless it is good or none', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const count = fc.nat(400);
    fc.assert(
      fc.property(
        fc.array(fc.record({ ...fields(camera), paused: fc.boolean(), bitrate: fc.nat(3_000_000), loss: share }), { maxLength: 4 }),
        fc.record({ good: count, fair: count, poor: count, lowered: count, audioOnly: count, constrained: count }),
        fc.record({ cpu: share, lagMs: fc.nat(3_000) }),
        (producers, reception, worker) => {
          const { condition, reasons } = conditionOf({ producers, reception, worker });
          expect(reasons.length > 0).toBe(condition === 'fair' || condition === 'poor');
        },
      ),
    );
  });
});

const fields = ({ kind, source }: typeof camera) => ({ kind: fc.constant(kind), source: fc.constant(source) });

describe('what is told of it', () => {
  const good: Judgement = { condition: 'good', reasons: [] };
  const poor: Judgement = { condition: 'poor', reasons: ['publisher-loss'] };

  it('is what stays so for three readings', () => {
    const steady = new SteadyCondition();
    expect([good, good, good, good].map((judgement) => steady.read(judgement)?.condition)).toEqual([
      undefined,
      undefined,
      'good',
      undefined,
    ]);
    expect([poor, good, poor, poor, good].map((judgement) => steady.read(judgement))).toEqual(Array(5).fill(undefined));
    expect([poor, poor, poor].map((judgement) => steady.read(judgement)).at(-1)).toEqual(poor);
    expect(steady.current).toEqual(poor);
  });

  it('is told again when the reasons change, and ends at once when nobody sends', () => {
    const steady = new SteadyCondition();
    for (let reading = 0; reading < 3; reading++) steady.read(poor);
    const other: Judgement = { condition: 'poor', reasons: ['publisher-stalled'] };
    expect([other, other, other].map((judgement) => steady.read(judgement)).at(-1)).toEqual(other);
    expect(steady.end()).toEqual({ condition: 'none', reasons: [] });
    expect(steady.end()).toBeUndefined();
  });
});

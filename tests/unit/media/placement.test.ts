import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { edgeCost, type PlacementCandidate, placeParticipant } from '../../../media/placement.ts';

const measured = { measuredParticipants: 0, cpu: 0, lagMs: 0, bitrate: 0 };
type Known = { name: string; participants: number; onStage: boolean } & Partial<PlacementCandidate>;
const place = (workers: Known[]) => placeParticipant(workers.map((worker) => ({ ...measured, ...worker })))?.name;

describe('placement', () => {
  it('keeps a small stage on one worker and spreads a large one', () => {
    expect(
      place([
        { name: 'empty', participants: 0, onStage: false },
        { name: 'origin', participants: edgeCost, onStage: true },
      ]),
    ).toBe('origin');
    expect(
      place([
        { name: 'empty', participants: 0, onStage: false },
        { name: 'origin', participants: edgeCost + 1, onStage: true },
      ]),
    ).toBe('empty');
  });

  it('takes the least loaded worker for a new stage', () => {
    expect(
      place([
        { name: 'busy', participants: 5, onStage: false },
        { name: 'quiet', participants: 2, onStage: false },
        { name: 'as quiet', participants: 2, onStage: false },
      ]),
    ).toBe('quiet');
    expect(place([])).toBeUndefined();
  });

  it('ends evenly spread whatever the numbers', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 1, max: 1_000 }), (count, viewers) => {
        const workers = Array.from({ length: count }, () => ({ ...measured, participants: 0, onStage: false }));
        for (let viewer = 0; viewer < viewers; viewer++) {
          const chosen = placeParticipant(workers);
          if (!chosen) throw new Error('nothing chosen');
          chosen.participants++;
          chosen.onStage = true;
        }
        const used = workers.filter(({ onStage }) => onStage).map(({ participants }) => participants);
        expect(Math.max(...used) - Math.min(...used)).toBeLessThanOrEqual(edgeCost + 1);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { edgeCost, type HostCandidate, type PlacementCandidate, placeOnHost, placeParticipant } from '../../../media/placement.ts';

const measured = { measuredParticipants: 0, cpu: 0, lagMs: 0, bitrate: 0 };
type Known = { name: string; participants: number; onStage: boolean } & Partial<PlacementCandidate>;
const place = (workers: Known[]) => placeParticipant(workers.map((worker) => ({ ...measured, ...worker })))?.name;

/** Places so many, as a burst between two measurements; answers how many each worker got. */
function burst(workers: PlacementCandidate[], comers: number): number[] {
  const before = workers.map(({ participants }) => participants);
  for (let comer = 0; comer < comers; comer++) {
    const chosen = placeParticipant(workers);
    if (!chosen) throw new Error('nothing chosen');
    chosen.participants++;
    chosen.onStage = true;
  }
  return workers.map(({ participants }, n) => participants - (before[n] ?? 0));
}

describe('placement on workers', () => {
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

  it('does not move a small stage because of what is noise on quiet workers', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.2, noNaN: true }), fc.double({ min: 0, max: 80, noNaN: true }), (cpu, lagMs) => {
        expect(
          place([
            { name: 'empty', participants: 0, onStage: false },
            { name: 'origin', participants: 3, measuredParticipants: 3, cpu, lagMs, onStage: true },
          ]),
        ).toBe('origin');
      }),
    );
  });

  it('sends a stage on to another worker when its own is overloaded, by whatever', () => {
    for (const strain of [{ cpu: 0.9 }, { lagMs: 300 }, { bitrate: 550_000_000 }]) {
      const workers = [
        { name: 'idle', participants: 40, measuredParticipants: 40, cpu: 0.05, onStage: false },
        { name: 'origin', participants: 20, measuredParticipants: 20, onStage: true, ...strain },
      ];
      expect(place(workers)).toBe('idle');
    }
  });

  it('goes by what participants cost, not by how many they are, once it is much', () => {
    expect(
      place([
        { name: '400 listeners', participants: 400, measuredParticipants: 400, cpu: 0.12, onStage: true },
        { name: '250 viewers', participants: 250, measuredParticipants: 250, cpu: 0.85, onStage: true },
      ]),
    ).toBe('400 listeners');
  });

  it('ends evenly spread whatever the numbers', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 1, max: 1_000 }), (count, viewers) => {
        const workers = Array.from({ length: count }, () => ({ ...measured, participants: 0, onStage: false }));
        burst(workers, viewers);
        const used = workers.filter(({ onStage }) => onStage).map(({ participants }) => participants);
        expect(Math.max(...used) - Math.min(...used)).toBeLessThanOrEqual(edgeCost + 1);
      }),
    );
  });

  it('spreads a burst over equally loaded workers, though nothing is measured meanwhile', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 8 }),
        fc.integer({ min: 50, max: 300 }),
        fc.double({ min: 0.1, max: 0.9, noNaN: true }),
        fc.integer({ min: 1, max: 300 }),
        (count, participants, cpu, comers) => {
          const workers = Array.from({ length: count }, () => ({
            participants,
            measuredParticipants: participants,
            cpu,
            lagMs: 2,
            bitrate: 0,
            onStage: true,
          }));
          const got = burst(workers, comers);
          expect(Math.max(...got) - Math.min(...got)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});

describe('placement on hosts', () => {
  const host = (more: Partial<HostCandidate>): HostCandidate => ({
    participants: 10,
    cpu: 0.1,
    lagMs: 1,
    onStage: false,
    here: false,
    ...more,
  });

  it('keeps a stage where it is, then here, then where it is quietest', () => {
    const stage = host({ onStage: true, participants: 200 });
    const here = host({ here: true, participants: 100 });
    const idle = host({ participants: 0 });
    expect(placeOnHost([idle, here, stage])).toBe(stage);
    expect(placeOnHost([idle, here])).toBe(here);
    expect(placeOnHost([host({}), idle])).toBe(idle);
    expect(placeOnHost([])).toBeUndefined();
  });

  it('leaves a host that is nearly full while there is another', () => {
    const full = host({ onStage: true, here: true, cpu: 0.8 });
    expect(placeOnHost([full, host({})])).toMatchObject({ onStage: false });
    const slow = host({ onStage: true, here: true, lagMs: 400 });
    expect(placeOnHost([slow, host({})])).toMatchObject({ onStage: false });
    expect(placeOnHost([full])).toBe(full);
  });

  it('never takes a busy host while one is free, nor the fuller of two busy ones', () => {
    const candidate = fc.record({
      participants: fc.nat(500),
      cpu: fc.double({ min: 0, max: 1, noNaN: true }),
      lagMs: fc.double({ min: 0, max: 600, noNaN: true }),
      onStage: fc.boolean(),
      here: fc.boolean(),
    });
    const load = ({ cpu, lagMs }: HostCandidate) => Math.max(cpu, lagMs / 400);
    fc.assert(
      fc.property(fc.array(candidate, { minLength: 1, maxLength: 6 }), (candidates) => {
        const chosen = placeOnHost(candidates);
        if (!chosen) throw new Error('nothing chosen');
        if (candidates.some((one) => load(one) < 0.7)) expect(load(chosen)).toBeLessThan(0.7);
        else expect(load(chosen)).toBe(Math.min(...candidates.map(load)));
      }),
    );
  });
});

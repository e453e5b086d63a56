import { describe, expect, it } from 'vitest';
import { MediaError, type StageHealth } from '../../media/types.ts';
import { createStageHealth } from '../../src/domain/stage/health.ts';

const none: StageHealth = {
  condition: 'none',
  reasons: [],
  publishers: 0,
  subscribers: 0,
  producers: [],
  edges: [],
  reception: { good: 0, fair: 0, poor: 0, lowered: 0, audioOnly: 0 },
};

function open() {
  const asked: { stageId: string; answer: (health: StageHealth) => void; refuse: (error: Error) => void }[] = [];
  const time = { now: 1_000 };
  const plane = {
    stageHealth: (stageId: string) =>
      new Promise<StageHealth>((answer, refuse) => {
        asked.push({ stageId, answer, refuse });
      }),
    hosts: () => ['own', 'other'].map((id) => ({ id, address: '192.0.2.1', workers: [] })),
  };
  return { asked, time, plane, health: createStageHealth({ plane, clock: () => time.now }) };
}

describe('the health of a stage', () => {
  it('is read once for all who look at the same stage within a second', async () => {
    const { asked, time, health } = open();
    const first = [health.read('a'), health.read('a'), health.read('b')];
    expect(asked.map(({ stageId }) => stageId)).toEqual(['a', 'b']);
    for (const { answer } of asked) answer(none);
    expect(await Promise.all(first)).toEqual([none, none, none]);
    time.now += 999;
    await health.read('a');
    expect(asked).toHaveLength(2);
    time.now += 1;
    void health.read('a');
    expect(asked).toHaveLength(3);
  });

  it('is never asked for twice at once, however long the plane takes', () => {
    const { asked, time, health } = open();
    void health.read('a');
    time.now += 60_000;
    void health.read('a');
    expect(asked).toHaveLength(1);
  });

  it('is refused as MEDIA_UNAVAILABLE when the plane refuses, and asked for again by the next', async () => {
    const { asked, health } = open();
    const refused = health.read('a');
    asked[0]?.refuse(new MediaError('unavailable', 'no worker'));
    await expect(refused).rejects.toMatchObject({ code: 'MEDIA_UNAVAILABLE' });
    const fresh = health.read('a');
    asked[1]?.answer(none);
    expect(await fresh).toEqual(none);
  });

  it('passes a fault of ours on as it is', async () => {
    const { asked, health } = open();
    const failed = health.read('a');
    asked[0]?.refuse(new TypeError('ours'));
    await expect(failed).rejects.toBeInstanceOf(TypeError);
  });
});

describe('the media hosts', () => {
  it('name the one whose process answers, if it has workers', () => {
    const { plane, health } = open();
    expect(health.hosts().map(({ id, here }) => [id, here])).toEqual([
      ['own', true],
      ['other', false],
    ]);
    const elsewhere = createStageHealth({ plane, clock: () => 0, hasWorkers: false });
    expect(elsewhere.hosts().some(({ here }) => here)).toBe(false);
  });
});

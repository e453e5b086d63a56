import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Edges } from '../../src/store/redis/media/hosting/edges.ts';

/** Since when this host hears the others, ms; null while Redis is away. */
let hearing: number | null;

function edgesWithOne(): Edges {
  const edges = new Edges({
    stageId: 'stage',
    hostId: 'origin',
    local: {
      producers: () => [],
      openPipe: async () => {
        throw new Error('no pipe is laid here');
      },
      closePipe: async () => undefined,
    },
    wire: { tell: () => undefined, hearingSince: () => hearing },
  });
  edges.attach('edge');
  return edges;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  hearing = performance.now();
});
afterEach(() => vi.useRealTimers());

describe('an edge of a stage', () => {
  it('is forgotten when it does not say for long that it still is one', () => {
    const edges = edgesWithOne();
    vi.advanceTimersByTime(9_000);
    edges.expire();
    expect(edges.all).toEqual(['edge']);
    vi.advanceTimersByTime(2_000);
    edges.expire();
    expect(edges.all).toEqual([]);
  });

  it('keeps its pipes however long Redis is away, and has the time to be heard again', () => {
    const edges = edgesWithOne();
    hearing = null;
    vi.advanceTimersByTime(60_000);
    edges.expire();
    hearing = performance.now();
    edges.expire();
    vi.advanceTimersByTime(9_000);
    edges.expire();
    expect(edges.all).toEqual(['edge']);
    edges.attach('edge');
    vi.advanceTimersByTime(9_000);
    edges.expire();
    expect(edges.all).toEqual(['edge']);
  });
});

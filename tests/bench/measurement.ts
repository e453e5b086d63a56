/** One line of a benchmark: our figure beside the baseline's, from the same run. */
export interface Measurement {
  name: string;
  unit: string;
  value: number;
  baseline: number;
  /** value / baseline */
  ratio: number;
  /** What is promised, in words, and whether this run kept it. */
  goal: string;
  kept: boolean;
  /** What a growing figure looks like, for the chart: our points by what they are a function of. */
  growth?: Growth;
}

export interface Growth {
  x: string;
  y: string;
  lines: { name: string; points: [x: number, y: number][] }[];
}

export interface Benchmark {
  name: string;
  /** Runs with the others of this name. */
  group?: 'media';
  summary: string;
  /** What the baseline is. */
  baseline: string;
  run(progress: (line: string) => void): Promise<Measurement[]>;
}

export function measurement(
  name: string,
  unit: string,
  value: number,
  baseline: number,
  goal: { text: string; keeps: (value: number, ratio: number) => boolean },
): Measurement {
  const ratio = baseline === 0 ? Number.NaN : value / baseline;
  return { name, unit, value, baseline, ratio, goal: goal.text, kept: goal.keeps(value, ratio) };
}

/** The value below which `share` of the samples lie (nearest rank). */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN;
}

export const median = (samples: readonly number[]) => percentile(samples, 0.5);

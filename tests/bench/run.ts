import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { application } from './application.ts';
import { writeDocument } from './document.ts';
import { firstFrame } from './first-frame.ts';
import { idleMemory } from './idle-memory.ts';
import type { Benchmark, Measurement } from './measurement.ts';
import { mediaGrowth } from './media/growth.ts';
import { mediaHostRecovery } from './media/host-recovery.ts';
import { mediaJoin } from './media/join.ts';
import { mediaRecovery } from './media/recovery.ts';
import { mediaRelay } from './media/relay.ts';
import { mediaStorm } from './media/storm.ts';
import { plainTable } from './table.ts';

/** `npm run bench [name …] [-- --json FILE] [--document FILE …]`: the one harness. */
const benchmarks: Benchmark[] = [
  firstFrame,
  idleMemory,
  application,
  mediaRelay,
  mediaJoin,
  mediaStorm,
  mediaGrowth,
  mediaRecovery,
  mediaHostRecovery,
];

const LIMIT_MS = 6 * 60_000;

const usage = `npm run bench [name …] [-- --json FILE]      run all, or the named ones; media names all of that group
npm run bench -- --document FILE [FILE …]     write tests/bench/RESULTS.md from such files, running nothing
${benchmarks.map(({ name, summary }) => `  ${name.padEnd(20)} ${summary}`).join('\n')}`;

/** JSON has no NaN: what could not be measured is null there. */
const figure = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);
const measurementsSchema = z.array(
  z.object({
    name: z.string(),
    unit: z.string(),
    value: figure,
    baseline: figure,
    ratio: figure,
    goal: z.string(),
    kept: z.boolean(),
    growth: z
      .object({
        x: z.string(),
        y: z.string(),
        lines: z.array(z.object({ name: z.string(), points: z.array(z.tuple([z.number(), z.number()])) })),
      })
      .optional(),
  }),
);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, document: { type: 'boolean' }, help: { type: 'boolean' } },
});

function choose(names: readonly string[]): Benchmark[] {
  const unknown = names.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name || benchmark.group === name));
  if (unknown.length > 0) throw new Error(`no benchmark named ${unknown.join(', ')}\n${usage}`);
  return names.length === 0 ? benchmarks : benchmarks.filter(({ name, group }) => names.includes(name) || names.includes(group ?? ''));
}

/** A benchmark that hangs ends as one that failed. */
async function inTime<T>(running: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`not done within ${LIMIT_MS / 60_000} minutes`)), LIMIT_MS);
  return Promise.race([running, late.promise]).finally(() => clearTimeout(timer));
}

/** One after the other; one that fails is told and does not lose the figures of the others. */
async function runBenchmarks(chosen: readonly Benchmark[], keep: (all: readonly Measurement[]) => void): Promise<string[]> {
  const all: Measurement[] = [];
  const failed: string[] = [];
  for (const benchmark of chosen) {
    process.stdout.write(`\n${benchmark.name}: ${benchmark.summary}\n  baseline: ${benchmark.baseline}\n`);
    try {
      const lines = await inTime(benchmark.run((line) => process.stdout.write(`  ${line}\n`)));
      process.stdout.write(`\n${plainTable(lines)}\n`);
      all.push(...lines);
      keep(all);
    } catch (error) {
      failed.push(benchmark.name);
      process.stderr.write(`\n${benchmark.name} failed: ${error instanceof Error ? error.stack : String(error)}\n`);
    }
  }
  return failed;
}

if (values.help) process.stdout.write(`${usage}\n`);
else if (values.document) {
  const lines = positionals.flatMap((path) => measurementsSchema.parse(JSON.parse(readFileSync(path, 'utf8'))));
  writeDocument(lines, benchmarks);
} else {
  const { json } = values;
  const failed = await runBenchmarks(choose(positionals), (lines) => {
    if (json) writeFileSync(json, `${JSON.stringify(lines, null, 2)}\n`);
  });
  if (failed.length > 0) process.stderr.write(`\nFailed: ${failed.join(', ')}\n`);
  process.exit(failed.length > 0 ? 1 : 0);
}

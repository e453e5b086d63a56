import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { application } from './application.ts';
import { writeDocument } from './document.ts';
import { firstFrame } from './first-frame.ts';
import { idleMemory } from './idle-memory.ts';
import type { Measurement } from './measurement.ts';
import { mediaGrowth } from './media/growth.ts';
import { mediaHostRecovery } from './media/host-recovery.ts';
import { mediaJoin } from './media/join.ts';
import { mediaRecovery } from './media/recovery.ts';
import { mediaRelay } from './media/relay.ts';
import { mediaStorm } from './media/storm.ts';
import { plainTable } from './table.ts';

/** `npm run bench [name …] [-- --json FILE] [--document FILE …]`: the one harness. */
const benchmarks = [firstFrame, idleMemory, application, mediaRelay, mediaJoin, mediaStorm, mediaGrowth, mediaRecovery, mediaHostRecovery];

const usage = `npm run bench [name …] [-- --json FILE]      run all, or the named ones; media names all of that group
npm run bench -- --document FILE [FILE …]     write tests/bench/RESULTS.md from such files, running nothing
${benchmarks.map(({ name, summary }) => `  ${name.padEnd(14)} ${summary}`).join('\n')}`;

const measurementsSchema = z.array(
  z.object({
    name: z.string(),
    unit: z.string(),
    value: z.number(),
    baseline: z.number(),
    ratio: z.number(),
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

async function runBenchmarks(names: readonly string[]): Promise<Measurement[]> {
  const chosen =
    names.length === 0 ? benchmarks : benchmarks.filter(({ name, group }) => names.includes(name) || names.includes(group ?? ''));
  const unknown = names.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name || benchmark.group === name));
  if (unknown.length > 0) throw new Error(`no benchmark named ${unknown.join(', ')}\n${usage}`);
  const all: Measurement[] = [];
  for (const benchmark of chosen) {
    process.stdout.write(`\n${benchmark.name}: ${benchmark.summary}\n  baseline: ${benchmark.baseline}\n`);
    const lines = await benchmark.run((line) => process.stdout.write(`  ${line}\n`));
    process.stdout.write(`\n${plainTable(lines)}\n`);
    all.push(...lines);
  }
  return all;
}

if (values.help) process.stdout.write(`${usage}\n`);
else if (values.document) {
  const lines = positionals.flatMap((path) => measurementsSchema.parse(JSON.parse(readFileSync(path, 'utf8'))));
  writeDocument(lines, benchmarks);
} else {
  const lines = await runBenchmarks(positionals);
  if (values.json) writeFileSync(values.json, `${JSON.stringify(lines, null, 2)}\n`);
  process.exit(0);
}

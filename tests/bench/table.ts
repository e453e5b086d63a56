import type { Measurement } from './measurement.ts';

const round = (value: number) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));
const HEADER = ['measurement', 'unit', 'Gangbo', 'baseline', 'ratio', 'goal', 'kept'];

const cells = (line: Measurement) => [
  line.name,
  line.unit,
  round(line.value),
  round(line.baseline),
  line.ratio.toFixed(2),
  line.goal,
  line.kept ? 'yes' : 'no',
];

/** A table for the terminal. */
export function plainTable(lines: readonly Measurement[]): string {
  const rows = [HEADER, ...lines.map(cells)];
  const widths = HEADER.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n');
}

/** The same table in Markdown. */
export function markdownTable(lines: readonly Measurement[]): string {
  const row = (columns: readonly string[]) => `| ${columns.join(' | ')} |`;
  return [row(HEADER), row(HEADER.map(() => '---')), ...lines.map((line) => row(cells(line)))].join('\n');
}

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bin, clone, toolEnvironment } from './npm.mjs';
import { runCommand } from './run-command.mjs';

/** @param {(line: string) => void} report */
export function buildPages(report) {
  return build(
    'dist/web',
    ['src/web', 'src/client', 'src/contract', 'package-lock.json'],
    'vite',
    ['build', '--config', 'src/web/vite.config.ts', '--emptyOutDir', '--outDir'],
    report,
  );
}

/** @param {(line: string) => void} report */
export function buildContract(report) {
  return build(
    'dist/contract',
    ['src/contract', 'config/tools/contract.json', 'package-lock.json'],
    'tsc',
    ['-p', 'config/tools/contract.json', '--outDir'],
    report,
  );
}

/**
 * Builds `output` from `sources` unless it was built from exactly them. It is
 * built beside the earlier one and takes its place whole, so that a program that
 * runs from this clone never serves half of it.
 * @param {string} output
 * @param {string[]} sources files and folders
 * @param {string} tool of node_modules/.bin
 * @param {string[]} args the folder to build into follows
 * @param {(line: string) => void} report
 */
async function build(output, sources, tool, args, report) {
  const stamp = join(clone, `${output}.stamp`);
  const wanted = digest(sources.map((source) => join(clone, source)));
  if (existsSync(join(clone, output)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  report(`building ${output}`);
  rmSync(stamp, { force: true });
  const place = join(clone, output);
  const [next, former] = [`${place}.next`, `${place}.former`];
  rmSync(next, { recursive: true, force: true });
  await runCommand(join(bin, tool), [...args, next], {
    cwd: clone,
    env: { ...toolEnvironment(), NODE_ENV: 'production', NO_COLOR: '1', FORCE_COLOR: '0' },
  });
  rmSync(former, { recursive: true, force: true });
  if (existsSync(place)) renameSync(place, former);
  renameSync(next, place);
  rmSync(former, { recursive: true, force: true });
  writeFileSync(stamp, wanted);
}

/**
 * A digest over the names and contents of files.
 * @param {string[]} paths
 */
export function digest(paths) {
  const hash = createHash('sha256');
  const visit = (/** @type {string} */ path) => {
    if (statSync(path).isDirectory()) for (const name of readdirSync(path).sort()) visit(join(path, name));
    else
      hash
        .update(`${path.slice(clone.length)}\0`)
        .update(readFileSync(path))
        .update('\0');
  };
  for (const path of paths) visit(path);
  return hash.digest('hex');
}

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from '../config/setup/system-packages.mjs';
import { workerBinary } from '../media/worker/binary.mjs';

/** `npm test [-- stage …]`: every stage in order, or the named ones; the first that fails ends the run. */
const root = join(import.meta.dirname, '..');
const tool = (name: string, ...args: string[]) => ({ command: join(root, 'node_modules/.bin', name), args });
const colors = process.stdout.isTTY ? 'force' : 'off';

const stages = [
  {
    name: 'style',
    what: 'formatting and lint',
    ...tool('biome', 'ci', '--config-path=config/tools/style.json', `--colors=${colors}`, '.'),
  },
  { name: 'types', what: 'types of the server', ...tool('tsc', '-p', '.') },
  { name: 'page-types', what: 'types of the pages', ...tool('vue-tsc', '--noEmit', '-p', 'src/web') },
  {
    name: 'imports',
    what: 'import directions',
    ...tool('depcruise', '--config', 'config/tools/imports.cjs', '--output-type', 'err', 'src', 'media', 'config', 'tests'),
  },
  { name: 'unused', what: 'unused files, exports and packages', ...tool('knip', '--config', 'config/tools/unused.json', '--no-progress') },
  ...['unit', 'contract', 'integration', 'e2e'].map((name) => ({ name, what: `${name} tests`, command: '', args: [] as string[] })),
];

const { positionals } = parseArgs({ allowPositionals: true });
const unknown = positionals.filter((name) => !stages.some((stage) => stage.name === name));
if (unknown.length > 0) {
  process.stderr.write(`No stage named ${unknown.join(', ')}; there are: ${stages.map(({ name }) => name).join(', ')}\n`);
  process.exit(2);
}
const chosen = stages.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const projects = chosen.filter(({ command }) => command === '').map(({ name }) => `--project=${name}`);
const vitest = {
  name: 'tests',
  what: 'tests',
  ...tool('vitest', 'run', '--config', 'tests/vitest.config.ts', ...projects),
};
const binary = workerBinary(process.env);
const browser = chromium(process.env);
const env = {
  ...process.env,
  PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
  ...(binary && { MEDIASOUP_WORKER_BIN: binary }),
  ...(browser && existsSync(browser) && { CHROMIUM_BIN: browser }),
};

for (const stage of [...chosen.filter(({ command }) => command !== ''), ...(projects.length > 0 ? [vitest] : [])]) {
  const began = Date.now();
  process.stdout.write(`▸ ${stage.what}\n`);
  const { status, signal } = spawnSync(stage.command, stage.args, { cwd: root, env, stdio: 'inherit' });
  if (status !== 0) {
    process.stderr.write(`\nFailed: ${stage.what} (${signal ?? `status ${status}`})\n`);
    process.exit(status || 1);
  }
  process.stdout.write(`  ${stage.what}: good, ${((Date.now() - began) / 1000).toFixed(1)} s\n`);
}

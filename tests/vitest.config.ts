import { defineConfig } from 'vitest/config';
import { workerBinary } from '../media/worker/binary.mjs';

/** One project a kind of test, so that one kind can be run: `vitest run --config tests/vitest.config.ts --project unit`. */
const project = (name: string, timeoutMs: number, more: object = {}) => ({
  extends: true as const,
  test: { name, include: [`tests/${name}/**/*.test.ts`], testTimeout: timeoutMs, hookTimeout: Math.max(timeoutMs, 60_000), ...more },
});

const binary = workerBinary(process.env);

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    globalSetup: ['tests/support/services-setup.ts'],
    reporters: ['default', new URL('./support/tally-reporter.ts', import.meta.url).pathname],
    // Also without `npm test` around it, the media plane finds its worker.
    env: binary ? { MEDIASOUP_WORKER_BIN: binary } : {},
    pool: 'forks',
    maxWorkers: 3,
    projects: [
      project('unit', 10_000),
      project('contract', 30_000),
      project('integration', 60_000),
      // A browser and an encoder fill two cores by themselves.
      project('e2e', 180_000, { fileParallelism: false, sequence: { groupOrder: 1 } }),
    ],
  },
});

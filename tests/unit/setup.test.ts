import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digest } from '../../config/setup/build.mjs';
import { matchesLock } from '../../config/setup/npm-packages.mjs';
import { demand } from '../../config/setup/system-packages.mjs';
import { isOlder } from '../../config/setup/versions.mjs';
import { cachePaths, workerBinary } from '../../media/worker/binary.mjs';
import { findWorker } from '../../media/worker/install.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gangbo-setup-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('versions compare by number, not by letter', () => {
  expect(isOlder('20.9.0', [20, 19])).toBe(true);
  expect(isOlder('20.19.0', [20, 19])).toBe(false);
  expect(isOlder('24.0.1', [20, 19])).toBe(false);
  expect(isOlder('9.99.0', [10, 0])).toBe(true);
});

describe('npm packages', () => {
  const lock = (packages: object) => JSON.stringify({ packages });
  const put = (wanted: object, present: object) => {
    mkdirSync(join(folder, 'node_modules'), { recursive: true });
    writeFileSync(join(folder, 'package-lock.json'), lock({ '': {}, ...wanted }));
    writeFileSync(join(folder, 'node_modules/.package-lock.json'), lock(present));
  };
  const a = { version: '1.0.0' };

  test('are installed when node_modules is missing, lacks one, has another version or one too many', () => {
    expect(matchesLock(folder)).toBe(false);
    for (const present of [{}, { 'node_modules/a': { version: '1.0.1' } }, { 'node_modules/a': a, 'node_modules/b': a }]) {
      put({ 'node_modules/a': a }, present);
      expect(matchesLock(folder)).toBe(false);
    }
  });

  test('are left alone when they match; those for other platforms may be missing', () => {
    put({ 'node_modules/a': a, 'node_modules/for-windows': { ...a, optional: true } }, { 'node_modules/a': a });
    expect(matchesLock(folder)).toBe(true);
  });
});

test('what cannot be installed is named, each with its command', async () => {
  const path = process.env.PATH;
  process.env.PATH = folder;
  try {
    const wanted = ['one', 'two'].map((apt) => ({ what: `the ${apt}`, present: () => false, apt }));
    await expect(demand(wanted, () => undefined)).rejects.toThrow(/the one: .*install one\n.*the two: .*install two/);
  } finally {
    process.env.PATH = path;
  }
});

test('a build is repeated when a source changes, comes or goes', () => {
  const source = join(folder, 'a.ts');
  writeFileSync(source, '1');
  const first = digest([folder]);
  expect(digest([folder])).toBe(first);
  writeFileSync(source, '2');
  const changed = digest([folder]);
  expect(changed).not.toBe(first);
  writeFileSync(join(folder, 'b.ts'), '');
  expect(digest([folder])).not.toBe(changed);
});

describe('mediasoup worker', () => {
  test('MEDIASOUP_WORKER_BIN comes first, then the user’s cache', () => {
    expect(workerBinary({ MEDIASOUP_WORKER_BIN: '/opt/worker' })).toBe('/opt/worker');
    const [cached = ''] = cachePaths({ XDG_CACHE_HOME: folder });
    expect(cached).toContain(join(folder, 'gangbo/mediasoup-worker-'));
    mkdirSync(join(folder, 'gangbo'));
    writeFileSync(cached, '', { mode: 0o755 });
    expect(workerBinary({ XDG_CACHE_HOME: folder })).toBe(cached);
  });

  test('a MEDIASOUP_WORKER_BIN that is not one is refused by name', async () => {
    await expect(findWorker({ MEDIASOUP_WORKER_BIN: '/bin/true' }, () => undefined)).rejects.toThrow('/bin/true');
  });
});

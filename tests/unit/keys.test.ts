import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createKeys } from '../../src/store/redis/keys.ts';

const scripts = new URL('../../src/store/redis/scripts/', import.meta.url);

describe('keys', () => {
  test('all keys of a subject lie in one slot, apart from those of another', () => {
    const keys = createKeys('x');
    const built = Object.values(keys).flatMap((key) => (typeof key === 'function' ? [key('S1')] : []));
    const ofSubject = built.filter((key) => !/^x:({media}|media):/.test(key));
    expect(new Set(built).size).toBe(built.length);
    for (const key of ofSubject) expect(key).toMatch(/^x:\{s:S1\}:[a-z-]+$/);
  });
});

describe('scripts', () => {
  const files = readdirSync(scripts).filter((name) => name.endsWith('.lua'));
  test.each(files)('%s uses the keys its name says and has a header', (file) => {
    const lua = readFileSync(new URL(file, scripts), 'utf8');
    const used = [...lua.matchAll(/KEYS\[(\d+)\]/g)].map(([, number]) => Number(number));
    expect(Math.max(...used)).toBe(Number(/-(\d+)\.lua$/.exec(file)?.[1]));
    expect(lua).toMatch(/^--\[\[\n(.|\n)*Keys: (.|\n)*Args: (.|\n)*Returns: (.|\n)*\]\]/);
  });
});

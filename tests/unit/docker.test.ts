import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig, settings } from '../../config/index.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
/** Instructions, with continued lines joined and comments left out. */
const instructions = read('Dockerfile')
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll(/\\\n/g, ' ')
  .split('\n')
  .filter(Boolean)
  .map((line) => ({ verb: line.slice(0, line.indexOf(' ')).trim(), rest: line.slice(line.indexOf(' ')).trim() }));
const of = (verb: string) => instructions.filter((instruction) => instruction.verb === verb).map(({ rest }) => rest);

interface Service {
  image?: string;
  build?: string;
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  ports?: string[];
  volumes?: string[];
}
const compose = parse(read('compose.yaml')) as { services: Record<string, Service>; volumes: Record<string, null> };
const { gangbo } = compose.services;

/** Names that other programs in the image read. */
const foreign = new Set(['XDG_CACHE_HOME']);

describe('Dockerfile', () => {
  test('every file it copies from the clone exists, and none is left out by .dockerignore', () => {
    const ignored = read('.dockerignore').split('\n').filter(Boolean);
    const copied = of('COPY').filter((rest) => !rest.startsWith('--from'));
    expect(copied.length).toBeGreaterThan(4);
    for (const rest of copied)
      for (const source of rest.split(/\s+/).slice(0, -1)) {
        expect(existsSync(join(root, source)), source).toBe(true);
        expect(ignored).not.toContain(source.split('/')[0]);
      }
  });

  test('what it copies from the build is the clone’s, or is made there', () => {
    for (const rest of of('COPY').filter((each) => each.startsWith('--from=build'))) {
      const source = rest.split(/\s+/)[1] ?? '';
      const path = source.replace(/^\/app\//, '');
      const made = path.startsWith('node_modules') || path === 'dist' || of('RUN').some((run) => run.includes(source));
      expect(made || existsSync(join(root, path)), source).toBe(true);
    }
  });

  test('every file it runs exists', () => {
    const run = [...of('RUN'), ...of('CMD'), ...of('HEALTHCHECK')].join('\n');
    const files = run.match(/[\w/.-]+\.(mjs|ts|sh)\b/g) ?? [];
    expect(files).toEqual(expect.arrayContaining(['config/setup/run.mjs', 'media/worker/binary.mjs', 'src/main.ts']));
    for (const file of files) expect(existsSync(join(root, file)), file).toBe(true);
    for (const [, purpose] of run.matchAll(/run\.mjs (\w+)/g)) expect(read('config/setup/run.mjs')).toContain(`\n  ${purpose}: {`);
  });

  test('the environment it sets is known to the configuration', () => {
    const names = of('ENV').flatMap((rest) => [...rest.matchAll(/([A-Z_]+)=/g)].map(([, name]) => name ?? ''));
    expect(names).toContain('NODE_ENV');
    for (const name of names) expect(name in settings || foreign.has(name), name).toBe(true);
  });

  test('it runs on the Node that is pinned, as a user without rights, and is checked for health', () => {
    const pinned = (JSON.parse(read('package.json')) as { dependencies: { node: string } }).dependencies.node.split('.')[0];
    for (const image of of('FROM')) expect(image).toMatch(new RegExp(`^node:${pinned}-`));
    expect(of('USER')).toEqual(['node']);
    expect(of('HEALTHCHECK').join()).toContain('/healthz');
  });
});

describe('compose.yaml', () => {
  test('the environment it sets is known, and with secrets filled in it is a production configuration', () => {
    const given = { GANGBO_MASTER_KEY: 'a'.repeat(64), GANGBO_PUBLIC_URL: 'https://fair.example.org', POSTGRES_PASSWORD: 'p' };
    const filled = Object.entries(gangbo?.environment ?? {}).map(([name, value]) => [
      name,
      value.replaceAll(/\$\{([A-Z_]+):([?-])([^}]*)\}/g, (_all, variable: string, kind: string, byDefault: string) =>
        kind === '-' ? byDefault : ((given as Record<string, string>)[variable] ?? 'x'.repeat(40)),
      ),
    ]);
    for (const [name] of filled) expect(name !== undefined && name in settings, name).toBe(true);
    const config = loadConfig({ NODE_ENV: 'production', ...Object.fromEntries(filled) });
    expect(config.DATABASE_URL).toContain('@postgres:5432/');
    expect(config.REDIS_URL).toContain('//redis:');
    const [first, last] = (gangbo?.ports?.find((port) => port.endsWith('/udp')) ?? '').split(':')[0]?.split('-').map(Number) ?? [];
    expect(first).toBe(config.GANGBO_MEDIA_PORT);
    expect((last ?? 0) - (first ?? 0) + 1).toBe(config.GANGBO_MEDIA_WORKERS);
  });

  test('the program waits for healthy databases, and both keep their data', () => {
    for (const [name, { condition }] of Object.entries(gangbo?.depends_on ?? {})) {
      expect(condition).toBe('service_healthy');
      expect(compose.services[name]?.healthcheck?.test.length).toBeGreaterThan(1);
      expect(compose.services[name]?.volumes?.length).toBe(1);
    }
    expect(Object.keys(gangbo?.depends_on ?? {}).sort()).toEqual(['postgres', 'redis']);
    for (const service of Object.values(compose.services))
      for (const volume of service.volumes ?? []) expect(Object.keys(compose.volumes)).toContain(volume.split(':')[0]);
  });
});

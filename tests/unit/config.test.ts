import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigError, describeSettings, loadConfig, settings } from '../../config/index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gangbo-config-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(content: unknown): string {
  const path = join(folder, 'settings.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('configuration', () => {
  test('nothing set is a working configuration, and cannot be changed afterwards', () => {
    const config = loadConfig({});
    expect(config.GANGBO_PORT).toBe(8080);
    expect(config.GANGBO_VISIT_GRACE_SECONDS).toBe(30);
    expect(config.DATABASE_URL).toBeUndefined();
    expect(Object.isFrozen(config)).toBe(true);
  });

  test('every fault is told at once: unknown names with the name that was meant, and bad values with what is allowed', () => {
    const faults = faultsOf({
      GANGBO_VISIT_GRACE_SECOND: '3',
      GANGBO_PORT: 'http',
      GANGBO_LOG_LEVEL: 'loud',
      REDIS_URL: 'http://localhost',
      GANGBO_CONFIG: file({ GANGBO_HOTS: 'x' }),
    });
    expect(faults).toHaveLength(5);
    const text = faults.join('\n');
    expect(text).toContain('GANGBO_VISIT_GRACE_SECOND: no such setting; did you mean GANGBO_VISIT_GRACE_SECONDS?');
    expect(text).toContain('GANGBO_HOTS: no such setting');
    expect(text).toMatch(/GANGBO_LOG_LEVEL = "loud".*"fatal"\|"error"/);
    expect(text).toMatch(/GANGBO_PORT = "http".*number/);
    expect(text).toMatch(/REDIS_URL: .*redis:\/\//);
  });

  test('the environment overrides the file, and an empty variable counts as absent', () => {
    const path = file({
      GANGBO_PORT: 9000,
      GANGBO_HOST: '::1',
      GANGBO_TRUST_PROXY: true,
      GANGBO_ICE_SERVERS: [{ urls: ['stun:a.example:3478'] }],
    });
    const config = loadConfig({ GANGBO_CONFIG: path, GANGBO_PORT: '9001', GANGBO_HOST: '' });
    expect(config).toMatchObject({
      GANGBO_PORT: 9001,
      GANGBO_HOST: '::1',
      GANGBO_TRUST_PROXY: true,
      GANGBO_ICE_SERVERS: [{ urls: ['stun:a.example:3478'] }],
    });
  });

  test.each([
    ['is missing', () => join(folder, 'none.json')],
    ['is not JSON', () => file('{')],
    ['is not an object', () => file([1])],
  ])('a file that %s is a fault', (_what, path) => {
    expect(faultsOf({ GANGBO_CONFIG: path() })[0]).toContain('GANGBO_CONFIG');
  });

  test('production demands its secrets and refuses the demo', () => {
    const faults = faultsOf({ NODE_ENV: 'production', GANGBO_DEMO: 'true' }).join('\n');
    for (const name of ['GANGBO_TOKEN_SECRET', 'GANGBO_MASTER_KEY', 'GANGBO_DEMO']) expect(faults).toContain(name);
    const given = { GANGBO_TOKEN_SECRET: 's'.repeat(32), GANGBO_MASTER_KEY: 'a'.repeat(64) };
    expect(faultsOf({ NODE_ENV: 'production', ...given })).toEqual([]);
  });

  test('a secret is never shown, not even when it is bad', () => {
    const secrets = Object.entries(settings).filter(([, setting]) => 'secret' in setting && setting.secret);
    expect(secrets.length).toBeGreaterThan(3);
    for (const [name] of secrets) expect(faultsOf({ [name]: 'hunter2' }).join('\n')).not.toContain('hunter2');
  });

  test('ICE servers are URLs that browsers take, and TURN has credentials: else no viewer would get a picture', () => {
    const shared = { GANGBO_TURN_SECRET: 'what-the-servers-share' };
    const turn = (urls: string) => faultsOf({ ...shared, GANGBO_TURN_URLS: urls });
    expect(turn('turn:turn.example.org:3478?transport=udp, turns:[2001:db8::1]:443?transport=tcp,turn:192.0.2.1')).toEqual([]);
    for (const bad of ['turn.example.org:3478', 'stun:turn.example.org', 'turn:user@turn.example.org', 'turn:a?transport=sctp', 'turn:a b'])
      expect(turn(bad), bad).toHaveLength(1);
    expect(faultsOf({ GANGBO_TURN_URLS: 'turn:turn.example.org' }).join()).toContain('GANGBO_TURN_SECRET');
    const fixed = (server: object) => faultsOf({ GANGBO_ICE_SERVERS: JSON.stringify([server]) });
    expect(fixed({ urls: ['stun:stun.example.org'] })).toEqual([]);
    expect(fixed({ urls: ['turn:turn.example.org'], username: 'u', credential: 'p' })).toEqual([]);
    expect(fixed({ urls: ['turn:turn.example.org'] })).toHaveLength(1);
    expect(fixed({ urls: [] })).toHaveLength(1);
  });

  test('the help lists every setting with a description', () => {
    const help = describeSettings();
    for (const [name, { description }] of Object.entries(settings)) {
      expect(help).toContain(`  ${name}`);
      expect(description.length).toBeGreaterThan(10);
    }
  });

  test('a process of one role names what it needs from others, and no more', () => {
    const redis = { REDIS_URL: 'redis://127.0.0.1' };
    for (const GANGBO_ROLE of ['room', 'media']) {
      expect(faultsOf({ GANGBO_ROLE }).join()).toContain(`REDIS_URL: must be set with the role ${GANGBO_ROLE}`);
      expect(faultsOf({ GANGBO_ROLE, ...redis })).toEqual([]);
      expect(faultsOf({ GANGBO_ROLE, ...redis, GANGBO_DEMO: 'true' }).join()).toContain('GANGBO_DEMO');
    }
    expect(faultsOf({ GANGBO_ROLE: 'media', ...redis, NODE_ENV: 'production' })).toEqual([]);
    expect(faultsOf({ GANGBO_ROLE: 'room', ...redis, NODE_ENV: 'production' }).join()).toContain('GANGBO_MASTER_KEY');
  });

  test('whatever a setting is given, the answer is a configuration or its faults', () => {
    const names = Object.keys(settings);
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names, 'GANGBO_NOT_THERE'), fc.string()), (env) => {
        try {
          expect(Object.keys(loadConfig(env)).sort()).toEqual([...names].sort());
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
    );
  });
});

import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInterface, type TestInterface } from '../support/interface.ts';

let server: TestInterface;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gangbo-pages-'));
  const files = {
    'web/room/index.html': 'the room',
    'web/studio/index.html': 'the studio',
    'web/desk/index.html': 'the desk',
    'web/assets/room-1a2b3c.js': 'let room;',
    'web/icon.svg': '<svg/>',
    'secret.txt': 'secret',
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  server = await openInterface({ pagesFolder: join(folder, 'web') });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const get = async (path: string) => {
  const response = await fetch(server.origin + path);
  return { status: response.status, text: await response.text(), cache: response.headers.get('cache-control') };
};

describe('pages', () => {
  it.each([
    ['/', 'the room'],
    ['/s/01a20a0d-4022-7697-9f01-0465578cfa0a?c=btzy', 'the room'],
    ['/studio', 'the studio'],
    ['/join', 'the studio'],
    ['/desk', 'the desk'],
  ])('%s is %s, asked for again each time', async (path, text) => {
    expect(await get(path)).toEqual({ status: 200, text, cache: 'no-cache' });
  });

  it('hashed assets are kept for ever, others for an hour', async () => {
    expect((await get('/assets/room-1a2b3c.js')).cache).toBe('public, max-age=31536000, immutable');
    expect((await get('/icon.svg')).cache).toBe('public, max-age=3600');
  });

  it('nothing outside their folder is served, and what is not there is said so', async () => {
    for (const path of ['/..%2fsecret.txt', '/%2e%2e/secret.txt', '/assets/..%2f..%2fsecret.txt', '/assets/gone.js', '/assets/']) {
      const { status, text } = await get(path);
      expect([400, 403, 404], path).toContain(status);
      expect(JSON.parse(text)).toMatchObject({ ok: false });
    }
  });
});

describe('the reference of the interface', () => {
  it('comes from this server alone, and its own policy allows its one inline script by its hash', async () => {
    const response = await fetch(`${server.origin}/docs`);
    expect(response.url).toBe(`${server.origin}/docs/`);
    const page = await response.text();
    const policy = response.headers.get('content-security-policy') ?? '';
    const inline = [...page.matchAll(/<script(?![^>]*src=)[^>]*>([\s\S]*?)<\/script>/g)].map(([, code = '']) => code);
    expect(inline).toHaveLength(1);
    for (const code of inline) expect(policy).toContain(`'sha256-${createHash('sha256').update(code).digest('base64')}'`);
    expect(policy).not.toMatch(/https?:/);
    expect([...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link)).toEqual(['js/scalar.js']);
    expect((await fetch(`${server.origin}/docs/js/scalar.js`)).status).toBe(200);
  });
});

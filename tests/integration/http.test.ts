import { connect } from 'node:net';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorTable, failureSchema, type RouteDefinition, type RouteName, routes } from '../../src/contract/index.ts';
import { openInterface, type TestInterface } from '../support/interface.ts';
import { companyInput, fairInput, meetPeople, type People, positionInput } from '../support/people.ts';

let server: TestInterface;
let people: People;
let tokens: string[];
let ids: Record<string, string>;
beforeAll(async () => {
  server = await openInterface();
  people = await meetPeople(server);
  const { fair, company, position, session } = await people.fair();
  ids = { fairId: fair.id, companyId: company.id, positionId: position.id, sessionId: session.id };
  const scope = { fairId: fair.id };
  const met = [
    await people.guest(session.id),
    await people.viewer(),
    await people.staff('recruiter', scope),
    await people.staff('moderator', scope),
    people.organizer,
  ];
  tokens = ['', ...met.map((person) => person.token)];
});
afterAll(() => server.close());

/** Sends a request and holds the answer to the one reply shape. */
async function ask(path: string, init: RequestInit): Promise<string> {
  const response = await fetch(`${server.origin}${path}`, init);
  const reply = (await response.json()) as { ok: boolean };
  expect(response.headers.get('content-type')).toContain('application/json');
  expect(response.headers.get('x-request-id')).toMatch(/^[\w-]{8,64}$/);
  if (reply.ok) {
    expect(response.status).toBe(200);
    return 'done';
  }
  const { code } = failureSchema.parse(reply).error;
  expect(response.status).toBe(errorTable[code].status);
  expect(code).not.toBe('INTERNAL');
  return code;
}

/** How many rows every table has. */
async function everything(): Promise<string> {
  const tables = await sql<{ name: string }>`select tablename as name from pg_tables where schemaname = 'public' order by 1`.execute(
    server.database,
  );
  const counts: string[] = [];
  for (const { name } of tables.rows) {
    const { rows } = await sql<{
      count: string;
      content: string | null;
    }>`select count(*) as count, md5(string_agg(t::text, '|' order by t::text)) as content from ${sql.table(name)} t`.execute(
      server.database,
    );
    counts.push(`${name} ${rows[0]?.count} ${rows[0]?.content}`);
  }
  return counts.join('\n');
}

// Signing out needs no input to succeed, and would end the others' tokens.
const names = (Object.keys(routes) as RouteName[]).filter((name) => name !== 'signOut');
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom('', '\0', '\ud800', '../..', "'; drop table x; --", '𠮷', '%00'),
);
const anyValue = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  anyText,
  fc.constantFrom<unknown>(null, -1, 1e308, 2 ** 53, [], {}, { __proto__: 1 }),
);

function init(route: RouteDefinition, token: string, body: string | undefined): RequestInit {
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  if (route.method === 'GET' || body === undefined) return { method: route.method, headers };
  if (!route.multipart) return { method: route.method, headers: { ...headers, 'content-type': 'application/json' }, body };
  const form = new FormData();
  form.append('application', new Blob([body], { type: 'application/json' }));
  return { method: route.method, headers, body: form };
}

describe('arbitrary input', () => {
  it('at every route gets the coded reply shape, is nobody’s fault here, and changes nothing', async () => {
    const before = await everything();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.nat(5),
        fc.oneof(
          anyText.filter((text) => text !== '' && text.isWellFormed() && text !== '../..'),
          fc.uuid(),
        ),
        fc.dictionary(fc.constantFrom('limit', 'cursor', 'fairId', 'status', 'search', 'kind', 'extra'), anyText, { maxKeys: 3 }),
        fc.option(anyValue, { nil: undefined }),
        async (name, who, param, query, body) => {
          const route: RouteDefinition = routes[name];
          const path = route.path.replace(/:\w+/g, encodeURIComponent(param));
          const search = new URLSearchParams(query as Record<string, string>);
          await ask(`/api/v1${path}?${search}`, init(route, tokens[who] ?? '', body === undefined ? undefined : JSON.stringify(body)));
        },
      ),
      { numRuns: 600 },
    );
    expect(await everything()).toBe(before);
    expect((await fetch(`${server.origin}/api/v1/sessions`)).status).toBe(200);
  });

  it('in one field of a good body is stored or refused, never a fault', async () => {
    const good: [RouteName, Record<string, unknown>][] = [
      ['createFair', fairInput],
      ['createCompany', companyInput('好公司')],
      ['createCampus', { name: '院校', kind: 'campus', province: '内蒙古', code: 'code' }],
      ['createPosition', positionInput],
      ['createSession', { title: '专场', companyIds: [ids.companyId], startsAt: 0 }],
      ['editPosition', positionInput],
      ['editFair', fairInput],
      ['enterRoom', { campus: 'btzy' }],
      ['createInvitation', { role: 'recruiter', fairId: ids.fairId, companyId: null, sessionId: null }],
    ];
    const edges = fc.oneof(anyValue, fc.constantFrom<unknown>('0000-01-01', '9999-12-31', 253_402_300_799_999, 8.64e15, 'x'.repeat(3000)));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...good), fc.nat(20), edges, async ([name, body], field, value) => {
        const keys = Object.keys(body);
        const key = keys[field % keys.length] ?? '';
        const route: RouteDefinition = routes[name];
        const path = route.path.replace(/:(\w+)/g, (_, param: string) => ids[param] ?? '');
        await ask(`/api/v1${path}`, init(route, people.organizer.token, JSON.stringify({ ...body, [key]: value })));
      }),
      { numRuns: 400 },
    );
  });
});

describe('requests that cannot be read', () => {
  const post = (headers: Record<string, string>, body: BodyInit) => ask('/api/v1/auth/sign-in', { method: 'POST', headers, body });

  it('broken JSON, another content type and too much are told apart', async () => {
    expect(await post({ 'content-type': 'application/json' }, '{"login":')).toBe('BAD_INPUT');
    expect(await post({ 'content-type': 'application/json' }, '')).toBe('BAD_INPUT');
    expect(await post({ 'content-type': 'text/plain' }, '{}')).toBe('BAD_INPUT');
    expect(await post({ 'content-type': 'application/json' }, '{"__proto__":{"login":"x"}}')).toBe('BAD_INPUT');
    expect(await post({ 'content-type': 'application/json' }, JSON.stringify({ login: 'x'.repeat(300_000) }))).toBe('TOO_LARGE');
  });

  it('unknown addresses, methods and unreadable paths get the reply shape too', async () => {
    expect(await ask('/api/v1/nothing', {})).toBe('NOT_FOUND');
    expect(await ask('/api/v1/fairs', { method: 'DELETE' })).toBe('NOT_FOUND');
    const response = await fetch(`${server.origin}/api/v1/fairs/%ff`);
    expect(failureSchema.parse(await response.json()).error.code).toBe('BAD_INPUT');
    const page = await fetch(`${server.origin}/nowhere`, { headers: { accept: 'text/html' } });
    expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
  });

  it('what is no HTTP at all is answered and closed', async () => {
    const port = Number(new URL(server.origin).port);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.end('this is not http\r\n\r\n'));
      let text = '';
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(text));
    });
    expect(failureSchema.parse(JSON.parse(answer.slice(answer.indexOf('{')))).error.code).toBe('BAD_INPUT');
  });

  it('uploads out of order, doubled, unnamed or over the limit are refused', async () => {
    const viewer = tokens[2] ?? '';
    const send = (fill: (form: FormData) => void) => {
      const form = new FormData();
      fill(form);
      return ask('/api/v1/applications', { method: 'POST', headers: { authorization: `Bearer ${viewer}` }, body: form });
    };
    const pdf = new Blob(['%PDF-1.7'], { type: 'application/pdf' });
    expect(await send((form) => form.append('file', pdf, 'a.pdf'))).toBe('BAD_INPUT');
    expect(await send(() => undefined)).toBe('BAD_INPUT');
    expect(await send((form) => form.append('application', 'not json'))).toBe('BAD_INPUT');
    expect(await send((form) => form.append('other', '{}'))).toBe('BAD_INPUT');
    const application = {
      positionId: ids.positionId,
      onceId: 'once-12345678',
      form: { name: '王小明', phone: '13800000001' },
      consent: { accepted: true, until: '2027-01-01' },
    };
    const good = JSON.stringify(application);
    expect(
      await send((form) => {
        form.append('application', good);
        form.append('file', new Blob([new Uint8Array(10 * 1024 * 1024 + 1)]), 'big.pdf');
      }),
    ).toBe('TOO_LARGE');
    expect(
      await send((form) => {
        form.append('application', good);
        form.append('file', pdf, 'a.pdf');
        form.append('file', pdf, 'b.pdf');
      }),
    ).toBe('BAD_INPUT');
  });
});

describe('every answer', () => {
  it('takes over a sane request id and no other', async () => {
    const idOf = async (given: string) =>
      (await fetch(`${server.origin}/api/v1/sessions`, { headers: { 'x-request-id': given } })).headers.get('x-request-id');
    expect(await idOf('trace-1234567890')).toBe('trace-1234567890');
    expect(await idOf('no spaces, <script>')).not.toBe('no spaces, <script>');
  });

  it('forbids foreign scripts and frames, and is not kept by caches', async () => {
    const { headers } = await fetch(`${server.origin}/api/v1/sessions`);
    expect(headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('content-security-policy')).toContain(`connect-src 'self' ws://${new URL(server.origin).host};`);
    expect(headers.get('content-security-policy')).not.toContain('upgrade-insecure-requests');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
  });
});

describe('limits', () => {
  it('are kept per address and route, and say when to come back', async () => {
    const strict = await openInterface({ requestsPerMinute: 60 });
    try {
      const signIn = () =>
        fetch(`${strict.origin}/api/v1/auth/sign-in`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
      // 20 a minute of the usual 600 are 2 of 60.
      expect([(await signIn()).status, (await signIn()).status]).toEqual([400, 400]);
      const refused = await signIn();
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(failureSchema.parse(await refused.json()).error.retryAfterMs).toBeGreaterThan(0);
      expect((await fetch(`${strict.origin}/api/v1/sessions`)).status).toBe(200);
    } finally {
      await strict.close();
    }
  });

  it('are not got around by an address that a client writes itself, and keep no address in Redis', async () => {
    const strict = await openInterface({ requestsPerMinute: 60, trustProxy: true });
    try {
      // What the proxy saw stands last.
      const signIn = (claimed: string, seen: string) =>
        fetch(`${strict.origin}/api/v1/auth/sign-in`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-forwarded-for': `${claimed}, ${seen}` },
          body: '{}',
        }).then((answer) => answer.status);
      expect(await signIn('198.51.100.1', '192.0.2.7')).toBe(400);
      expect(await signIn('198.51.100.2', '192.0.2.7')).toBe(400);
      expect(await signIn('198.51.100.3', '192.0.2.7')).toBe(429);
      expect(await signIn('198.51.100.3', '192.0.2.8')).toBe(400);
      const keys = (await strict.redis.keys('*')).join('\n');
      expect(keys).toContain('requests');
      expect(keys).not.toMatch(/192\.0\.2|198\.51|127\.0\.0\.1/);
    } finally {
      await strict.close();
    }
  });
});

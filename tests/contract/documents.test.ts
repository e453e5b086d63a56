import { describe, expect, it } from 'vitest';
import { clientEvents, errorTable, type RouteDefinition, routes, sdpRoutes, serverEvents } from '../../src/contract/index.ts';
import { commonErrors } from '../../src/http/bind.ts';
import { asyncApiDocument } from '../../src/http/documents/asyncapi.ts';
import { openApiDocument } from '../../src/http/documents/openapi.ts';

type Json = Record<string, unknown>;

/** Every `$ref` in a document. */
function references(value: unknown, found: string[] = []): string[] {
  if (Array.isArray(value)) for (const item of value) references(item, found);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (key === '$ref' && typeof item === 'string') found.push(item);
      else references(item, found);
    }
  }
  return found;
}

/** What a local JSON pointer (RFC 6901) leads to. */
function resolve(document: Json, reference: string): unknown {
  let at: unknown = document;
  for (const part of reference.replace(/^#\//, '').split('/')) at = (at as Json | undefined)?.[part];
  return at;
}

interface Operation {
  operationId: string;
  responses: Record<string, { 'x-codes'?: string[] }>;
}

describe('the OpenAPI document', () => {
  const document = openApiDocument('1.2.3') as Json & { paths: Record<string, Record<string, Operation>> };
  const isSdp = (path: string) => Object.values(sdpRoutes).some((route) => path.startsWith(route.path.split(':')[0] ?? ''));
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    isSdp(path) ? [] : Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
  );

  it('is OpenAPI 3.1 and names every route of the table, once', () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(operations.map((operation) => operation.operationId).sort()).toEqual(Object.keys(routes).sort());
    for (const { operationId, path, method } of operations) {
      const route: RouteDefinition = routes[operationId as keyof typeof routes];
      expect(`${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`).toBe(`${route.method} ${route.path}`);
    }
  });

  it('says which errors a route answers, under their status: no more and no fewer than the tables', () => {
    for (const { operationId, responses } of operations) {
      const route: RouteDefinition = routes[operationId as keyof typeof routes];
      const listed = Object.entries(responses).flatMap(([status, response]) =>
        (response['x-codes'] ?? []).map((code) => [code, Number(status)]),
      );
      for (const [code, status] of listed)
        expect(errorTable[code as keyof typeof errorTable].status, `${operationId} ${code}`).toBe(status);
      const codes = new Set(listed.map(([code]) => code));
      for (const code of route.errors) expect(codes, operationId).toContain(code);
      for (const code of codes) expect([...commonErrors, ...route.errors], operationId).toContain(code);
    }
    expect(document['x-errors']).toEqual(errorTable);
  });

  it('has WHIP and WHEP under addresses of their own, with their errors', () => {
    const paths = Object.keys(document.paths).filter(isSdp);
    expect(paths).toEqual(['/whip/{sessionId}', '/whip/{sessionId}/{linkId}', '/whep/{sessionId}', '/whep/{sessionId}/{linkId}']);
    for (const { path, errors } of Object.values(sdpRoutes)) {
      const { post } = document.paths[path.replace(':sessionId', '{sessionId}')] ?? {};
      const listed = Object.values(post?.responses ?? {}).flatMap((response) => response['x-codes'] ?? []);
      expect(listed.sort()).toEqual([...errors].sort());
    }
  });

  it('refers to nothing that is not in it', () => {
    const found = references(document);
    expect(found.length).toBeGreaterThan(50);
    for (const reference of found) expect(resolve(document, reference), reference).toBeDefined();
  });
});

describe('the AsyncAPI document', () => {
  const document = asyncApiDocument('1.2.3') as Json & { operations: Record<string, { action: string }> };

  it('is AsyncAPI 3.0 and names every event of both tables with its direction', () => {
    expect(document.asyncapi).toBe('3.0.0');
    for (const name of Object.keys(clientEvents)) expect(document.operations[name]?.action).toBe('receive');
    for (const name of Object.keys(serverEvents)) expect(document.operations[name]?.action).toBe('send');
    expect(Object.keys(document.operations)).toHaveLength(Object.keys(clientEvents).length + Object.keys(serverEvents).length);
  });

  it('refers to nothing that is not in it', () => {
    for (const reference of references(document)) expect(resolve(document, reference), reference).toBeDefined();
  });
});

describe('the table of errors', () => {
  it('has a status, Chinese and English for every code, and every code is one a client can meet', () => {
    const named = new Set<string>([
      ...commonErrors,
      ...Object.values({ ...routes, ...sdpRoutes, ...clientEvents }).flatMap((entry) => entry.errors),
    ]);
    for (const [code, { status, zh, en }] of Object.entries(errorTable)) {
      expect(status, code).toBeGreaterThanOrEqual(400);
      expect(zh, code).toMatch(/\p{Script=Han}/u);
      expect(en, code).toMatch(/^[A-Z]/);
      expect(named, code).toContain(code);
    }
  });
});

import type { z } from 'zod';
import {
  type ErrorCode,
  errorTable,
  failureSchema,
  type RouteDefinition,
  type RouteName,
  routes,
  successSchema,
} from '../../contract/index.ts';
import { commonErrors } from '../bind.ts';
import { createSchemaCollector, type SchemaCollector } from './schemas.ts';
import { sdpPaths } from './sdp-paths.ts';

const json = (schema: object) => ({ 'application/json': { schema } });

function parametersOf(schema: z.ZodObject | undefined, where: 'path' | 'query', schemas: SchemaCollector) {
  if (!schema) return [];
  return Object.entries(schema.shape).map(([name, part]) => ({
    name,
    in: where,
    required: where === 'path' || !(part as z.ZodType).safeParse(undefined).success,
    schema: schemas.input(part as z.ZodType),
  }));
}

/** The failures of a route: its own and those that any can answer. */
function codesOf(route: RouteDefinition): Set<ErrorCode> {
  const codes = new Set<ErrorCode>([...commonErrors, ...route.errors]);
  if (route.action === null) for (const code of ['UNAUTHENTICATED', 'TOKEN_EXPIRED', 'ACCOUNT_REQUIRED'] as const) codes.delete(code);
  for (const code of route.errors) codes.add(code);
  return codes;
}

/** Failures by status: the codes are listed, the shape is one. */
function failuresOf(codes: Iterable<ErrorCode>, failure: object) {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) byStatus.set(errorTable[code].status, [...(byStatus.get(errorTable[code].status) ?? []), code]);
  return Object.fromEntries(
    [...byStatus]
      .sort(([a], [b]) => a - b)
      .map(([status, list]) => [
        String(status),
        { description: list.map((code) => `\`${code}\` ${errorTable[code].en}`).join('\n\n'), content: json(failure), 'x-codes': list },
      ]),
  );
}

function bodyOf(route: RouteDefinition, schemas: SchemaCollector) {
  if (!route.body) return {};
  const schema = schemas.input(route.body);
  if (!route.multipart) return { requestBody: { required: true, content: json(schema) } };
  const parts = {
    type: 'object',
    required: ['application'],
    properties: { application: schema, file: { type: 'string', contentMediaType: 'application/octet-stream' } },
  };
  const encoding = { application: { contentType: 'application/json' } };
  return { requestBody: { required: true, content: { 'multipart/form-data': { schema: parts, encoding } } } };
}

/** The OpenAPI 3.1 document of the table of routes. */
export function openApiDocument(version: string): object {
  const schemas = createSchemaCollector();
  const failure = schemas.output(failureSchema);
  const paths: Record<string, Record<string, object>> = {};
  for (const name of Object.keys(routes) as RouteName[]) {
    const route: RouteDefinition = routes[name];
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] ??= {};
    paths[path][route.method.toLowerCase()] = {
      operationId: name,
      tags: [route.tag],
      summary: route.summary,
      ...(route.action === null ? { security: [] } : { description: `Action \`${route.action}\` of the access policy.` }),
      parameters: [...parametersOf(route.params, 'path', schemas), ...parametersOf(route.query, 'query', schemas)],
      ...bodyOf(route, schemas),
      responses: {
        '200': { description: 'Done', content: json(schemas.output(successSchema(route.data))) },
        ...failuresOf(codesOf(route), failure),
      },
    };
  }
  Object.assign(
    paths,
    sdpPaths((codes) => failuresOf(codes, failure)),
  );
  return {
    openapi: '3.1.1',
    info: {
      title: 'Gangbo 崗播',
      version,
      description:
        'Live-streamed job fairs. Every answer is `{ok: true, data}` or `{ok: false, error}`; times are Unix milliseconds; lists are paged by `cursor`. The socket protocol has its own document: [asyncapi.json](/api/v1/asyncapi.json). Encoders and players speak WHIP and WHEP, which have addresses and bearer tokens of their own.',
    },
    servers: [{ url: '/api/v1' }],
    security: [{ accessToken: [] }],
    tags: [...new Set(Object.values(routes).map((route) => route.tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: schemas.named,
      securitySchemes: {
        accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        stageKey: { type: 'http', scheme: 'bearer', bearerFormat: 'gbk_…' },
      },
    },
    'x-errors': errorTable,
  };
}

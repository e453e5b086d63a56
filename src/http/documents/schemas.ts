import { z } from 'zod';

type JsonObject = Record<string, unknown>;

/** Turns zod schemas into JSON Schema (draft 2020-12) that refers to one shared place for named ones. */
export interface SchemaCollector {
  /** What a client sends: defaults may be left out. */
  input(schema: z.ZodType): JsonObject;
  /** What a client gets. */
  output(schema: z.ZodType): JsonObject;
  /** The named schemas met so far. */
  readonly named: Record<string, JsonObject>;
}

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A copy of a JSON value with every `#/$defs/` reference pointing to `home`. */
function moveReferences(value: unknown, home: string): unknown {
  if (Array.isArray(value)) return value.map((item) => moveReferences(item, home));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === '$ref' && typeof item === 'string' ? item.replace('#/$defs/', home) : moveReferences(item, home),
    ]),
  );
}

export function createSchemaCollector(home = '#/components/schemas/'): SchemaCollector {
  const named: Record<string, JsonObject> = {};

  function convert(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
    const {
      $schema: _dialect,
      $defs = {},
      ...own
    } = z.toJSONSchema(schema, { io, target: 'draft-2020-12', unrepresentable: 'any', cycles: 'ref' });
    for (const [name, definition] of Object.entries($defs)) {
      const { id: _id, ...kept } = definition as JsonObject;
      named[name] ??= moveReferences(kept, home) as JsonObject;
    }
    const moved = moveReferences(own, home) as JsonObject;
    const { id, ...rest } = moved;
    if (typeof id !== 'string') return moved;
    named[id] ??= rest;
    return { $ref: `${home}${id}` };
  }

  return { named, input: (schema) => convert(schema, 'input'), output: (schema) => convert(schema, 'output') };
}

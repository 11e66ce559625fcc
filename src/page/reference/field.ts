import type { Schema } from './document.ts';

/** A field as the page shows it. */
export interface Field {
  /** From the object it is in: `image.sha256`, `predictions[].label`. */
  readonly path: string;
  readonly type: string;
  /** The schema that has fields of its own, where it has a name. */
  readonly link?: string;
  readonly required: boolean;
  readonly description: string;
}

/** Objects in objects; those that have a name are shown once, at their own place. */
const DEPTH_MAX = 4;

/** The fields of a schema, those of objects inside it behind their own. */
export function listFields(schema: Schema, prefix = '', depth = 0): readonly Field[] {
  if (depth >= DEPTH_MAX) return [];
  const inside = [...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  const mine = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const required = schema.required?.includes(name) === true;
    return [toField(path, field, required), ...listFields(field, `${path}.`, depth + 1)];
  });
  const items = schema.items;
  const ofItems =
    items === undefined ? [] : listFields(items, `${prefix.replace(/\.$/, '')}[].`, depth);
  const others = inside.flatMap((part) => listFields(part, prefix, depth));
  const seen = new Set<string>();
  return [...mine, ...ofItems, ...others].filter(({ path }) => {
    return seen.has(path) ? false : seen.add(path);
  });
}

function toField(path: string, schema: Schema, required: boolean): Field {
  const link = nameOf(schema) ?? nameOf(schema.items ?? {});
  return {
    path,
    type: toType(schema),
    ...(link !== undefined && { link }),
    required,
    description: schema.description ?? '',
  };
}

/** The name of the schema that a reference leads to. */
export function nameOf({ $ref, allOf }: Schema): string | undefined {
  if ($ref !== undefined) return $ref.split('/').at(-1);
  return allOf?.[0] === undefined ? undefined : nameOf(allOf[0]);
}

/** A type in a line: `integer, 1 to 1000, default 5`. */
export function toType(schema: Schema): string {
  const parts = [kindOf(schema), boundsOf(schema)];
  if (schema.pattern !== undefined) parts.push(schema.pattern);
  if (schema.default !== undefined) parts.push(`default ${JSON.stringify(schema.default)}`);
  return parts.filter(Boolean).join(', ');
}

function kindOf(schema: Schema): string {
  const name = nameOf(schema);
  if (name !== undefined) return name;
  if (schema.items !== undefined) return `list of ${kindOf(schema.items)}`;
  if (schema.enum !== undefined) return schema.enum.map((one) => JSON.stringify(one)).join(' | ');
  if (schema.contentMediaType !== undefined) return 'bytes';
  const either = schema.anyOf ?? schema.oneOf;
  if (either !== undefined) return [...new Set(either.map(kindOf))].join(' or ');
  return schema.type ?? 'anything';
}

function boundsOf({ minimum, maximum, minLength, maxLength }: Schema): string {
  const range = toRange(minimum, maximum);
  const length = toRange(minLength, maxLength);
  return [range, length && `${length} characters`].filter(Boolean).join(', ');
}

function toRange(from: number | undefined, to: number | undefined): string {
  if (from !== undefined && to !== undefined) return `${from} to ${to}`;
  if (from !== undefined) return `${from} or more`;
  return to === undefined ? '' : `${to} at most`;
}

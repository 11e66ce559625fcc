import type { Result } from '../../result.ts';
import { fail, ok } from '../../result.ts';
import { isMessageId } from '../message-id.ts';
import type { InboundFailure } from './failure.ts';

/**
 * Fields as they came, names in any case. A platform's `Headers` fits; it has joined repeated ones
 * with ", ", which no field that is read here can hold.
 */
export type HeaderFields = Iterable<readonly [name: string, value: string]>;

/** Values by lower-case name. RFC 9110, 5.5: spaces and tabs around a value are no part of it. */
export type FieldValues = ReadonlyMap<string, readonly string[]>;

export function readFields(fields: HeaderFields): FieldValues {
  const values = new Map<string, string[]>();
  for (const [name, value] of fields) {
    const key = name.toLowerCase();
    const held = values.get(key) ?? [];
    held.push(value.replace(/^[ \t]+|[ \t]+$/g, ''));
    values.set(key, held);
  }
  return values;
}

/** One value for each name. All must be there before a repeated one is looked for. */
export function requireFields<const N extends readonly string[]>(
  fields: FieldValues,
  names: N,
): Result<{ readonly [K in keyof N]: string }, InboundFailure> {
  const found = names.map((name) => fields.get(name) ?? []);
  if (found.some((values) => values.every((value) => value === ''))) {
    return fail({ code: 'missing_header' });
  }
  if (found.some((values) => values.length > 1)) return fail({ code: 'duplicate_header' });
  return ok(found.map((values) => values[0] ?? '') as { readonly [K in keyof N]: string });
}

/** The id in a field that may be absent; a repeated one counts as one that cannot be an id. */
export function optionalId(
  fields: FieldValues,
  name: string,
): Result<string | undefined, InboundFailure> {
  const values = fields.get(name) ?? [];
  const [id] = values;
  if (id === undefined || id === '') return ok(undefined);
  return values.length === 1 && isMessageId(id) ? ok(id) : fail({ code: 'bad_id' });
}

import type { Gathering } from '../gathering.ts';
import { type AddressRules, gatherAddress } from './addresses.ts';
import { readLines } from './lines.ts';

export interface LogOptions extends Omit<AddressRules, 'take'> {
  /** Of a JSON line, with dots for fields inside: the first of these that is a text. */
  readonly fields: readonly string[];
}

/** Tried in this order where the user names none. */
export const USUAL_FIELDS: readonly string[] = ['url', 'path'];

/**
 * A log, NDJSON or one address a line. Of JSON lines only those are pictures that have a picture's
 * name: a log tells of every request. An address alone on its line is meant.
 */
export async function gatherLog(
  stream: AsyncIterable<Uint8Array>,
  name: string,
  { fields, ...rules }: LogOptions,
  into: Gathering,
): Promise<void> {
  for await (const line of readLines(stream)) {
    const where = `${name}:${line.number}`;
    const closed = into.closed();
    if (closed !== undefined) return into.fail(where, closed);
    if (!('text' in line)) {
      if (line.why === 'too_many_lines') return into.fail(where, line.why);
      into.passOver(line.why, where);
    } else if (!line.text.startsWith('{')) {
      if (/\s/.test(line.text)) into.passOver('line_is_no_address', where);
      else gatherAddress(line.text, where, { ...rules, take: 'any' }, into);
    } else {
      const found = findField(line.text, fields);
      if (found.is === 'text') {
        gatherAddress(found.text, where, { ...rules, take: 'named' }, into);
      } else into.passOver(found.is, where);
    }
  }
}

type Found =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'line_is_not_json' | 'line_without_field' };

function findField(text: string, fields: readonly string[]): Found {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return { is: 'line_is_not_json' };
  }
  for (const field of fields) {
    let value = line;
    for (const name of field.split('.')) value = memberOf(value, name);
    if (typeof value === 'string' && value !== '') return { is: 'text', text: value };
  }
  return { is: 'line_without_field' };
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

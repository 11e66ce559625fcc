import type { JSONValue } from 'json-p3';
import { JSONPathEnvironment, JSONPointer } from 'json-p3';
import type { Result } from '../result.ts';
import { fail, ok } from '../result.ts';
import { LOCATOR_CHARS_MAX, PAYLOAD_DEPTH_MAX } from './limits.ts';

export type { JSONValue } from 'json-p3';

/** Where something is in a payload. */
export interface Locator {
  /** The text that it was made from. */
  readonly text: string;
  /** The values there, at most `max`, in the document's order. `payload` is within our depth. */
  find(payload: JSONValue, max: number): readonly JSONValue[];
}

/** What `find` leaves alone: payloads are judged by depth before they are searched. */
const PATHS = new JSONPathEnvironment({ maxRecursionDepth: PAYLOAD_DEPTH_MAX + 2 });

/** JSON Pointer (RFC 6901: `/data/url`) or JSONPath (RFC 9535: `$.data.images[*].url`). */
export function parseLocator(text: string): Result<Locator, string> {
  if (text.length > LOCATOR_CHARS_MAX) return fail(`write at most ${LOCATOR_CHARS_MAX} characters`);
  try {
    if (/^\/.*~(?![01])/s.test(text)) return fail('"~" is written "~0", a "/" in a name "~1"');
    if (text.startsWith('/')) return ok(toPointer(text));
    if (text.startsWith('$')) return ok(toPath(text));
  } catch (error) {
    // The library throws for what it cannot read, and says where.
    return fail(`not a path: ${error instanceof Error ? error.message : 'unreadable'}`);
  }
  return fail('write a JSON Pointer ("/data/url") or a JSONPath ("$.images[*].url")');
}

function toPointer(text: string): Locator {
  const pointer = new JSONPointer(text);
  return {
    text,
    find(payload) {
      const value = pointer.resolve(payload, null);
      return value === null || value === undefined ? [] : [value];
    },
  };
}

function toPath(text: string): Locator {
  const query = PATHS.compile(text);
  return {
    text,
    find(payload, max) {
      const values: JSONValue[] = [];
      for (const { value } of query.lazyQuery(payload)) {
        if (values.length >= max) break;
        values.push(value);
      }
      return values;
    },
  };
}

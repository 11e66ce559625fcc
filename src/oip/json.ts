import { ok, type Result } from '../result.ts';
import { type OipFailure, refuse } from './failure.ts';
import { JSON_DEPTH_MAX, JSON_VALUES_MAX } from './limits.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Bytes to a JSON object, its depth known before the parser recurses into it. */
export function parseObject(bytes: Uint8Array): Result<JsonObject, OipFailure> {
  const { deepest, commas } = surveyJson(bytes);
  if (deepest > JSON_DEPTH_MAX) {
    return refuse('body', `is nested deeper than ${JSON_DEPTH_MAX} levels`);
  }
  if (commas >= JSON_VALUES_MAX) {
    return refuse('body', `holds more than ${JSON_VALUES_MAX} values: send tensors as bytes`);
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return refuse('body', 'is not JSON');
  }
  return isObject(value) ? ok(value) : refuse('body', 'is not a JSON object');
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A member that is the object's own: `__proto__` brings none. */
export function ownMember(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

const QUOTATION = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
/** `[` and `{`; below, `]` and `}`. */
const OPENS: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSES: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/** Nesting and number of values before anything is built; it stops where either is too much. */
function surveyJson(bytes: Uint8Array): { readonly deepest: number; readonly commas: number } {
  let depth = 0;
  let deepest = 0;
  let commas = 0;
  let quoted = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (quoted) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTATION) quoted = false;
    } else if (byte === QUOTATION) quoted = true;
    else if (byte === COMMA) commas++;
    else if (OPENS.has(byte)) deepest = Math.max(deepest, ++depth);
    else if (CLOSES.has(byte)) depth--;
    if (deepest > JSON_DEPTH_MAX || commas >= JSON_VALUES_MAX) break;
  }
  return { deepest, commas };
}

import { ok, type Result } from '../result.ts';
import { type OipFailure, quote, refuse } from './failure.ts';
import type { Extent } from './shape.ts';
import type { Datatype, Values } from './tensor.ts';

/** `data` of a tensor in JSON: flat, or nested exactly as the shape. */
export function readJsonData(
  data: unknown,
  datatype: Datatype,
  { shape, elements }: Extent,
  member: string,
): Result<Values, OipFailure> {
  if (!Array.isArray(data)) return refuse(member, 'is no list');
  const flat = Array.isArray(data[0]) ? flatten(data, shape, elements) : data;
  if (flat === undefined) return refuse(member, 'is not nested as its shape says');
  if (flat.length !== elements) {
    return refuse(member, `has ${flat.length} elements, and its shape has ${elements}`);
  }
  return datatype === 'BYTES' ? readStrings(flat, member) : readNumbers(flat, datatype, member);
}

/** Depth first; undefined as soon as a list has not the length of its dimension. */
function flatten(
  data: readonly unknown[],
  shape: readonly number[],
  elements: number,
): unknown[] | undefined {
  const flat: unknown[] = [];
  function fits(list: readonly unknown[], axis: number): boolean {
    if (list.length !== shape[axis] || flat.length > elements) return false;
    if (axis < shape.length - 1) {
      return list.every((inner) => Array.isArray(inner) && fits(inner, axis + 1));
    }
    flat.push(...list);
    return true;
  }
  return fits(data, 0) ? flat : undefined;
}

function readNumbers(
  flat: readonly unknown[],
  datatype: 'FP32' | 'FP16' | 'UINT8',
  member: string,
): Result<Values, OipFailure> {
  const largest = LARGEST[datatype];
  const numbers =
    datatype === 'UINT8' ? new Uint8Array(flat.length) : new Float32Array(flat.length);
  for (const [i, value] of flat.entries()) {
    if (typeof value !== 'number') return refuse(member, `element ${i} is no number`);
    const within = Math.abs(value) <= largest && (datatype !== 'UINT8' || isByte(value));
    if (!within) return refuse(member, `element ${i}, ${quote(value)}, does not fit ${datatype}`);
    numbers[i] = value;
  }
  return ok({ datatype, numbers } as Values);
}

/** Greatest finite values; what is beyond would become infinite. */
const LARGEST = { FP32: 3.4028234663852886e38, FP16: 65504, UINT8: 255 } as const;

function isByte(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}

/** JSON has no bytes: an element is base64. */
function readStrings(flat: readonly unknown[], member: string): Result<Values, OipFailure> {
  const strings: Uint8Array[] = [];
  for (const [i, value] of flat.entries()) {
    const bytes = typeof value === 'string' ? decodeBase64(value) : undefined;
    if (bytes === undefined) return refuse(member, `element ${i} is not base64`);
    strings.push(bytes);
  }
  return ok({ datatype: 'BYTES', strings });
}

function decodeBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

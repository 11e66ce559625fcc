import { ok, type Result } from '../result.ts';
import { type OipFailure, refuse } from './failure.ts';
import type { Extent } from './shape.ts';
import { type Datatype, ELEMENT_BYTES, type Values, widenHalf } from './tensor.ts';

/** A tensor's bytes: little-endian, without padding. `bytes` need not be aligned. */
export function readBinaryData(
  bytes: Uint8Array,
  datatype: Datatype,
  { elements }: Extent,
  member: string,
): Result<Values, OipFailure> {
  if (datatype === 'BYTES') return readByteStrings(bytes, elements, member);
  const size = elements * ELEMENT_BYTES[datatype];
  if (bytes.length !== size) {
    return refuse(member, `has ${bytes.length} bytes, and its shape needs ${size}`);
  }
  if (datatype === 'UINT8') return ok({ datatype, numbers: bytes });
  const numbers = readFloats(bytes, datatype, elements);
  const wrong = numbers.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) return refuse(member, `element ${wrong} is not finite`);
  return ok({ datatype, numbers });
}

function readFloats(bytes: Uint8Array, datatype: 'FP32' | 'FP16', elements: number): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const numbers = new Float32Array(elements);
  for (let i = 0; i < elements; i++) {
    numbers[i] =
      datatype === 'FP32' ? view.getFloat32(4 * i, true) : widenHalf(view.getUint16(2 * i, true));
  }
  return numbers;
}

/** Each element is its length, four bytes, and its bytes. */
function readByteStrings(
  bytes: Uint8Array,
  elements: number,
  member: string,
): Result<Values, OipFailure> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const strings: Uint8Array[] = [];
  let at = 0;
  for (let i = 0; i < elements; i++) {
    const length = at + 4 <= bytes.length ? view.getUint32(at, true) : bytes.length;
    if (at + 4 + length > bytes.length) return refuse(member, `element ${i} ends too early`);
    strings.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  if (at !== bytes.length) return refuse(member, `has ${bytes.length - at} bytes left over`);
  return ok({ datatype: 'BYTES', strings });
}

/** The reverse of it, for answers. */
export function writeByteStrings(strings: readonly string[]): Uint8Array {
  const encoded = strings.map((text) => new TextEncoder().encode(text));
  const bytes = new Uint8Array(encoded.reduce((sum, part) => sum + 4 + part.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const part of encoded) {
    view.setUint32(at, part.length, true);
    bytes.set(part, at + 4);
    at += 4 + part.length;
  }
  return bytes;
}

/** float32, little-endian on any machine. */
export function writeFloats(numbers: Float32Array): Uint8Array {
  const bytes = new Uint8Array(numbers.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of numbers.entries()) view.setFloat32(4 * i, value, true);
  return bytes;
}

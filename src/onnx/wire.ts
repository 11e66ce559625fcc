import type { OnnxCode, OnnxFailure } from './failure.ts';
import type { OnnxLimits } from './limits.ts';

/**
 * A bounded reader of protobuf messages (protobuf.dev/programming-guides/encoding):
 *
 *     message := (tag value)*        tag := varint(field << 3 | type)
 *     type 0: varint    1: 8 bytes    2: varint length, bytes    5: 4 bytes
 *
 *     08 08        field 1, varint 8             (ir_version 8)
 *     3a 02 12 00  field 7, 2 bytes: a message with field 2, no bytes
 *
 * The first failure is kept in the verdict that all readers of a file share, and every reader then
 * stands at its end: loops over `next()` stop by themselves, reads give 0 or nothing.
 */
export type FieldKind =
  | 'varint'
  | 'fixed32'
  | 'fixed64'
  | 'bytes'
  | 'varints'
  | 'floats'
  | 'doubles';

/** Known fields of a message. Repeated numbers may be packed or not, whatever the schema says. */
export type Fields = ReadonlyMap<number, FieldKind>;

export const WIRE_VARINT = 0;
export const WIRE_FIXED64 = 1;
export const WIRE_BYTES = 2;
export const WIRE_FIXED32 = 5;

const KIND_TYPES: Readonly<Record<FieldKind, readonly number[]>> = {
  varint: [WIRE_VARINT],
  fixed32: [WIRE_FIXED32],
  fixed64: [WIRE_FIXED64],
  bytes: [WIRE_BYTES],
  varints: [WIRE_VARINT, WIRE_BYTES],
  floats: [WIRE_FIXED32, WIRE_BYTES],
  doubles: [WIRE_FIXED64, WIRE_BYTES],
};

/** The bytes that a tensor names outside its file; undefined where they may not be had. */
export type FindExternal = (
  location: string,
  offset: number,
  bytes: number,
) => Uint8Array | undefined;

const FIELD_MAX = 2 ** 29 - 1;

export class Verdict {
  failure: OnnxFailure | null = null;
  readonly limits: OnnxLimits;
  /** Operators that a reader's caller knows how to get rid of, beside our own. */
  readonly foldable: ReadonlySet<string>;
  /** Where tensors may lie outside the file; without it they may not. */
  readonly external: FindExternal | undefined;

  constructor(
    limits: OnnxLimits,
    foldable: ReadonlySet<string> = new Set(),
    external: FindExternal | undefined = undefined,
  ) {
    this.limits = limits;
    this.foldable = foldable;
    this.external = external;
  }

  /** Keeps the first failure: what follows one is noise. */
  refuse(code: OnnxCode, where = ''): void {
    this.failure ??= { code, where: where.slice(0, 64) };
  }

  refuseOperator(operator: string): void {
    this.failure ??= { code: 'unknown_operator', operator };
  }
}

export class Wire {
  /** Of the field that `next` found. */
  field = 0;
  type = 0;
  readonly verdict: Verdict;
  readonly bytes: Uint8Array;
  readonly #start: number;
  readonly #end: number;
  readonly #depth: number;
  #at: number;
  #high = 0;

  constructor(bytes: Uint8Array, verdict: Verdict, start = 0, end = bytes.length, depth = 1) {
    if (start < 0 || end > bytes.length || start > end) throw new RangeError('wire: bad range');
    this.bytes = bytes;
    this.verdict = verdict;
    this.#start = start;
    this.#end = end;
    this.#at = start;
    this.#depth = depth;
  }

  get length(): number {
    return this.#end - this.#start;
  }

  get more(): boolean {
    return this.#at < this.#end && this.verdict.failure === null;
  }

  /** The same bytes once more, from the beginning. */
  again(): Wire {
    return new Wire(this.bytes, this.verdict, this.#start, this.#end, this.#depth);
  }

  /** Moves to the next field of `fields`, skipping others. False at the end or after a failure. */
  next(fields: Fields): boolean {
    while (this.more) {
      const low = this.#varint();
      this.type = low & 7;
      this.field = Math.floor((low + this.#high * 2 ** 32) / 8);
      if (this.verdict.failure !== null) return false;
      if (this.field === 0 || this.field > FIELD_MAX) return this.#refuse('bad_tag');
      const kind = fields.get(this.field);
      if (kind === undefined) this.skip();
      else if (KIND_TYPES[kind].includes(this.type)) return true;
      else return this.#refuse('bad_wire_type');
    }
    return false;
  }

  skip(): void {
    if (this.type === WIRE_VARINT) this.#varint();
    else if (this.type === WIRE_FIXED64) this.#take(8);
    else if (this.type === WIRE_BYTES) this.#span();
    else if (this.type === WIRE_FIXED32) this.#take(4);
    else this.#refuse('bad_wire_type');
  }

  /** As int64, exact up to 2^53 and rounded beyond: enough to compare with limits. */
  int(): number {
    const low = this.#varint();
    return (this.#high | 0) * 2 ** 32 + low;
  }

  float(): number {
    const at = this.#take(4);
    return at < 0
      ? 0
      : new DataView(this.bytes.buffer, this.bytes.byteOffset + at, 4).getFloat32(0, true);
  }

  span(): Uint8Array {
    return this.#span();
  }

  message(): Wire {
    const span = this.#span();
    if (this.#depth >= this.verdict.limits.messageDepthMax) this.#refuse('nesting_too_deep');
    const start = span.byteOffset - this.bytes.byteOffset;
    return new Wire(this.bytes, this.verdict, start, start + span.length, this.#depth + 1);
  }

  /** A packed run of numbers, or the one number of an unpacked field. */
  run(): Wire | null {
    if (this.type !== WIRE_BYTES) return null;
    return this.message();
  }

  /** UTF-8 of at most `bytesMax` bytes. */
  text(bytesMax: number = this.verdict.limits.nameBytesMax): string {
    const span = this.#span();
    if (span.length > bytesMax) {
      this.#refuse('name_too_long');
      return '';
    }
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(span);
    } catch {
      this.#refuse('bad_utf8');
      return '';
    }
  }

  #span(): Uint8Array {
    const low = this.#varint();
    const length = this.#high * 2 ** 32 + low;
    if (length > this.#end - this.#at) {
      this.#refuse('length_overflow');
      return this.bytes.subarray(this.#end, this.#end);
    }
    this.#at += length;
    return this.bytes.subarray(this.#at - length, this.#at);
  }

  #take(count: number): number {
    if (this.#end - this.#at < count) {
      this.#refuse('truncated');
      return -1;
    }
    this.#at += count;
    return this.#at - count;
  }

  /** Returns the low 32 bits, leaves the high 32 bits in #high; both unsigned. */
  #varint(): number {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#at >= this.#end) return this.#bad('truncated');
      const byte = this.bytes[this.#at++]!;
      const bits = byte & 127;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else if (shift < 63) high |= bits << (shift - 32);
      else if (byte > 1) return this.#bad('bad_varint');
      else high |= bits << 31;
      if (byte < 128) {
        this.#high = high >>> 0;
        return low >>> 0;
      }
    }
    return this.#bad('bad_varint');
  }

  #bad(code: OnnxCode): 0 {
    this.#high = 0;
    this.#refuse(code);
    return 0;
  }

  #refuse(code: OnnxCode): false {
    this.verdict.refuse(code, `byte ${this.#at}`);
    this.#at = this.#end;
    return false;
  }
}

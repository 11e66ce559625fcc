import { pickleIntegerBytesMax } from '../limits.ts';
import type { CheckpointFailure } from './failure.ts';
import type { PickleNode, PickleValue } from './pickle-value.ts';

/**
 * The state of one unpickling. A failure is sticky: the first one is kept, what is read after it
 * is empty, and the loop over opcodes stops. Every opcode takes at least one byte of the file and
 * makes at most one node, so time and memory are linear in the pickle's size.
 */
export interface PickleMachine {
  readonly bytes: Uint8Array;
  at: number;
  readonly stack: PickleValue[];
  /** Stack heights at the open MARKs. */
  readonly marks: number[];
  readonly memo: Map<number, PickleValue>;
  /** Every global named, for the report. */
  readonly globals: Set<string>;
  readonly persistentIds: Set<PickleValue>;
  failure: CheckpointFailure | undefined;
}

export function startMachine(bytes: Uint8Array, at: number): PickleMachine {
  const memo = new Map<number, PickleValue>();
  return {
    bytes,
    at,
    stack: [],
    marks: [],
    memo,
    globals: new Set(),
    persistentIds: new Set(),
    failure: undefined,
  };
}

export function refuse(m: PickleMachine, failure: CheckpointFailure): void {
  m.failure ??= failure;
}

export function refusePickle(m: PickleMachine, reason: string): void {
  refuse(m, { code: 'bad_pickle', reason, at: m.at });
}

/** The next `count` bytes, as a view. */
export function take(m: PickleMachine, count: number): Uint8Array {
  if (count > m.bytes.length - m.at) {
    refuse(m, { code: 'truncated', at: m.bytes.length });
    return new Uint8Array(0);
  }
  m.at += count;
  return m.bytes.subarray(m.at - count, m.at);
}

/** An unsigned little-endian number of 1, 2, 4 or 8 bytes. */
export function takeCount(m: PickleMachine, width: 1 | 2 | 4 | 8): number {
  let value = 0;
  for (const [i, byte] of take(m, width).entries()) value += byte * 2 ** (8 * i);
  return value;
}

export function takeInt32(m: PickleMachine): number {
  return takeCount(m, 4) | 0;
}

/** Big-endian double: pickle writes floats in network order. */
export function takeDouble(m: PickleMachine): number {
  const raw = take(m, 8);
  if (raw.length < 8) return 0;
  return new DataView(raw.buffer, raw.byteOffset, 8).getFloat64(0);
}

/** Little-endian two's complement of any length; 0 bytes mean 0. */
export function takeInteger(m: PickleMachine, byteCount: number): number | bigint {
  if (byteCount > pickleIntegerBytesMax) {
    refuse(m, { code: 'limit_exceeded', limit: 'integer_bytes', max: pickleIntegerBytesMax });
    return 0;
  }
  let value = 0n;
  for (const byte of take(m, byteCount).toReversed()) value = (value << 8n) | BigInt(byte);
  const signed = BigInt.asIntN(byteCount * 8, value);
  return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
}

/** Strict UTF-8: a name that decodes two ways is no name. */
export function takeText(m: PickleMachine, byteCount: number): string {
  const raw = take(m, byteCount);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
  } catch {
    refusePickle(m, 'text is not UTF-8');
    return '';
  }
}

/** A Python 2 string: bytes, read as latin-1. */
export function takeLatin1(m: PickleMachine, byteCount: number): string {
  return Buffer.from(take(m, byteCount)).toString('latin1');
}

/** The rest of the line, without its newline: GLOBAL's operands. */
export function takeLine(m: PickleMachine): string {
  const end = m.bytes.indexOf(0x0a, m.at);
  if (end < 0) {
    refuse(m, { code: 'truncated', at: m.bytes.length });
    return '';
  }
  const text = takeText(m, end - m.at);
  m.at++;
  return text;
}

/** Pops one value; never from below the innermost MARK. */
export function pop(m: PickleMachine): PickleValue {
  if (m.stack.length <= (m.marks.at(-1) ?? 0)) {
    refusePickle(m, 'the stack is empty');
    return null;
  }
  return m.stack.pop() as PickleValue;
}

export function peek(m: PickleMachine): PickleValue {
  if (m.stack.length <= (m.marks.at(-1) ?? 0)) {
    refusePickle(m, 'the stack is empty');
    return null;
  }
  return m.stack.at(-1) as PickleValue;
}

/** Pops the innermost MARK and all values above it. */
export function popToMark(m: PickleMachine): PickleValue[] {
  const mark = m.marks.pop();
  if (mark === undefined) {
    refusePickle(m, 'no mark is open');
    return [];
  }
  return m.stack.splice(mark);
}

export function push(m: PickleMachine, value: PickleValue): void {
  m.stack.push(value);
}

export function pushNode(m: PickleMachine, node: PickleNode): void {
  m.stack.push(node);
}

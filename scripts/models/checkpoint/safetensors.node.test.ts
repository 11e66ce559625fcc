import { describe, expect, it } from 'vitest';
import { safetensorsHeaderBytesMax, tensorsMax } from '../limits.ts';
import { safetensorsFile, saveSafetensors } from '../testing/safetensors-save.ts';
import type { SavedCheckpoint } from '../testing/torch-save.ts';
import { readCheckpoint } from './checkpoint.ts';
import type { Dtype } from './dtype.ts';
import { toFloat32 } from './tensor.ts';

const bytesOf = (values: ArrayBufferView<ArrayBuffer>) => new Uint8Array(values.buffer);

/** 1, -2 in every type that has a sign. */
const PAIRS: ReadonlyArray<readonly [dtype: Dtype, bytes: Uint8Array, numbers: number[]]> = [
  ['float64', bytesOf(Float64Array.of(1, -2)), [1, -2]],
  ['float32', bytesOf(Float32Array.of(1, -2)), [1, -2]],
  ['float16', bytesOf(Uint16Array.of(0x3c00, 0xc000)), [1, -2]],
  ['bfloat16', bytesOf(Uint16Array.of(0x3f80, 0xc000)), [1, -2]],
  ['int64', bytesOf(BigInt64Array.of(1n, -2n)), [1, -2]],
  ['int32', bytesOf(Int32Array.of(1, -2)), [1, -2]],
  ['int16', bytesOf(Int16Array.of(1, -2)), [1, -2]],
  ['int8', bytesOf(Int8Array.of(1, -2)), [1, -2]],
  ['uint8', Uint8Array.of(1, 254), [1, 254]],
  ['bool', Uint8Array.of(1, 0), [1, 0]],
];

const ALL: SavedCheckpoint = {
  storages: new Map(PAIRS.map(([dtype, bytes]) => [dtype, { dtype, bytes }])),
  tensors: new Map(
    PAIRS.map(([dtype]) => [
      `module.${dtype}`,
      { dtype, shape: [1, 2], strides: [2, 1], offset: 0, storage: dtype },
    ]),
  ),
};

function failureOf(file: Uint8Array): unknown {
  const read = readCheckpoint(file);
  return read.ok ? 'read' : read.failure;
}

const one = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
const EIGHT = [new Uint8Array(8)];

describe('a safetensors file', () => {
  it('gives tensors of every type by their names', () => {
    const read = readCheckpoint(saveSafetensors(ALL));
    if (!read.ok) throw new Error(JSON.stringify(read.failure));
    const values = [...read.value.tensors].map(([key, view]) => [key, [...toFloat32(view)]]);
    expect(values).toEqual(PAIRS.map(([dtype, , numbers]) => [dtype, numbers]));
    expect(read.value.container).toBe('safetensors');
  });

  it.each<[title: string, header: unknown, parts: Uint8Array[], failure: object]>([
    ['no tensors', {}, [], { code: 'not_a_state_dict' }],
    ['notes alone', { __metadata__: { a: 'b' } }, [], { code: 'not_a_state_dict' }],
    ['a hole', { a: { ...one, data_offsets: [8, 16] } }, [], { code: 'bad_safetensors' }],
    ['an overlap', { a: one, b: one }, EIGHT, { code: 'bad_safetensors' }],
    ['an end before its begin', { a: { ...one, data_offsets: [0, -8] } }, EIGHT, { key: 'a' }],
    ['data that is cut', { a: one }, [new Uint8Array(7)], { code: 'truncated' }],
    ['data left over', { a: one }, [new Uint8Array(9)], { code: 'bad_safetensors' }],
    ['a shape of another size', { a: { ...one, shape: [3] } }, EIGHT, { code: 'bad_tensor' }],
    ['a shape beyond numbers', { a: { ...one, shape: [2e9, 2e9] } }, EIGHT, { code: 'bad_tensor' }],
    ['a rank over the limit', rank(9), EIGHT, { code: 'bad_tensor' }],
    ['a negative size', { a: { ...one, shape: [-2] } }, EIGHT, { code: 'bad_tensor' }],
    ['an unknown type', { a: { ...one, dtype: 'F8_E4M3' } }, EIGHT, { code: 'unsupported_dtype' }],
    ['a type of JavaScript', { a: { ...one, dtype: 'toString' } }, EIGHT, { dtype: 'toString' }],
    ['a tensor that is a number', { a: 7 }, [], { code: 'bad_tensor', key: 'a' }],
    ['an unknown field', { a: { ...one, more: 1 } }, EIGHT, { code: 'bad_tensor' }],
    ['one name twice', { a: one, 'module.a': later(one) }, [new Uint8Array(16)], { key: 'a' }],
  ])('with %s is refused', (_, header, parts, failure) => {
    expect(failureOf(safetensorsFile(header, parts))).toMatchObject(failure);
  });

  it('of the highest rank is read', () => {
    expect(failureOf(safetensorsFile(rank(8), EIGHT))).toBe('read');
  });

  it('whose header is no JSON is refused', () => {
    const file = safetensorsFile({ a: one }, EIGHT);
    file[9] = 0x7b;
    expect(failureOf(file)).toMatchObject({ code: 'bad_safetensors' });
  });

  it.each([
    [safetensorsHeaderBytesMax, 'read'],
    [safetensorsHeaderBytesMax + 8, { code: 'limit_exceeded', limit: 'safetensors_header_bytes' }],
  ])('with a header of %i bytes: %o', (length, outcome) => {
    const note = 'x'.repeat(length - JSON.stringify({ a: one, __metadata__: { n: '' } }).length);
    const failure = failureOf(safetensorsFile({ a: one, __metadata__: { n: note } }, EIGHT));
    if (typeof outcome === 'string') expect(failure).toBe(outcome);
    else expect(failure).toMatchObject(outcome);
  });

  it.each([
    [tensorsMax, 'read'],
    [tensorsMax + 1, { code: 'limit_exceeded', limit: 'tensors', max: tensorsMax }],
  ])('with %i tensors: %o', (count, outcome) => {
    const empty = { dtype: 'F32', shape: [0], data_offsets: [0, 0] };
    const names = Array.from({ length: count }, (_, i) => [`t${i}`, empty]);
    expect(failureOf(safetensorsFile(Object.fromEntries(names), []))).toEqual(outcome);
  });

  it('is refused when it is cut at any byte, and never throws when one is wrong', () => {
    const file = saveSafetensors(ALL);
    let refused = 0;
    for (let at = 0; at < file.length; at++) {
      expect(failureOf(file.subarray(0, at)), `cut at ${at}`).not.toBe('read');
      const changed = file.slice();
      changed[at] = changed[at]! ^ 0xff;
      if (failureOf(changed) !== 'read') refused++;
    }
    expect(refused).toBeGreaterThan(file.length / 4);
  });
});

function later(tensor: typeof one): object {
  return { ...tensor, data_offsets: tensor.data_offsets.map((at) => at + 8) };
}

function rank(rank: number): object {
  return { a: { ...one, shape: [...new Array<number>(rank - 1).fill(1), 2] } };
}

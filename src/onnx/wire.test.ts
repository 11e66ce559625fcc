import { describe, expect, it } from 'vitest';
import { ONNX_LIMITS } from './limits.ts';
import type { Fields } from './wire.ts';
import { Verdict, Wire } from './wire.ts';

const FIELDS: Fields = new Map([
  [1, 'varint'],
  [2, 'bytes'],
  [3, 'varints'],
]);

function wire(...bytes: number[]): Wire {
  return new Wire(Uint8Array.from(bytes), new Verdict(ONNX_LIMITS));
}

describe('varints', () => {
  const CASES: ReadonlyArray<readonly [name: string, bytes: number[], value: number]> = [
    ['one byte', [0x08, 0x08], 8],
    ['two bytes', [0x08, 0x96, 0x01], 150],
    ['32 bits', [0x08, 0xff, 0xff, 0xff, 0xff, 0x0f], 2 ** 32 - 1],
    ['40 bits', [0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20], 2 ** 40],
    ['minus one', [0x08, ...new Array(9).fill(0xff), 0x01], -1],
    ['padded to ten bytes', [0x08, 0x88, ...new Array(8).fill(0x80), 0x00], 8],
  ];
  it.each(CASES)('reads %s', (_, bytes, value) => {
    const reader = wire(...bytes);
    expect(reader.next(FIELDS)).toBe(true);
    expect(reader.int()).toBe(value);
    expect(reader.verdict.failure).toBeNull();
    expect(reader.next(FIELDS)).toBe(false);
  });
});

describe('refusals', () => {
  const CASES: ReadonlyArray<readonly [name: string, bytes: number[], code: string]> = [
    ['eleven bytes', [0x08, ...new Array(10).fill(0x80), 0x00], 'bad_varint'],
    ['bits beyond 64', [0x08, ...new Array(9).fill(0xff), 0x02], 'bad_varint'],
    ['an end inside a varint', [0x08, 0x80], 'truncated'],
    ['a length beyond the end', [0x12, 0x02, 0x61], 'length_overflow'],
    ['a group', [0x0b], 'bad_wire_type'],
    ['field 0', [0x00, 0x01], 'bad_tag'],
    ['a number where bytes belong', [0x10, 0x01], 'bad_wire_type'],
    ['text that is not UTF-8', [0x12, 0x02, 0xff, 0xfe], 'bad_utf8'],
  ];
  it.each(CASES)('%s', (_, bytes, code) => {
    const reader = wire(...bytes);
    while (reader.next(FIELDS)) {
      if (reader.field === 1) reader.int();
      else reader.text();
    }
    expect(reader.verdict.failure).toMatchObject({ code });
    expect(reader.more).toBe(false);
  });
});

it('skips unknown fields of every wire type', () => {
  const unknown = [0x48, 0x01, 0x4d, 1, 2, 3, 4, 0x49, 1, 2, 3, 4, 5, 6, 7, 8, 0x4a, 0x01, 0x00];
  const reader = wire(...unknown, 0x08, 0x05);
  expect(reader.next(FIELDS)).toBe(true);
  expect(reader.int()).toBe(5);
});

it('refuses messages deeper than the limit and reads those at it', () => {
  const depth = ONNX_LIMITS.messageDepthMax;
  for (const [levels, sound] of [
    [depth - 1, true],
    [depth, false],
  ] as const) {
    let bytes: number[] = [0x08, 0x01];
    for (let i = 0; i < levels; i++) bytes = [0x12, bytes.length, ...bytes];
    let reader = wire(...bytes);
    for (let i = 0; i < levels && reader.next(FIELDS); i++) reader = reader.message();
    expect(reader.verdict.failure === null).toBe(sound);
  }
});

import { describe, expect, it } from 'vitest';
import { op, type SavedCheckpoint, saveLegacy, saveZip, zip } from '../testing/torch-save.ts';
import { readCheckpoint } from './checkpoint.ts';
import { toFloat32 } from './tensor.ts';

const bytesOf = (values: ArrayBufferView<ArrayBuffer>) => new Uint8Array(values.buffer);

/** Two views of one storage (one of them transposed), a half with subnormals, a scalar counter. */
const MIXED: SavedCheckpoint = {
  storages: new Map([
    ['0', { dtype: 'float32', bytes: bytesOf(Float32Array.of(0, 1, 2, 3, 4, 5, 6)) }],
    ['1', { dtype: 'float16', bytes: bytesOf(Uint16Array.of(0x3c00, 0x0001, 0x83ff, 0x7bff)) }],
    ['2', { dtype: 'int64', bytes: bytesOf(BigInt64Array.of(12345n)) }],
    ['10', { dtype: 'bfloat16', bytes: bytesOf(Uint16Array.of(0x3f80, 0xc049)) }],
  ]),
  tensors: new Map([
    ['plain', { dtype: 'float32', shape: [2, 3], strides: [3, 1], offset: 1, storage: '0' }],
    ['turned', { dtype: 'float32', shape: [3, 2], strides: [1, 3], offset: 1, storage: '0' }],
    ['module.half', { dtype: 'float16', shape: [4], strides: [1], offset: 0, storage: '1' }],
    ['brain', { dtype: 'bfloat16', shape: [2], strides: [1], offset: 0, storage: '10' }],
    ['counter', { dtype: 'int64', shape: [], strides: [], offset: 0, storage: '2' }],
  ]),
};

const CONTAINERS = [
  ['zip', saveZip],
  ['legacy', saveLegacy],
] as const;

/** os.system('true'), as a malicious pickle has it. */
const CALL = [...op.global('posix', 'system'), ...op.tupleOf(op.text('true')), ...op.reduce];

function failureOf(file: Uint8Array): unknown {
  const read = readCheckpoint(file);
  return read.ok ? 'read' : read.failure;
}

describe.each(CONTAINERS)('a checkpoint in a %s container', (container, save) => {
  it('gives tensors of every dtype, shared and strided storages, names without module.', () => {
    const read = readCheckpoint(save(MIXED));
    if (!read.ok) throw new Error(JSON.stringify(read.failure));
    const values = [...read.value.tensors].map(([key, view]) => [key, [...toFloat32(view)]]);
    expect(read.value.container).toBe(container);
    expect(Object.fromEntries(values)).toEqual({
      plain: [1, 2, 3, 4, 5, 6],
      turned: [1, 4, 2, 5, 3, 6],
      half: [1, 2 ** -24, -1023 * 2 ** -24, 65504],
      brain: [1, -3.140625],
      counter: [12345],
    });
  });

  it('knows the class names, and ignores what stands beside the state dict', () => {
    const classes = [...op.global('builtins', 'list'), ...op.emptyTuple, ...op.reduce];
    const names = [0x5d, ...op.mark, ...op.text('cat'), ...op.text('dog'), 0x65];
    const meta = [...op.emptyDict, ...op.mark, ...op.text('CLASSES'), ...names, ...op.setItems];
    const extra = new Map([
      ['hook', CALL],
      ['odd', classes],
      ['meta', meta],
    ]);
    const read = readCheckpoint(save({ ...MIXED, extra }));
    if (!read.ok) throw new Error(JSON.stringify(read.failure));
    expect(read.value.classes).toEqual(['cat', 'dog']);
    expect(read.value.ignored).toEqual(['posix.system', 'builtins.list']);
  });

  it('refuses a call in the place of weights by its name, and makes it not', () => {
    const file = save({ ...MIXED, intruders: new Map([['fc.weight', CALL]]) });
    expect(failureOf(file)).toEqual({
      code: 'unknown_global',
      global: 'posix.system(...)',
      key: 'fc.weight',
    });
  });

  it('refuses a tensor that reaches beyond its storage', () => {
    const bad = {
      dtype: 'float32',
      shape: [2, 3],
      strides: [3, 1],
      offset: 2,
      storage: '0',
    } as const;
    expect(
      failureOf(save({ ...MIXED, tensors: new Map([...MIXED.tensors, ['bad', bad]]) })),
    ).toMatchObject({
      code: 'bad_tensor',
      key: 'bad',
    });
  });

  it('refuses a small storage stretched to a large tensor by strides of 0', () => {
    const bad = { dtype: 'float32', shape: [9999, 9999], strides: [0, 0], offset: 0, storage: '0' };
    const tensors = new Map([...MIXED.tensors, ['bad', { ...bad, dtype: 'float32' as const }]]);
    expect(failureOf(save({ ...MIXED, tensors }))).toMatchObject({ code: 'bad_tensor' });
  });

  it('refuses the file cut at any byte, and never throws', () => {
    const file = save(MIXED);
    for (let length = 0; length < file.length; length++) {
      expect(failureOf(file.subarray(0, length)), `cut at ${length}`).not.toBe('read');
    }
  });

  it('reads or refuses the file with any byte changed, and never throws', () => {
    const file = save(MIXED);
    let refused = 0;
    for (let at = 0; at < file.length; at++) {
      const changed = file.slice();
      changed[at] = changed[at]! ^ 0xff;
      if (failureOf(changed) !== 'read') refused++;
    }
    expect(refused).toBeGreaterThan(file.length / 10);
  });
});

describe('a file that is no checkpoint', () => {
  const pickle = (code: readonly number[]) =>
    zip(new Map([['archive/data.pkl', Uint8Array.from([...op.proto, ...code, ...op.stop])]]));

  it.each([
    ['an empty file', new Uint8Array(0), 'unknown_container'],
    ['a JPEG', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46), 'unknown_container'],
    ['a call at the top', pickle(CALL), 'unknown_global'],
    ['a number at the top', pickle(op.int(7)), 'not_a_state_dict'],
    ['an empty dict', pickle(op.emptyDict), 'not_a_state_dict'],
    ['an opcode of code objects (EXT1)', pickle([0x82, 1]), 'unsupported_opcode'],
    ['INST, the old way to call', pickle([0x28, 0x69]), 'unsupported_opcode'],
    ['a stack that runs empty', pickle(op.reduce), 'bad_pickle'],
    ['a mark that was never set', pickle(op.tuple), 'bad_pickle'],
    ['a memo that was never filled', pickle([0x68, 3]), 'bad_pickle'],
    ['text that claims 4 GB', pickle([0x58, 0xff, 0xff, 0xff, 0xff]), 'truncated'],
    ['an integer of 2^31 bytes', pickle([0x8b, 0xff, 0xff, 0xff, 0x7f]), 'limit_exceeded'],
    ['a zip without a pickle', zip(new Map([['a/b', new Uint8Array(3)]])), 'bad_zip'],
    [
      'TorchScript',
      zip(
        new Map([
          ['m/data.pkl', new Uint8Array(3)],
          ['m/constants.pkl', new Uint8Array(3)],
        ]),
      ),
      'torchscript_refused',
    ],
  ])('%s is refused', (_, file, code) => {
    expect(failureOf(file)).toMatchObject({ code });
  });

  it('a compressed entry is refused, so nothing can inflate', () => {
    const file = saveZip(MIXED);
    const directory = new DataView(file.buffer).getUint32(file.length - 6, true);
    file[directory + 10] = 8;
    expect(failureOf(file)).toEqual({
      code: 'unsupported_zip',
      reason: 'archive/data.pkl is compressed',
    });
  });
});

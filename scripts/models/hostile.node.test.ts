import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import type { OnnxModel } from '../../src/onnx/graph.ts';
import { writeOnnx } from '../../src/onnx/write.ts';
import { readCheckpoint } from './checkpoint/checkpoint.ts';
import { loadFloatModel } from './commands/float-model.ts';
import { toFloatGraph } from './graph/float-graph.ts';
import { readFloatGraph } from './graph/read-float-graph.ts';
import { floatsOf, node } from './graph/tensors.ts';
import { checkpointBytesMax, pickleStepsMax } from './limits.ts';
import type { Architecture } from './network/architecture.ts';
import { buildNetwork, type Network } from './network/network.ts';
import { externalOnnx } from './testing/external-onnx.ts';
import { saveSafetensors } from './testing/safetensors-save.ts';
import { libraryKey, syntheticValues, toSaved } from './testing/synthetic.ts';
import { op, saveLegacy, saveZip, zip } from './testing/torch-save.ts';

const ARCHITECTURE: Architecture = { depth: 18, variant: 'cifar', style: 'pytorch', classes: 3 };
const SAVED = toSaved(syntheticValues(ARCHITECTURE, 1), (key) => libraryKey(key, 'mmpretrain'));
const MIB = 1024 * 1024;

const folder = mkdtempSync(join(tmpdir(), 'razorbill-hostile-'));
afterAll(() => rmSync(folder, { recursive: true }));

function put(name: string, content: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

interface Loaded {
  readonly failures: ReadonlyArray<{ readonly code: string; readonly operator?: string } | null>;
  /** Memory beyond what the process had before it read the first file. */
  readonly grownBytes: number;
}

/** In a process that may read files and do nothing else: run nothing, write nothing. */
function load(paths: readonly string[]): Loaded {
  const child = spawnSync(
    'node',
    [
      '--disable-warning=ExperimentalWarning',
      '--permission',
      '--allow-fs-read=*',
      'scripts/models/testing/load-files.ts',
    ],
    { input: paths.join('\n'), encoding: 'utf8', maxBuffer: 16 * MIB },
  );
  if (child.status !== 0) throw new Error(child.stderr);
  const lines = child.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const { baselineBytes, peakBytes } = lines.pop();
  const failures = lines.map(({ failure }) => failure);
  return { failures, grownBytes: peakBytes - baselineBytes };
}

/** A call that leaves a mark, should anybody ever make it. */
const mark = join(folder, 'executed');
const CALL = [...op.global('os', 'system'), ...op.tupleOf(op.text(`touch ${mark}`)), ...op.reduce];
const pickled = (code: readonly number[]) =>
  zip(new Map([['archive/data.pkl', Uint8Array.from([...op.proto, ...code, ...op.stop])]]));

describe('a pickle that would execute code', () => {
  const cases = [
    ['as the weights', pickled(CALL)],
    ['as a tensor (zip)', saveZip({ ...SAVED, intruders: new Map([['fc.weight', CALL]]) })],
    ['as a tensor (legacy)', saveLegacy({ ...SAVED, intruders: new Map([['fc.weight', CALL]]) })],
    ['as an argument of a tensor', saveZip({ ...SAVED, intruders: new Map([['x', wrapped()]]) })],
  ] as const;

  /** _rebuild_parameter(os.system(...)). */
  function wrapped(): number[] {
    const parameter = op.global('torch._utils', '_rebuild_parameter');
    return [...parameter, ...op.tupleOf(CALL), ...op.reduce];
  }

  it('is refused by the name of what it calls, and nothing is run', () => {
    const paths = cases.map(([name, file]) => put(`${name}.pth`, file));
    const { failures } = load(paths);
    expect(failures.map((failure) => failure?.code)).toEqual(cases.map(() => 'unknown_global'));
    expect(JSON.stringify(failures[0])).toContain('os.system');
    expect(existsSync(mark)).toBe(false);
  });

  it('beside the weights changes nothing, and is not run either', () => {
    const path = put('beside.pth', saveZip({ ...SAVED, extra: new Map([['hook', CALL]]) }));
    expect(load([path]).failures).toEqual([null]);
    expect(existsSync(mark)).toBe(false);
  });
});

describe('a file that would grow in memory', () => {
  it('is refused or bounded, whatever its form', () => {
    const zeros = deflateRawSync(Buffer.alloc(256 * MIB));
    const compressed = zip(new Map([['archive/data.pkl', new Uint8Array(zeros)]]));
    const directory = new DataView(compressed.buffer).getUint32(compressed.length - 6, true);
    compressed[directory + 10] = 8;
    new DataView(compressed.buffer).setUint32(directory + 24, 256 * MIB, true);
    const cases: ReadonlyArray<readonly [name: string, file: Uint8Array, code: string]> = [
      ['a compressed entry of 256 MiB', compressed, 'unsupported_zip'],
      ['a byte an object', emptyDicts(16 * MIB), 'limit_exceeded'],
      ['lists of lists', pickled(nested(25)), 'not_a_state_dict'],
      ['a header of 4 GiB', header(2 ** 32 - 1), 'limit_exceeded'],
      ['a header longer than the file', header(4 * MIB), 'truncated'],
      ['arrays in arrays', deepJson(4 * MIB - 1024), 'bad_tensor'],
    ];
    const { failures, grownBytes } = load(cases.map(([name, file]) => put(name, file)));
    expect(failures.map((failure) => failure?.code)).toEqual(cases.map(([, , code]) => code));
    // A pickle's steps bound it at some hundred bytes each; the largest file has 16 MiB.
    expect(grownBytes).toBeLessThan(512 * MIB);
  });

  it('beyond the limit of scripts is refused by its size, unread', () => {
    const path = join(folder, 'sparse.pth');
    writeFileSync(path, Uint8Array.of(0x50, 0x4b, 3, 4));
    truncateSync(path, checkpointBytesMax + 1);
    const { failures, grownBytes } = load([path]);
    const max = checkpointBytesMax;
    expect(failures).toEqual([{ code: 'limit_exceeded', limit: 'file_bytes', max }]);
    expect(grownBytes).toBeLessThan(32 * MIB);
  });

  it('may take as many steps as the limit says, and not one more', () => {
    const marks = (count: number) => new Array<number>(count).fill(0x28);
    const codeOf = (file: Uint8Array) => {
      const read = readCheckpoint(file);
      return read.ok ? 'read' : read.failure.code;
    };
    // PROTO, the marks, NONE; STOP is the end and counts no more.
    expect(codeOf(pickled([...marks(pickleStepsMax - 2), 0x4e]))).toBe('not_a_state_dict');
    expect(codeOf(pickled([...marks(pickleStepsMax - 1), 0x4e]))).toBe('limit_exceeded');
  });

  /** A list that holds the list before it twice, 2^depth items if anybody wrote them out. */
  function nested(depth: number): number[] {
    const code: number[] = [0x5d, 0x71, 0];
    for (let i = 1; i <= depth; i++) {
      code.push(0x5d, ...op.mark, 0x68, i - 1, 0x68, i - 1, 0x65, 0x71, i);
    }
    return code;
  }

  function emptyDicts(count: number): Uint8Array {
    const pickle = new Uint8Array(count).fill(0x7d);
    pickle.set(op.proto);
    return zip(new Map([['archive/data.pkl', pickle]]));
  }

  function header(length: number): Uint8Array {
    const file = Buffer.alloc(64);
    file.writeBigUInt64LE(BigInt(length));
    file[8] = 0x7b;
    return new Uint8Array(file);
  }

  function deepJson(bytes: number): Uint8Array {
    const half = Math.floor(bytes / 2) - 8;
    const text = Buffer.from(`{"a":${'['.repeat(half)}${']'.repeat(half)}}`);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    return new Uint8Array(Buffer.concat([length, text]));
  }
});

describe('a file that was cut', () => {
  const network = () => {
    const read = readCheckpoint(saveZip(SAVED));
    if (!read.ok) throw new Error(JSON.stringify(read.failure));
    const built = buildNetwork(read.value.tensors, undefined);
    if (!built.ok) throw new Error(JSON.stringify(built.failure));
    return built.value;
  };
  const unnoted = (built: Network) => ({ ...toFloatGraph(built, 32, 32), metadata: {} });
  const FILES: ReadonlyArray<
    readonly [form: string, make: () => Uint8Array, read: (file: Uint8Array) => { ok: boolean }]
  > = [
    ['zip', () => saveZip(SAVED), (file) => readCheckpoint(file)],
    ['legacy', () => saveLegacy(SAVED), (file) => readCheckpoint(file)],
    ['safetensors', () => saveSafetensors(SAVED), (file) => readCheckpoint(file)],
    // Without notes at its end: a file that lost nothing else is as good as whole.
    ['ONNX', () => writeOnnx(unnoted(network())), (file) => readFloatGraph(file)],
  ];

  it.each(FILES)('%s, at 300 points, is refused', (_, make, read) => {
    const file = make();
    expect(read(file).ok).toBe(true);
    const points = Array.from({ length: 100 }, (__, i) => Math.floor((file.length * i) / 100));
    for (let i = 0; i < 100; i++) points.push(i, file.length - 1 - i);
    const whole = points.filter((length) => read(file.subarray(0, length)).ok);
    expect(whole).toEqual([]);
  });
});

describe('a tensor of the wrong shape', () => {
  it('is refused with its name and both shapes', () => {
    const key = 'backbone.layer3.1.conv2.weight';
    const tensor = SAVED.tensors.get(key)!;
    const turned = { ...tensor, shape: [256, 3, 256, 3], strides: [2304, 768, 3, 1] };
    const tensors = new Map(SAVED.tensors).set(key, turned);
    expect(load([put('turned.pth', saveZip({ ...SAVED, tensors }))]).failures).toEqual([
      {
        code: 'checkpoint_mismatch',
        missing: [],
        unexpected: [],
        misshapen: [`${key} [256,3,256,3], not [256,256,3,3]`],
      },
    ]);
  });
});

describe('an ONNX file whose weights lie outside', () => {
  const home = join(folder, 'home');
  const weights = Float32Array.from({ length: 12 }, (_, i) => i - 6);
  const bias = Float32Array.of(1, 2, 3, 4);
  mkdirSync(join(home, 'deep'), { recursive: true });
  const data = Buffer.concat([Buffer.from(weights.buffer), Buffer.from(bias.buffer)]);
  for (const file of ['home/deep/w.bin', 'outside.bin']) writeFileSync(join(folder, file), data);
  symlinkSync(join(folder, 'outside.bin'), join(home, 'link.bin'));
  symlinkSync(folder, join(home, 'up'));
  spawnSync('mkfifo', [join(home, 'pipe.bin')]);

  const model: OnnxModel = {
    irVersion: 8,
    opset: 17,
    producer: 'test',
    metadata: {},
    graph: {
      name: 'g',
      nodes: [
        node('Conv', ['x', 'w', 'b'], 'f', { kernel_shape: [1, 1] }),
        node('GlobalAveragePool', ['f'], 'p'),
        node('Flatten', ['p'], 'y', { axis: 1 }),
      ],
      initializers: [],
      inputs: [{ name: 'x', type: 'float32', dims: ['N', 3, 8, 8] }],
      outputs: [{ name: 'y', type: 'float32', dims: ['N', 4] }],
    },
  };
  const fileWith = (entries: Readonly<Record<string, string>>) =>
    externalOnnx(model, [
      { name: 'w', dims: [4, 3, 1, 1], entries },
      { name: 'b', dims: [4], entries: { location: 'deep/w.bin', offset: '48', length: '16' } },
    ]);

  it('below its own folder is read', async () => {
    const path = join(home, 'sound.onnx');
    writeFileSync(path, fileWith({ location: 'deep/w.bin', length: '48' }));
    const loaded = await loadFloatModel(path);
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.failure));
    const found = loaded.value.model.graph.initializers.map((one) => [...floatsOf(one)]);
    expect(found).toEqual([[...weights], [...bias]]);
  });

  it('anywhere else is refused, and not opened', () => {
    const entries: ReadonlyArray<Readonly<Record<string, string>>> = [
      { location: '../outside.bin' },
      { location: 'deep/../../outside.bin' },
      { location: join(folder, 'outside.bin') },
      { location: '/etc/passwd' },
      { location: 'link.bin' },
      { location: 'up/outside.bin' },
      { location: '..\\outside.bin' },
      { location: 'file:outside.bin' },
      { location: '' },
      { location: '.' },
      { location: 'deep' },
      { location: 'pipe.bin' },
      { location: 'absent.bin' },
      { location: 'deep/w.bin', offset: '17' },
      { location: 'deep/w.bin', offset: '-4' },
      { location: 'deep/w.bin', offset: '999999999999999' },
      { location: 'deep/w.bin', length: '47' },
      {},
    ];
    const paths = entries.map((one, i) => put(`home/${i}.onnx`, fileWith(one)));
    const { failures, grownBytes } = load(paths);
    expect(failures.map((failure) => failure?.code)).toEqual(paths.map(() => 'external_data'));
    expect(grownBytes).toBeLessThan(32 * MIB);
  });
});

const SUITE = '../shared/suites/onnx';
const present = existsSync(`${SUITE}/manifest.json`);

describe.skipIf(!present)('the ONNX suite, by the reader of scripts (needs ../shared)', () => {
  it('is refused, every file of it that should be, with a typed error', () => {
    const { cases } = JSON.parse(readFileSync(`${SUITE}/manifest.json`, 'utf8')) as {
      cases: Array<{ file: string; expect: string; reason: string; also?: string[] }>;
    };
    const refused = cases.filter((one) => one.expect === 'refuse');
    expect(refused.length).toBe(154);
    const { failures, grownBytes } = load(refused.map(({ file }) => `${SUITE}/files/${file}`));
    const others = refused.flatMap(({ file, reason, also = [] }, i) => {
      const failure = failures[i];
      const operator = failure?.operator === undefined ? '' : `:${failure.operator}`;
      const saw = failure && failure.code + operator;
      // Some do not even begin as an ONNX file does; one begins as a zip does.
      const fits = [reason, ...also, 'unknown_container', 'bad_zip'].includes(saw ?? '');
      return fits ? [] : { file, saw };
    });
    expect(others).toEqual([]);
    expect(grownBytes).toBeLessThan(64 * MIB);
  }, 30_000);
});

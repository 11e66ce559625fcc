import { existsSync, readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildSimdKernels } from '../../../scripts/build.ts';
import type { Digest } from '../../digest.ts';
import type { ByteSource, GraphFacts } from '../engine.ts';
import { createSimdEngine } from './engine.ts';

const SUITE = '../shared/suites/onnx';
const present = existsSync(`${SUITE}/manifest.json`);
const MS_MAX = 200;
const BYTES_MAX = 64 * 2 ** 20;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Heap, buffers and WebAssembly memories, garbage that has not been collected among them. */
function takenBytes(): number {
  const { heapTotal, external } = process.memoryUsage();
  return heapTotal + external;
}

interface Numbers {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
interface Case {
  readonly file: string;
  readonly title: string;
  readonly expect: 'ok' | 'refuse';
  readonly reason?: string;
  readonly also?: readonly string[];
  readonly may_refuse?: string;
  readonly atol?: number;
  readonly inputs?: Readonly<Record<string, Numbers>>;
  readonly outputs?: Readonly<Record<string, Numbers>>;
}

function sourceOf(bytes: Uint8Array<ArrayBuffer>): ByteSource {
  return {
    bytes: bytes.length,
    async open() {
      return { ok: true, value: new Blob([bytes]).stream() };
    },
  };
}

/** Batches of a symbolic graph run picture by picture. */
const PER_PICTURE = /symbolic_batch|resnet_tiny/;

describe.skipIf(!present)('ONNX suite through the engine (needs ../shared)', () => {
  const cases: Case[] = present
    ? JSON.parse(readFileSync(`${SUITE}/manifest.json`, 'utf8')).cases
    : [];
  let module: WebAssembly.Module;

  beforeAll(async () => {
    module = await WebAssembly.compile(readFileSync(await buildSimdKernels()));
  });

  function load(one: Case, shape: readonly number[], classes: number) {
    const bytes = new Uint8Array(readFileSync(`${SUITE}/files/${one.file}`));
    const [, , height = 1, width = 1] = shape;
    const input = { height, width, layout: 'NCHW' } as const;
    const graph = '0'.repeat(64) as Digest;
    const facts: GraphFacts = { name: one.file, graph, bytes: bytes.length, input, classes };
    return createSimdEngine(module).load(sourceOf(bytes), facts);
  }

  it.each(cases.filter((one) => one.expect === 'ok'))('computes $file: $title', async (one) => {
    const [input] = Object.values(one.inputs ?? {});
    const [output] = Object.values(one.outputs ?? {});
    if (input === undefined || output === undefined) throw new Error('case without data');
    const pictures = PER_PICTURE.test(one.file) ? (input.shape[0] ?? 1) : 1;
    const shape = pictures > 1 ? [1, ...input.shape.slice(1)] : [...input.shape];
    const loaded = await load(one, shape, output.data.length / pictures);
    if (!loaded.ok && one.may_refuse !== undefined) {
      const { failure } = loaded;
      const reason = failure.code === 'graph_refused' ? failure.reason : failure.code;
      expect(reason).toMatch(/^(unsupported_|unknown_operator|output_count)/);
      return;
    }
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.failure));
    const size = input.data.length / pictures;
    const got: number[] = [];
    for (let i = 0; i < pictures; i++) {
      const data = Float32Array.from(input.data.slice(i * size, (i + 1) * size));
      const ran = await loaded.value.run({
        data,
        shape: shape as [number, number, number, number],
      });
      if (!ran.ok) throw new Error(JSON.stringify(ran.failure));
      got.push(...ran.value);
    }
    const errors = output.data.map((value, i) => Math.abs(value - (got[i] ?? Number.NaN)));
    const atol = one.atol ?? 0;
    expect(got.length).toBe(output.data.length);
    expect(Math.max(...errors)).toBeLessThanOrEqual(atol);
    expect(errors.reduce((a, b) => a + b) / errors.length).toBeLessThanOrEqual(atol / 4);
  });

  it.each(cases.filter((one) => one.expect === 'refuse'))('refuses $file', async (one) => {
    await load(one, [1, 3, 8, 8], 192);
    collectGarbage();
    const before = takenBytes();
    // CPU time: other work on the machine does not move it.
    const start = process.cpuUsage();
    const loaded = await load(one, [1, 3, 8, 8], 192);
    const { user, system } = process.cpuUsage(start);
    const ms = (user + system) / 1000;
    const bytes = takenBytes() - before;
    expect(loaded).toMatchObject({ ok: false, failure: { code: 'graph_refused' } });
    const reason =
      !loaded.ok && loaded.failure.code === 'graph_refused' ? loaded.failure.reason : '';
    expect([one.reason, ...(one.also ?? [])]).toContain(reason);
    expect(ms).toBeLessThan(MS_MAX);
    expect(bytes).toBeLessThan(BYTES_MAX);
  });
});

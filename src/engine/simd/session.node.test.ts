import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import asc from 'assemblyscript/asc';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildSimdKernels } from '../../../scripts/build.ts';
import type { Digest } from '../../digest.ts';
import { writeOnnx } from '../../onnx/write.ts';
import type { ByteSource, Engine, GraphFacts, Session, Tensor } from '../engine.ts';
import { createSimdEngine } from './engine.ts';
import { randomResnet } from './random-model.node.ts';
import { random } from './random-net.node.ts';

const facts: GraphFacts = {
  ...{ name: 'random', graph: '7'.repeat(64) as Digest, bytes: 0, classes: 10 },
  input: { height: 32, width: 32, layout: 'NCHW' },
};
const size = { classes: 10, width: 16, size: [32, 32] } as const;
const model = randomResnet({ depth: 18, variant: 'cifar', style: 'pytorch', ...size }, 3);
const onnx = writeOnnx(model);
const graph: ByteSource = {
  bytes: onnx.length,
  open: async () => ({ ok: true, value: new Blob([onnx]).stream() }),
};
const RUNS = 10_000;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await WebAssembly.compile(readFileSync(await buildSimdKernels()));
});

function tensor(seed: number): Tensor {
  const next = random(seed);
  const data = Float32Array.from({ length: 3 * 32 * 32 }, () => next() * 4 - 2);
  return { data, shape: [1, 3, 32, 32] };
}

async function load(engine: Engine): Promise<Session> {
  const loaded = await engine.load(graph, facts);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.failure));
  return loaded.value;
}

/** The kernels' exports, of which `trapping` does nothing but trap. */
async function sabotage(trapping: string): Promise<WebAssembly.Module> {
  const kernels = join(process.cwd(), 'src/engine/simd/assembly');
  const list = readFileSync(join(kernels, 'kernels.ts'), 'utf8');
  const kept = list.replace(new RegExp(`(?<=[{,] )${trapping}(, | )`), '');
  const source = `${kept}\nexport function ${trapping}(): void { unreachable(); }`;
  const options = ['--enable', 'simd', '-O2', '--runtime', 'stub', '--memoryBase', '8192'];
  let bytes = new Uint8Array(0);
  const built = await asc.main(['k.ts', '-o', 'k.wasm', '--baseDir', kernels, ...options], {
    readFile(name) {
      if (name === 'k.ts') return source;
      const path = join(kernels, name);
      return existsSync(path) ? readFileSync(path, 'utf8') : null;
    },
    writeFile(_, contents) {
      if (typeof contents !== 'string') bytes = Uint8Array.from(contents);
    },
  });
  if (built.error !== null) throw new Error(built.stderr.toString());
  return await WebAssembly.compile(bytes);
}

describe('a session', () => {
  it('refuses a tensor of another shape and works on', async () => {
    const session = await load(createSimdEngine(module));
    const wrong = await session.run({ data: new Float32Array(3), shape: [1, 3, 1, 1] });
    const failure = { code: 'tensor_mismatch', expected: [1, 3, 32, 32] };
    expect(wrong).toEqual({ ok: false, failure });
    expect((await session.run(tensor(1))).ok).toBe(true);
  });

  it('is gone after a trap, and loading again gives one that works', async () => {
    const session = await load(createSimdEngine(await sabotage('winograd')));
    const failed = { ok: false, failure: { code: 'engine_failed' } };
    expect(await session.run(tensor(1))).toMatchObject(failed);
    expect(await session.run(tensor(1))).toMatchObject({
      failure: { code: 'engine_failed', reason: 'session is gone' },
    });
    const next = await load(createSimdEngine(module));
    expect((await next.run(tensor(1))).ok).toBe(true);
  });

  it('fails typed where a trap comes while weights are packed', async () => {
    const loaded = await createSimdEngine(await sabotage('packTaps')).load(graph, facts);
    expect(loaded).toMatchObject({ ok: false, failure: { code: 'engine_failed' } });
  });

  it('is gone after dispose', async () => {
    const session = await load(createSimdEngine(module));
    session.dispose();
    expect(await session.run(tensor(1))).toMatchObject({ failure: { code: 'engine_failed' } });
  });

  it('refuses a graph whose shape is not the one that its card says', async () => {
    const engine = createSimdEngine(module);
    const classes = await engine.load(graph, { ...facts, classes: 11 });
    expect(classes).toMatchObject({ failure: { code: 'graph_refused', reason: 'output_classes' } });
    const input = { height: 33, width: 32, layout: 'NCHW' } as const;
    const shape = await engine.load(graph, { ...facts, input });
    expect(shape).toMatchObject({ failure: { code: 'graph_refused', reason: 'input_shape' } });
  });

  it('hands on a broken source and refuses one shorter or longer than it says', async () => {
    const engine = createSimdEngine(module);
    const unreadable = { code: 'graph_unreadable' } as const;
    const broken = { bytes: 9, open: async () => ({ ok: false, failure: unreadable }) as const };
    expect(await engine.load(broken, facts)).toEqual({ ok: false, failure: unreadable });
    for (const bytes of [onnx.length - 1, onnx.length + 1]) {
      const loaded = await engine.load({ ...graph, bytes }, facts);
      expect(loaded).toEqual({ ok: false, failure: unreadable });
    }
  });

  it(`${RUNS} runs leak nothing and give the same bits`, async () => {
    const session = await load(createSimdEngine(module));
    const want = await session.run(tensor(5));
    const input = tensor(5);
    for (let i = 0; i < RUNS / 2; i++) await session.run(input);
    const before = process.memoryUsage();
    for (let i = 0; i < RUNS / 2; i++) await session.run(input);
    const after = process.memoryUsage();
    const grown = after.external + after.arrayBuffers - before.external - before.arrayBuffers;
    expect(grown).toBeLessThan(2 ** 20);
    expect(after.heapUsed - before.heapUsed).toBeLessThan(2 ** 25);
    expect(await session.run(input)).toEqual(want);
  }, 300_000);
});

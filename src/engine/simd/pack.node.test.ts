import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildSimdKernels } from '../../../scripts/build.ts';
import type { Digest } from '../../digest.ts';
import { checkModel } from '../../onnx/check.ts';
import { writeOnnx } from '../../onnx/write.ts';
import type { ByteSource, GraphFacts, Session } from '../engine.ts';
import { createSimdEngine } from './engine.ts';
import type { Kernels } from './kernels.ts';
import { instantiate } from './kernels.ts';
import { lowerGraph } from './lower.ts';
import { damage, forgePack, headerOf, mutateHeader } from './mutate.node.ts';
import { readPack, writePack } from './pack.ts';
import { prepare } from './prepare.ts';
import type { Architecture } from './random-model.node.ts';
import { randomResnet } from './random-model.node.ts';
import { random } from './random-net.node.ts';

const SEED = 20261124;
const MUTATIONS = 200;
const DIGEST = '7'.repeat(64) as Digest;
const one: Architecture = {
  ...{ depth: 18, variant: 'v1d', style: 'pytorch' },
  ...{ size: [48, 40], classes: 10, width: 16 },
};
const facts: GraphFacts = {
  ...{ name: 'random', graph: DIGEST, bytes: 0, classes: 10 },
  input: { height: 48, width: 40, layout: 'NCHW' },
};

let module: WebAssembly.Module;
let onnx: Uint8Array<ArrayBuffer>;
let pack: Uint8Array;
let tensor: { data: Float32Array; shape: [number, number, number, number] };
let want: readonly number[];

beforeAll(async () => {
  module = await WebAssembly.compile(readFileSync(await buildSimdKernels()));
  const model = randomResnet(one, SEED);
  onnx = writeOnnx(model);
  const graph = checkModel(model);
  if (!graph.ok) throw new Error(graph.failure.code);
  const lowered = lowerGraph(graph.value);
  if (!lowered.ok) throw new Error(lowered.failure);
  const kernels = instantiate(module);
  const prepared = prepare(kernels, lowered.value);
  if (!prepared.ok) throw new Error(prepared.failure);
  pack = writePack(kernels, prepared.value, DIGEST);
  const next = random(SEED);
  const data = Float32Array.from({ length: 3 * 48 * 40 }, () => next() * 4 - 2);
  tensor = { data, shape: [1, 3, 48, 40] };
  want = await bits(source(onnx), null);
});

/** A source in chunks of random sizes. */
function source(bytes: Uint8Array, seed = SEED): ByteSource {
  return {
    bytes: bytes.length,
    async open() {
      const next = random(seed);
      let at = 0;
      const value = new ReadableStream<Uint8Array>({
        pull(controller) {
          const size = 1 + Math.floor(next() ** 4 * 100_000);
          if (at < bytes.length) controller.enqueue(bytes.slice(at, at + size));
          at += size;
          if (at >= bytes.length) controller.close();
        },
      });
      return { ok: true, value };
    },
  };
}

async function load(graph: ByteSource, found: ByteSource | null): Promise<Session> {
  const loaded = await createSimdEngine(module, async () => found).load(graph, facts);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.failure));
  return loaded.value;
}

async function bits(graph: ByteSource, found: ByteSource | null): Promise<readonly number[]> {
  const session = await load(graph, found);
  const ran = await session.run(tensor);
  if (!ran.ok) throw new Error(JSON.stringify(ran.failure));
  return [...ran.value];
}

const unreadable: ByteSource = {
  bytes: 1,
  open: async () => ({ ok: false, failure: { code: 'graph_unreadable' } }),
};

describe('a pack', () => {
  it('gives the bits of the graph, however its stream is cut, without the graph', async () => {
    for (let seed = 1; seed <= 5; seed++) {
      expect(await bits(unreadable, source(pack, seed))).toEqual(want);
    }
  });

  it('that is damaged, short, long, of another version or graph is passed over', async () => {
    const changed = (at: number, byte: number) => {
      const copy = pack.slice();
      copy[at] = byte ^ (copy[at] ?? 0);
      return copy;
    };
    const cases = [
      ...[0, 8, 12, 16, 20, 24, 28, 40, pack.length - 1].map((at) => changed(at, 1)),
      pack.subarray(0, pack.length - 1),
      pack.subarray(0, 20),
      new Uint8Array(0),
      Uint8Array.from([...pack, 0]),
    ];
    for (const bytes of cases) {
      const read = await readAll(instantiate(module), bytes, DIGEST);
      expect(read.ok).toBe(false);
      expect(await bits(source(onnx), source(bytes))).toEqual(want);
    }
    const other = await readAll(instantiate(module), pack, '8'.repeat(64) as Digest);
    expect(other).toEqual({ ok: false, failure: { code: 'bad_pack', what: 'header' } });
  });

  it('takes the memory that it says', async () => {
    const session = await load(unreadable, source(pack));
    expect(session.bytes % 65_536).toBe(0);
    expect(session.bytes).toBeGreaterThan(pack.length);
    expect(session.bytes).toBeLessThan(pack.length + 3 * 2 ** 20);
  });
});

async function readAll(kernels: Kernels, bytes: Uint8Array, graph: Digest) {
  const opened = await source(bytes).open();
  if (!opened.ok) throw new Error('source');
  return await readPack(kernels, opened.value, graph);
}

describe('hostile packs and graphs', () => {
  it(`${MUTATIONS} forged headers are refused or run within their memory`, async () => {
    const json = headerOf(pack);
    const next = random(SEED);
    let accepted = 0;
    for (let i = 0; i < MUTATIONS; i++) {
      const forged = forgePack(module, pack, mutateHeader(json, next));
      const loaded = await createSimdEngine(module, async () => source(forged)).load(
        unreadable,
        facts,
      );
      if (!loaded.ok) continue;
      accepted++;
      const ran = await loaded.value.run(tensor);
      expect(ran.ok || ran.failure.code === 'tensor_mismatch').toBe(true);
    }
    expect(accepted).toBeGreaterThan(0);
    expect(accepted).toBeLessThan(MUTATIONS / 2);
    expect(await bits(source(onnx), source(pack))).toEqual(want);
  });

  it(`${MUTATIONS} damaged graphs end in a session or a typed failure`, async () => {
    const next = random(SEED);
    let loadedCount = 0;
    for (let i = 0; i < MUTATIONS; i++) {
      const bytes = damage(onnx, next);
      const loaded = await createSimdEngine(module).load(source(bytes, i), facts);
      if (!loaded.ok) {
        expect(loaded.failure.code).toBe('graph_refused');
        continue;
      }
      loadedCount++;
      const ran = await loaded.value.run(tensor);
      expect(ran.ok).toBe(true);
    }
    expect(loadedCount).toBeGreaterThan(MUTATIONS / 10);
    expect(await bits(source(onnx), null)).toEqual(want);
  }, 120_000);
});

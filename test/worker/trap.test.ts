import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import kernels from '../../build/simd.wasm';
import cramped from '../../build/simd-cramped.wasm';
import trapping from '../../build/simd-trapping.wasm';
import { sha256 } from '../../src/digest.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { createSimdEngine } from '../../src/engine/simd/engine.ts';
import { ENGINE_VERSION } from '../../src/engine/simd/pack.ts';
import { packGraph } from '../../src/engine/simd/pack-graph.ts';
import { randomResnet } from '../../src/engine/simd/random-model.node.ts';
import { hashWithDigestStream } from '../../src/model/digest-stream.ts';
import { createModels, type Models } from '../../src/model/models.ts';
import { findPack, storePack } from '../../src/model/packs.ts';
import { publish } from '../../src/model/publish.ts';
import { createR2Objects } from '../../src/model/r2.ts';
import { createStore } from '../../src/model/store.ts';
import { writeOnnx } from '../../src/onnx/write.ts';
import { makePublication } from './publications.ts';

const NAME = 'trap';
const TENSOR = { data: new Float32Array(3 * 32 * 32).fill(0.5), shape: [1, 3, 32, 32] } as const;
const objects = createR2Objects((env as { readonly BUCKET: R2Bucket }).BUCKET);

async function publishRandom(withPack: boolean): Promise<void> {
  const size = { classes: 2, width: 32, size: [32, 32] } as const;
  const model = randomResnet({ depth: 18, variant: 'cifar', style: 'pytorch', ...size }, 3, false);
  const graph = writeOnnx(model);
  const { card, labels } = await makePublication(NAME, 1);
  const own = { ...card, graph: await sha256(graph), bytes: graph.length };
  expect(await publish(objects, { card: own, labels, graph })).toMatchObject({ ok: true });
  if (!withPack) return;
  const pack = packGraph(kernels, graph, own.graph);
  if (!pack.ok) throw new Error(pack.failure);
  await storePack(objects, own.graph, ENGINE_VERSION, pack.value);
}

/** The first load gets kernels that fail, every later one those of the product. */
function modelsOver(broken: WebAssembly.Module): Models {
  const modules = [broken];
  const engine: Engine = {
    ...createSimdEngine(kernels),
    load(graph, facts) {
      const find = ({ graph: digest }: typeof facts) => findPack(objects, digest, ENGINE_VERSION);
      return createSimdEngine(modules.shift() ?? kernels, find).load(graph, facts);
    },
  };
  return createModels({
    store: createStore(objects, hashWithDigestStream),
    engine,
    residentBytesMax: 64e6,
    clock: () => 0,
    refreshMs: 0,
    keepAlive: (work) => void work,
  });
}

/** The scores, or the code of the failure. */
async function classify(models: Models): Promise<string> {
  const found = await models.find(NAME);
  if (!found.ok) return found.failure.code;
  const session = await models.session(found.value);
  if (!session.ok) return session.failure.code;
  const ran = await session.value.run(TENSOR);
  session.value.release();
  return ran.ok ? `${ran.value.length} scores` : ran.failure.code;
}

describe('a session whose kernels fail is evicted, and the next request works', () => {
  it.each([
    ['a trap while it runs', trapping, false],
    ['a trap while it runs, loaded from its pack', trapping, true],
    ['no more memory while the graph is packed', cramped, false],
    ['no more memory for the pack', cramped, true],
  ])('%s', async (_, broken, withPack) => {
    await publishRandom(withPack);
    const models = modelsOver(broken);
    expect(await classify(models)).toBe('engine_failed');
    expect(models.residentBytes().bytes).toBe(0);
    expect(await classify(models)).toBe('2 scores');
    expect(models.residentBytes().bytes).toBeGreaterThan(0);
  });
});

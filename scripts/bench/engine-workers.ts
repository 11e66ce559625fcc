import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getPlatformProxy } from 'wrangler';
import { ENGINE_VERSION } from '../../src/engine/simd/pack.ts';
import { packGraph } from '../../src/engine/simd/pack-graph.ts';
import { random } from '../../src/engine/simd/random-net.node.ts';
import { graphKey } from '../../src/model/keys.ts';
import { storePack } from '../../src/model/packs.ts';
import { type Bucket, createR2Objects } from '../../src/model/r2.ts';
import { buildSimdKernels } from '../build.ts';
import type { BenchGraph } from './graphs.ts';
import type { Answer } from './workers/protocol.ts';

/** Each engine alone: workerd loads every service of a process when it starts. */
export const ENGINE_CONFIGS = {
  simd: 'scripts/bench/workers/simd.toml',
  ort: 'scripts/bench/workers/ort.toml',
} as const;

/** Graphs and their packs into the local bucket that these Workers read. */
export async function storeGraphs(
  persistPath: string,
  graphs: readonly BenchGraph[],
): Promise<void> {
  const kernels = await WebAssembly.compile(readFileSync(await buildSimdKernels()));
  const { env, dispose } = await getPlatformProxy<{ MODELS: Bucket }>({
    configPath: ENGINE_CONFIGS.simd,
    persist: { path: join(persistPath, 'v3') },
  });
  try {
    const objects = createR2Objects(env.MODELS);
    for (const { onnx, facts } of graphs) {
      const pack = packGraph(kernels, onnx, facts.graph);
      if (!pack.ok) throw new Error(`${facts.name}: ${pack.failure}`);
      const stored = [
        await objects.put(graphKey(facts.graph), onnx),
        await storePack(objects, facts.graph, ENGINE_VERSION, pack.value),
      ];
      for (const one of stored) if (!one.ok) throw new Error(JSON.stringify(one.failure));
    }
  } finally {
    await dispose();
  }
}

/** The same picture for every engine. */
export function pictureOf({ facts }: BenchGraph): Float32Array<ArrayBuffer> {
  const next = random(1);
  return Float32Array.from({ length: 3 * facts.input.height * facts.input.width }, () => {
    return next() * 4 - 2;
  });
}

/** `runs` inferences in one request. */
export async function ask(url: string, graph: BenchGraph, runs: number): Promise<Answer> {
  const { graph: digest, bytes, input, classes } = graph.facts;
  const query = new URLSearchParams({
    ...{ graph: digest, bytes: String(bytes), side: String(input.height) },
    ...{ classes: String(classes), runs: String(runs) },
  });
  const response = await fetch(`${url}/?${query}`, { method: 'POST', body: pictureOf(graph) });
  if (!response.ok) throw new Error(`${graph.name}: ${await response.text()}`);
  return (await response.json()) as Answer;
}

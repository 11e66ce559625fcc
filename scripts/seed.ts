import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getPlatformProxy } from 'wrangler';
import { ENGINE_VERSION } from '../src/engine/simd/pack.ts';
import { packGraph } from '../src/engine/simd/pack-graph.ts';
import { cardSchema } from '../src/model/card.ts';
import { labelListSchema } from '../src/model/labels.ts';
import type { ObjectStore } from '../src/model/objects.ts';
import { storePack } from '../src/model/packs.ts';
import { type Publication, publish } from '../src/model/publish.ts';
import { type Bucket, createR2Objects } from '../src/model/r2.ts';
import { buildSimdKernels } from './build.ts';

export interface SeedOptions {
  /** Names the bucket, as the binding MODELS. */
  readonly configPath: string;
  /** Where `wrangler dev --persist-to` keeps its state: the buckets lie in its folder `v3`. */
  readonly persistPath: string;
  /** Holds `<name>.json`, `<name>.onnx` and `labels/<list>.json`. */
  readonly modelsDir: string;
}

/** Written last. It says which files are in the bucket, so that a second start reads none. */
const STAMP = 'seeded-models.json';

/** Puts the embedded models into the local bucket, and answers the names that it had to put. */
export async function seedModels(options: SeedOptions): Promise<readonly string[]> {
  const state = join(options.persistPath, 'v3');
  const stamp = stampOf(options.modelsDir);
  if (existsSync(join(state, 'r2')) && readStamp(state) === stamp) return [];
  const { env, dispose } = await getPlatformProxy<{ MODELS: Bucket }>({
    configPath: options.configPath,
    persist: { path: state },
  });
  try {
    const objects = createR2Objects(env.MODELS);
    const names = listNames(options.modelsDir);
    const kernels = await WebAssembly.compile(readFileSync(await buildSimdKernels()));
    for (const name of names) {
      const model = readModel(options.modelsDir, name);
      const published = await publish(objects, model);
      // An embedded model that is not sound is our own mistake.
      if (!published.ok) throw new Error(`${name}: ${JSON.stringify(published.failure)}`);
      await storePackOf(objects, kernels, model);
    }
    writeFileSync(join(state, STAMP), stamp);
    return names;
  } finally {
    await dispose();
  }
}

/** So that an isolate's cold start is one copy. A graph that our engine doesn't cover has none. */
async function storePackOf(
  objects: ObjectStore,
  kernels: WebAssembly.Module,
  { card, graph }: Publication,
): Promise<void> {
  const pack = packGraph(kernels, graph, card.graph);
  if (!pack.ok) return;
  const stored = await storePack(objects, card.graph, ENGINE_VERSION, pack.value);
  if (!stored.ok) throw new Error(`${card.name}: ${JSON.stringify(stored.failure)}`);
}

function readModel(dir: string, name: string): Publication {
  const card = cardSchema.parse(readJson(join(dir, `${name}.json`)));
  const labels = labelListSchema.parse(readJson(join(dir, 'labels', `${card.labels}.json`)));
  return { card, labels, graph: new Uint8Array(readFileSync(join(dir, `${name}.onnx`))) };
}

/** A model is embedded when both its card and its graph are there. */
function listNames(dir: string): readonly string[] {
  return readdirSync(dir)
    .filter(
      (file) => file.endsWith('.onnx') && existsSync(join(dir, file.replace(/onnx$/, 'json'))),
    )
    .map((file) => file.slice(0, -'.onnx'.length))
    .sort();
}

function stampOf(dir: string): string {
  const files = [dir, join(dir, 'labels')]
    .flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)))
    .map((path) => ({ path, stat: statSync(path) }))
    .filter(({ stat }) => stat.isFile())
    .map(({ path, stat }) => ({ path, bytes: stat.size, modifiedMs: stat.mtimeMs }));
  return `${JSON.stringify({ engine: ENGINE_VERSION, files }, null, 2)}\n`;
}

function readStamp(state: string): string | undefined {
  const path = join(state, STAMP);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

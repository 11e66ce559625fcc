import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENGINE_VERSION } from '../src/engine/simd/pack.ts';
import { cardSchema } from '../src/model/card.ts';
import { modelKey } from '../src/model/keys.ts';
import { labelListSchema } from '../src/model/labels.ts';
import type { ObjectStore } from '../src/model/objects.ts';
import type { Publication } from '../src/model/publish.ts';
import { readDocument } from '../src/model/store.ts';
import { type LocalBucketOptions, openLocalBucket } from './models/store/local-bucket.ts';
import { createPacker, publishModel } from './models/store/publish-model.ts';

export interface SeedOptions extends LocalBucketOptions {
  /** Holds `<name>.json`, `<name>.onnx` and `labels/<list>.json`. */
  readonly modelsDir: string;
}

/** Written last. It says which files are in the bucket, so that a second start reads none. */
const STAMP = 'seeded-models.json';

interface Stamp {
  readonly engine: number;
  readonly files: ReadonlyArray<object>;
  /** What was put under each name: another graph there is the user's own, and stays. */
  readonly graphs: Readonly<Record<string, string>>;
}

/** Puts the embedded models into the local bucket, and answers the names that it had to put. */
export async function seedModels(options: SeedOptions): Promise<readonly string[]> {
  const state = join(options.persistPath, 'v3');
  const before = existsSync(join(state, 'r2')) ? readStamp(state) : undefined;
  const files = listFiles(options.modelsDir);
  if (before !== undefined && isCurrent(before, files)) return [];
  const { objects, dispose } = await openLocalBucket(options);
  try {
    const pack = await createPacker();
    const put: string[] = [];
    const graphs: Record<string, string> = {};
    for (const name of listNames(options.modelsDir)) {
      const model = readModel(options.modelsDir, name);
      graphs[name] = model.card.graph;
      if (await isUsersOwn(objects, model, before?.graphs[name])) continue;
      const published = await publishModel(objects, model, pack);
      // An embedded model that is not sound is our own mistake.
      if (!published.ok) throw new Error(`${name}: ${JSON.stringify(published.failure)}`);
      put.push(name);
    }
    const stamp: Stamp = { engine: ENGINE_VERSION, files, graphs };
    writeFileSync(join(state, STAMP), `${JSON.stringify(stamp, null, 2)}\n`);
    return put;
  } finally {
    await dispose();
  }
}

/** Somebody added a model under an embedded one's name: neither this graph nor the last one put. */
async function isUsersOwn(
  objects: ObjectStore,
  { card }: Publication,
  graphPut: string | undefined,
): Promise<boolean> {
  const there = await readDocument(objects, modelKey(card.name), cardSchema);
  if (!there.ok || there.value === undefined) return false;
  const { graph } = there.value;
  return graph !== card.graph && graph !== graphPut;
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

function listFiles(dir: string): Stamp['files'] {
  return [dir, join(dir, 'labels')]
    .flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)))
    .map((path) => ({ path, stat: statSync(path) }))
    .filter(({ stat }) => stat.isFile())
    .map(({ path, stat }) => ({ path, bytes: stat.size, modifiedMs: stat.mtimeMs }));
}

function isCurrent({ engine, files }: Stamp, found: Stamp['files']): boolean {
  return engine === ENGINE_VERSION && JSON.stringify(files) === JSON.stringify(found);
}

function readStamp(state: string): Stamp | undefined {
  const path = join(state, STAMP);
  if (!existsSync(path)) return undefined;
  const { graphs = {}, ...stamp } = readJson(path) as Stamp;
  return { ...stamp, graphs };
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getPlatformProxy } from 'wrangler';
import type { Bucket } from '../src/model/r2.ts';
import { makePublication } from '../test/worker/publications.ts';
import { openLocalBucket } from './models/store/local-bucket.ts';
import { publishModel } from './models/store/publish-model.ts';
import { seedModels } from './seed.ts';

const configPath = join(import.meta.dirname, '..', 'test', 'worker', 'ort', 'wrangler.toml');

describe('seedModels', () => {
  let folder: string;
  let modelsDir: string;
  let persistPath: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'razorbill-seed-'));
    modelsDir = join(folder, 'models');
    persistPath = join(folder, 'state');
    mkdirSync(join(modelsDir, 'labels'), { recursive: true });
    const labels = { name: 'two', labels: [{ name: 'auk' }, { name: 'gull' }] };
    writeFileSync(join(modelsDir, 'labels', 'two.json'), JSON.stringify(labels));
    embed('auk', 'first graph');
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  function embed(name: string, graph: string): void {
    writeFileSync(join(modelsDir, `${name}.onnx`), graph);
    writeFileSync(join(modelsDir, `${name}.json`), JSON.stringify(makeCard(name, graph)));
  }

  async function readKeys(): Promise<readonly string[]> {
    const { env, dispose } = await getPlatformProxy<{ MODELS: Bucket }>({
      configPath,
      persist: { path: join(persistPath, 'v3') },
    });
    const { objects } = await env.MODELS.list({ prefix: '', limit: 100 });
    const keys = objects.map((object) => object.key);
    await dispose();
    return keys;
  }

  it('puts every embedded model where the Worker looks for it', async () => {
    expect(await seedModels({ configPath, persistPath, modelsDir })).toEqual(['auk']);
    const digest = sha256('first graph');
    const stored = [`graphs/${digest}.onnx`, 'labels/two.json', 'models/auk.json'];
    expect(await readKeys()).toEqual([`cards/${digest}.json`, ...stored]);
  });

  it('does nothing when nothing changed', async () => {
    expect(await seedModels({ configPath, persistPath, modelsDir })).toEqual([]);
  });

  it('puts a model that came since, and keeps the graph of one that changed', async () => {
    embed('auk', 'second graph');
    expect(await seedModels({ configPath, persistPath, modelsDir })).toEqual(['auk']);
    const keys = await readKeys();
    expect(keys).toContain(`graphs/${sha256('first graph')}.onnx`);
    expect(keys).toContain(`graphs/${sha256('second graph')}.onnx`);
  });

  it('leaves what somebody else published under that name', async () => {
    const { objects, dispose } = await openLocalBucket({ configPath, persistPath });
    const own = await makePublication('auk', 7);
    expect(await publishModel(objects, own, () => undefined)).toMatchObject({ ok: true });
    await dispose();
    embed('auk', 'third graph');
    expect(await seedModels({ configPath, persistPath, modelsDir })).toEqual([]);
    expect(await readKeys()).not.toContain(`graphs/${sha256('third graph')}.onnx`);
  });

  it('begins anew when somebody removed the bucket', async () => {
    rmSync(join(persistPath, 'v3', 'r2'), { recursive: true });
    expect(await seedModels({ configPath, persistPath, modelsDir })).toEqual(['auk']);
    expect(await readKeys()).toContain('models/auk.json');
  });

  it('stops at a model that is not what its card says', async () => {
    cpSync(join(modelsDir, 'auk.json'), join(modelsDir, 'gull.json'));
    writeFileSync(join(modelsDir, 'gull.onnx'), 'some other graph');
    const seeding = seedModels({ configPath, persistPath, modelsDir });
    await expect(seeding).rejects.toThrow(/gull.*model_damaged/);
  });
});

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function makeCard(name: string, graph: string): Record<string, unknown> {
  return {
    name,
    graph: sha256(graph),
    bytes: graph.length,
    input: { height: 32, width: 32, layout: 'NCHW' },
    classes: 2,
    preprocess: {
      version: 1,
      resize: { rule: 'short_edge', size: 32 },
      interpolation: 'pillow-bilinear',
      crop: { height: 32, width: 32 },
      mean: [0, 0, 0],
      std: [1, 1, 1],
      channels: 'rgb',
    },
    labels: 'two',
    architecture: { family: 'resnet', depth: 18, variant: 'cifar', style: 'pytorch' },
    source: { title: 'made by a test' },
    licence: 'Apache-2.0',
    accuracy: [],
    calibration: { method: 'none', images: 0, dataset: 'none' },
    cost: [],
  };
}

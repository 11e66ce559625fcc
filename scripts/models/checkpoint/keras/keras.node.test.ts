import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadFloatModel } from '../../commands/float-model.ts';
import {
  kerasJsonBytesMax,
  kerasLayersMax,
  kerasShardsMax,
  kerasWeightsMax,
} from '../../limits.ts';
import {
  EPSILON,
  type KerasJson,
  type Naming,
  type SavedKeras,
  savedKeras,
  writeKeras,
} from '../../testing/keras-save.ts';
import { type TensorView, toFloat32 } from '../tensor.ts';
import { readKeras } from './keras.ts';

const ROOT = mkdtempSync(join(tmpdir(), 'keras-'));
afterAll(() => rmSync(ROOT, { recursive: true }));

let folders = 0;
function written(saved: SavedKeras): string {
  const folder = join(ROOT, String(folders++));
  writeKeras(folder, saved);
  return folder;
}

async function tensorsOf(folder: string): Promise<ReadonlyMap<string, TensorView>> {
  const read = await readKeras(folder);
  if (!read.ok) throw new Error(JSON.stringify(read.failure));
  return read.value.tensors;
}

const PLACES: Readonly<Record<Naming, readonly string[]>> = {
  old: ['conv1', 'bn_conv1', 'res3a_branch2b', 'bn3a_branch2b', 'res4a_branch1', 'res5c_branch2c'],
  recent: [
    'conv1_conv',
    'conv1_bn',
    'conv3_block1_2_conv',
    'conv3_block1_2_bn',
    'conv4_block1_0_conv',
    'conv5_block3_3_conv',
  ],
};

describe.each(['old', 'recent'] as const)('a Keras ResNet-50 with %s names', (naming) => {
  const saved = savedKeras(naming, 1);
  const [stem = '', stemNorm = '', conv = '', norm = '', shortcut = '', last = ''] = PLACES[naming];

  it("comes under torchvision's keys and in PyTorch's order of axes", async () => {
    const tensors = await tensorsOf(written(saved));
    expect(tensors.size).toBe(267);
    const at = (key: string) => toFloat32(tensors.get(key)!);
    const kernel = saved.values.get(`${conv}/kernel`)!;
    const weight = at('layer2.0.conv2.weight');
    expect(tensors.get('layer2.0.conv2.weight')!.shape).toEqual([4, 4, 3, 3]);
    // [h 2, w 1, i 3, o 0] of [3, 3, 4, 4] is [o 0, i 3, h 2, w 1] of [4, 4, 3, 3].
    expect(weight[0 * 36 + 3 * 9 + 2 * 3 + 1]).toBe(kernel[((2 * 3 + 1) * 4 + 3) * 4 + 0]);
    expect(tensors.get('layer3.0.downsample.0.weight')!.shape).toEqual([8, 8, 1, 1]);
    expect(at('layer3.0.downsample.0.weight')[3]).toBe(
      saved.values.get(`${shortcut}/kernel`)![3 * 8],
    );
    expect(at('layer4.2.conv3.weight')[4]).toBe(saved.values.get(`${last}/kernel`)![1]);
    expect(tensors.get('fc.weight')!.shape).toEqual([3, 8]);
    expect(at('fc.weight')[8 + 2]).toBe(saved.values.get('fc1000/kernel')![2 * 3 + 1]);
  });

  it('has its biases and its epsilon in batch norm', async () => {
    const tensors = await tensorsOf(written(saved));
    const at = (key: string) => toFloat32(tensors.get(`layer2.0.bn2.${key}`)!);
    const of = (name: string) => saved.values.get(name)!;
    expect(at('weight')).toEqual(of(`${norm}/gamma`));
    expect(at('bias')).toEqual(of(`${norm}/beta`));
    for (const c of [0, 3]) {
      const mean = of(`${norm}/moving_mean`)[c]! - of(`${conv}/bias`)[c]!;
      expect(at('running_mean')[c]).toBe(Math.fround(mean));
      const variance = of(`${norm}/moving_variance`)[c]! + EPSILON[naming];
      expect(at('running_var')[c]! + 1e-5).toBeCloseTo(variance, 7);
    }
  });

  it('computes the same stem from RGB of 0..1, normalised, as from BGR less its mean', async () => {
    const tensors = await tensorsOf(written(saved));
    const at = (key: string) => toFloat32(tensors.get(key)!);
    const of = (name: string) => saved.values.get(name)!;
    const rgb = Array.from({ length: 49 }, (_, k) => [(k * 37) % 256, (k * 91) % 256, k]);
    for (let o = 0; o < 4; o++) {
      // Keras: w [h, w, i, o] on BGR less 103.939, 116.779, 123.68.
      let sum = of(`${stem}/bias`)[o]!;
      for (const [k, [r = 0, g = 0, b = 0]] of rgb.entries()) {
        const bgr = [b - 103.939, g - 116.779, r - 123.68];
        for (const [i, x] of bgr.entries()) sum += x * of(`${stem}/kernel`)[(k * 3 + i) * 4 + o]!;
      }
      const deviation = Math.sqrt(of(`${stemNorm}/moving_variance`)[o]! + EPSILON[naming]);
      const keras =
        ((sum - of(`${stemNorm}/moving_mean`)[o]!) / deviation) * of(`${stemNorm}/gamma`)[o]! +
        of(`${stemNorm}/beta`)[o]!;
      let ours = 0;
      for (const [k, [r = 0, g = 0, b = 0]] of rgb.entries()) {
        const input = [
          (r / 255 - 0.485) / 0.229,
          (g / 255 - 0.456) / 0.224,
          (b / 255 - 0.406) / 0.225,
        ];
        for (const [i, x] of input.entries()) ours += x * at('conv1.weight')[(o * 3 + i) * 49 + k]!;
      }
      ours -= at('bn1.running_mean')[o]!;
      ours /= Math.sqrt(at('bn1.running_var')[o]! + 1e-5);
      ours = ours * at('bn1.weight')[o]! + at('bn1.bias')[o]!;
      expect(Math.abs(ours - keras)).toBeLessThan(1e-5 * Math.max(1, Math.abs(keras)) + 2e-4);
    }
  });

  it('is read by the path of model.json too, and has a digest of all its bytes', async () => {
    const folder = written(saved);
    const whole = await readKeras(folder);
    expect(whole).toMatchObject({ ok: true, value: { style: 'caffe' } });
    const again = await readKeras(join(folder, 'model.json'));
    if (!whole.ok || !again.ok) throw new Error('not read');
    expect(again.value.sha256).toBe(whole.value.sha256);
    const other = await readKeras(written(savedKeras(naming, 2)));
    expect(other.ok && other.value.sha256).not.toBe(whole.value.sha256);
  });
});

/** A fresh model, spoiled. */
function spoiled(spoil: (json: KerasJson) => void): SavedKeras {
  const saved = savedKeras('old', 1);
  spoil(saved.json);
  return saved;
}

const layerOf = (json: KerasJson, name: string) =>
  json.modelTopology.model_config.config.layers.find((layer) => layer.name === name)!;
const readsOf = (json: KerasJson, name: string) =>
  layerOf(json, name).inbound_nodes[0] as [string, number, number, object][];
const manifest = (json: KerasJson) => json.weightsManifest[0]!;
const weightOf = (json: KerasJson, name: string) =>
  manifest(json).weights.find((weight) => weight.name === name)!;

type Bad = readonly [what: string, spoil: (json: KerasJson) => void, failure: object];

const MODELS: readonly Bad[] = [
  [
    'quantized weights',
    (json) => {
      weightOf(json, 'conv1/kernel').quantization = { dtype: 'uint8', min: 0, scale: 1 };
    },
    { code: 'quantized_weight', key: 'conv1/kernel', dtype: 'uint8' },
  ],
  [
    'another dtype',
    (json) => {
      weightOf(json, 'conv1/bias').dtype = 'int32';
    },
    { code: 'unsupported_dtype', key: 'conv1/bias', dtype: 'int32' },
  ],
  [
    'weights missing, left over and misshapen, with all their names',
    (json) => {
      weightOf(json, 'bn2a_branch1/gamma').name = 'bn2a_branch1/gama';
      weightOf(json, 'res3b_branch2a/kernel').shape = [1, 1, 4, 8];
    },
    {
      code: 'checkpoint_mismatch',
      missing: ['bn2a_branch1/gamma'],
      unexpected: ['bn2a_branch1/gama'],
      misshapen: ['res3b_branch2a/kernel [1,1,4,8], not [1,1,*,4]'],
    },
  ],
  [
    'a graph model',
    (json) => {
      json.format = 'graph-model';
    },
    { code: 'not_a_layers_model', saw: 'graph-model' },
  ],
  [
    "strides in PyTorch's place",
    (json) => {
      layerOf(json, 'res3a_branch2a').config.strides = [1, 1];
    },
    { code: 'unsupported_layer', layer: 'res3a_branch2a', reason: 'its stride is 1, not 2' },
  ],
  [
    'a dilated convolution',
    (json) => {
      layerOf(json, 'res5a_branch2b').config.dilation_rate = [2, 2];
    },
    { code: 'unsupported_layer', layer: 'res5a_branch2b' },
  ],
  [
    'another activation',
    (json) => {
      layerOf(json, 'stem_relu').config.activation = 'swish';
    },
    { code: 'unsupported_layer', layer: 'stem_relu' },
  ],
  [
    'a layer that runs code',
    (json) => {
      layerOf(json, 'avg_pool').class_name = 'Lambda';
    },
    { code: 'unsupported_layer', layer: 'avg_pool', reason: expect.stringContaining('Lambda') },
  ],
  [
    'no padding before the pool',
    (json) => {
      readsOf(json, 'pool1')[0]![0] = 'stem_relu';
    },
    {
      code: 'unsupported_layer',
      layer: 'res2a_branch2a',
      reason: 'it reads pool(relu(stem.norm)), not pool(relu(stem.norm) padded by 1)',
    },
  ],
  [
    'a block without its shortcut',
    (json) => {
      readsOf(json, 'layer2.1.add').pop();
    },
    {
      code: 'unsupported_layer',
      layer: 'layer2.1.add',
      reason: 'it reads layer2.1.conv3.norm, not layer2.1.conv3.norm and relu(layer2.0.add)',
    },
  ],
  [
    'a ReLU left out',
    (json) => {
      readsOf(json, 'res5b_branch2b')[0]![0] = 'bn5b_branch2a';
    },
    { code: 'unsupported_layer', layer: 'res5b_branch2b' },
  ],
  [
    'a head on an earlier block',
    (json) => {
      readsOf(json, 'avg_pool')[0]![0] = 'layer4.1_relu';
    },
    { code: 'unsupported_layer', layer: 'fc1000' },
  ],
  [
    'a layer that reads a value twice',
    (json) => {
      const reads = readsOf(json, 'stem_relu');
      reads.push(reads[0]!);
    },
    { code: 'unsupported_layer', layer: 'stem_relu', reason: 'it reads 2 values, not one' },
  ],
  [
    'a layer that reads itself',
    (json) => {
      readsOf(json, 'layer1.0_relu')[0]![0] = 'layer1.0_relu';
    },
    { code: 'unsupported_layer', reason: expect.stringContaining('which comes later') },
  ],
  [
    'a layer of no known name',
    (json) => {
      layerOf(json, 'bn2a_branch2a').name = '__proto__';
    },
    { code: 'unsupported_layer', layer: '__proto__' },
  ],
  [
    'a weight that stands twice',
    (json) => {
      weightOf(json, 'conv1/bias').name = 'conv1/kernel';
    },
    { code: 'bad_model_json', reason: 'conv1/kernel stands twice' },
  ],
  [
    'a shape of 2^52 elements',
    (json) => {
      weightOf(json, 'conv1/kernel').shape = [2 ** 26, 2 ** 26, 1, 1];
    },
    { code: 'limit_exceeded', limit: 'checkpoint_bytes' },
  ],
  [
    'a negative size',
    (json) => {
      weightOf(json, 'conv1/kernel').shape = [-7, -7, 3, 4];
    },
    { code: 'bad_model_json' },
  ],
  [
    'one weight more than its bytes',
    (json) => {
      manifest(json).weights.push({ name: 'more', shape: [1], dtype: 'float32' });
    },
    { code: 'wrong_weight_bytes' },
  ],
];

describe('a Keras model is refused with', () => {
  it.each(MODELS)('%s', async (_, spoil, failure) => {
    expect(await readKeras(written(spoiled(spoil)))).toMatchObject({ ok: false, failure });
  });

  it.each([
    '../shard1of2.bin',
    '/etc/hostname',
    'sub/shard1of2.bin',
    '..',
    '.',
    '',
    'C:shard',
    'a\\b',
    'nul\0',
    'https://example.com/shard',
    'missing.bin',
  ])('a shard called %j', async (shard) => {
    const saved = spoiled((json) => {
      manifest(json).paths[0] = shard;
    });
    const failure = { code: 'bad_shard', shard };
    expect(await readKeras(written(saved))).toMatchObject({ ok: false, failure });
  });

  it('a shard that is a link out of the folder', async () => {
    const folder = written(savedKeras('old', 1));
    const outside = join(ROOT, 'outside.bin');
    writeFileSync(outside, new Uint8Array(16));
    symlinkSync(outside, join(folder, 'link.bin'));
    const saved = spoiled((json) => {
      manifest(json).paths[0] = 'link.bin';
    });
    writeFileSync(join(folder, 'model.json'), JSON.stringify(saved.json));
    expect(await readKeras(folder)).toMatchObject({
      failure: { code: 'bad_shard', shard: 'link.bin' },
    });
  });

  it('a shard one byte short', async () => {
    const folder = written(savedKeras('old', 1));
    truncateSync(join(folder, 'shard2of2.bin'), 100);
    expect(await readKeras(folder)).toMatchObject({ failure: { code: 'wrong_weight_bytes' } });
  });

  it.each([
    ['no JSON', '{"format":'],
    ['deep nesting', '['.repeat(1_000_000)],
    ['nothing of a model', '{}'],
    ['null', 'null'],
  ])('a model.json of %s', async (_, text) => {
    const folder = written(savedKeras('old', 1));
    writeFileSync(join(folder, 'model.json'), text);
    expect(await readKeras(folder)).toMatchObject({ failure: { code: 'bad_model_json' } });
  });

  it('no model.json at all', async () => {
    expect(await readKeras(join(ROOT, 'absent'))).toMatchObject({
      failure: { code: 'unreadable_file' },
    });
  });
});

describe('the converter', () => {
  it('takes the folder, and knows from it where the strides sit', async () => {
    const folder = written(savedKeras('old', 1));
    expect(await loadFloatModel(folder, { style: 'pytorch' })).toEqual({
      ok: false,
      failure: { code: 'style_mismatch', saw: 'caffe', asked: 'pytorch' },
    });
    // Narrow as it is, it is no ResNet-50: the network's own check says so, tensor by tensor.
    const narrow = await loadFloatModel(folder);
    expect(narrow).toMatchObject({ failure: { code: 'unknown_architecture' } });
  });
});

describe('the limits of a Keras model', () => {
  it('model.json may have its bytes, and not one more', async () => {
    const folder = written(savedKeras('old', 1));
    const text = JSON.stringify(savedKeras('old', 1).json);
    writeFileSync(join(folder, 'model.json'), text.padEnd(kerasJsonBytesMax));
    expect(await readKeras(folder)).toMatchObject({ ok: true });
    writeFileSync(join(folder, 'model.json'), text.padEnd(kerasJsonBytesMax + 1));
    expect(await readKeras(folder)).toMatchObject({ failure: { limit: 'keras_json_bytes' } });
  });

  it('shards may be as many, and not one more', async () => {
    const shards = (count: number) =>
      spoiled((json) => {
        const more = Array.from({ length: count - 2 }, (_, i) => `empty${i}.bin`);
        manifest(json).paths.push(...more);
      });
    const folder = written(shards(kerasShardsMax));
    for (let i = 0; i < kerasShardsMax - 2; i++) {
      writeFileSync(join(folder, `empty${i}.bin`), new Uint8Array(0));
    }
    expect(await readKeras(folder)).toMatchObject({ ok: true });
    const over = written(shards(kerasShardsMax + 1));
    expect(await readKeras(over)).toMatchObject({ failure: { code: 'bad_model_json' } });
  });

  it('weights may be as many, and not one more', async () => {
    const weights = (count: number) =>
      spoiled((json) => {
        const have = manifest(json).weights.length;
        for (let i = have; i < count; i++) {
          manifest(json).weights.push({ name: `more${i}`, shape: [1], dtype: 'float32' });
        }
      });
    const most = written(weights(kerasWeightsMax));
    expect(await readKeras(most)).toMatchObject({ failure: { code: 'wrong_weight_bytes' } });
    const over = written(weights(kerasWeightsMax + 1));
    expect(await readKeras(over)).toMatchObject({ failure: { code: 'bad_model_json' } });
  });

  it('layers may be as many, and not one more', async () => {
    const layers = (count: number) =>
      spoiled((json) => {
        const { config } = json.modelTopology.model_config;
        const activation = { activation: 'relu' };
        const inbound_nodes = [[['input_1', 0, 0, {}]]];
        const add = { class_name: 'Activation', name: 'more', config: activation, inbound_nodes };
        config.layers.push(...new Array(count - config.layers.length).fill(add));
      });
    expect(await readKeras(written(layers(kerasLayersMax)))).toMatchObject({ ok: true });
    const over = written(layers(kerasLayersMax + 1));
    expect(await readKeras(over)).toMatchObject({ failure: { code: 'bad_model_json' } });
  });
});

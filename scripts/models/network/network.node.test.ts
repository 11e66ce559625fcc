import { describe, expect, it } from 'vitest';
import { readCheckpoint } from '../checkpoint/checkpoint.ts';
import { hollowTensors } from '../testing/hollow.ts';
import { libraryKey, syntheticValues, toSaved } from '../testing/synthetic.ts';
import { saveLegacy, saveZip } from '../testing/torch-save.ts';
import { type Architecture, layersOf, parameterCount } from './architecture.ts';
import { foldBatchNorm } from './fold.ts';
import { buildNetwork } from './network.ts';

const CIFAR: Architecture = { depth: 18, variant: 'cifar', style: 'pytorch', classes: 3 };
const VALUES = syntheticValues(CIFAR, 7);

function tensorsOf(save: typeof saveZip, rename: (key: string) => string) {
  const saved = toSaved(VALUES, rename);
  const read = readCheckpoint(save(saved));
  if (!read.ok) throw new Error(JSON.stringify(read.failure));
  return read.value.tensors;
}

const mmpretrain = (key: string) => libraryKey(key, 'mmpretrain');
const torchvision = (key: string) => libraryKey(key, 'torchvision');

describe('architectures', () => {
  // Published parameters: mmpretrain's ResNet page and torchvision's model documentation.
  it.each([
    [{ depth: 18, variant: 'v1b', style: 'pytorch', classes: 1000 }, 11_689_512],
    [{ depth: 34, variant: 'v1b', style: 'pytorch', classes: 1000 }, 21_797_672],
    [{ depth: 50, variant: 'v1b', style: 'caffe', classes: 1000 }, 25_557_032],
    [{ depth: 101, variant: 'v1b', style: 'pytorch', classes: 1000 }, 44_549_160],
    [{ depth: 152, variant: 'v1b', style: 'pytorch', classes: 1000 }, 60_192_808],
    [{ depth: 18, variant: 'cifar', style: 'pytorch', classes: 10 }, 11_173_962],
  ] as const)('%o has %i parameters', (architecture, parameters) => {
    expect(parameterCount(layersOf(architecture))).toBe(parameters);
  });

  it.each([
    ['caffe', [2, 1]],
    ['pytorch', [1, 2]],
  ] as const)('%s style has its strides at %o', (style, strides) => {
    const layers = layersOf({ depth: 50, variant: 'v1b', style, classes: 10 });
    const strideOf = (name: string) =>
      layers.flatMap((layer) =>
        layer.op === 'conv' && layer.name === name ? layer.stride : [],
      )[0];
    expect([strideOf('layer2.0.conv1'), strideOf('layer2.0.conv2')]).toEqual(strides);
    expect(strideOf('layer2.0.downsample')).toBe(2);
  });
});

describe('a state dict', () => {
  it('gives the same network by the names of either library and in either container', () => {
    const networks = [
      buildNetwork(tensorsOf(saveZip, mmpretrain), undefined),
      buildNetwork(tensorsOf(saveZip, torchvision), undefined),
      buildNetwork(tensorsOf(saveLegacy, mmpretrain), undefined),
    ].map((built) => {
      if (!built.ok) throw new Error(JSON.stringify(built.failure));
      return built.value;
    });
    expect(networks.map((network) => network.library)).toEqual([
      'mmpretrain',
      'torchvision_or_timm',
      'mmpretrain',
    ]);
    expect(networks[0]!.architecture).toEqual(CIFAR);
    expect(networks[1]!.weights).toEqual(networks[0]!.weights);
    expect(networks[2]!.weights).toEqual(networks[0]!.weights);
  });

  it('with tensors missing, left over and misshapen is refused with all their names', () => {
    const tensors = new Map(tensorsOf(saveZip, mmpretrain));
    const variance = tensors.get('backbone.layer3.1.bn2.running_var')!;
    tensors.delete('backbone.layer3.1.bn2.running_var');
    tensors.set('backbone.layer3.1.bn2.running_oops', variance);
    const head = tensors.get('head.fc.weight')!;
    const wrong = new Map(tensors).set('head.fc.bias', { ...head, shape: [4, 512] });
    const built = buildNetwork(wrong, undefined);
    expect(built).toEqual({
      ok: false,
      failure: {
        code: 'checkpoint_mismatch',
        missing: ['backbone.layer3.1.bn2.running_var'],
        unexpected: ['backbone.layer3.1.bn2.running_oops'],
        misshapen: ['head.fc.bias [4,512], not [3]'],
      },
    });
  });

  it('of another depth is refused with what was counted', () => {
    const tensors = tensorsOf(saveZip, mmpretrain);
    const fewer = new Map([...tensors].filter(([key]) => !key.includes('layer3.1')));
    expect(buildNetwork(fewer, undefined)).toMatchObject({
      failure: {
        code: 'unknown_architecture',
        reason: expect.stringContaining('2, 2, 1, 2 basic'),
      },
    });
  });

  it('of bottlenecks asks for the style instead of guessing it', () => {
    const like50 = hollowTensors({ ...CIFAR, depth: 50, variant: 'v1b' }, 'torchvision');
    expect(buildNetwork(like50, undefined)).toEqual({
      ok: false,
      failure: { code: 'style_needed', option: '--style pytorch|caffe', depth: 50 },
    });
    const caffe = buildNetwork(like50, 'caffe');
    expect(caffe.ok && caffe.value.architecture.style).toBe('caffe');
  });

  it('without one tensor is refused by its name, whichever tensor it is', () => {
    const whole = hollowTensors({ ...CIFAR, depth: 50, variant: 'v1d' }, 'timm');
    const wrong = [...whole.keys()].filter((key) => {
      const built = buildNetwork(new Map([...whole].filter(([other]) => other !== key)), 'pytorch');
      return built.ok || !JSON.stringify(built.failure).includes(key);
    });
    expect(whole.size).toBeGreaterThan(200);
    expect(wrong).toEqual([]);
  });

  it('with a weight that is not finite is refused by its key', () => {
    const tensors = tensorsOf(saveZip, mmpretrain);
    const stem = tensors.get('backbone.bn1.running_var')!;
    const storage = stem.storage.slice();
    new DataView(storage.buffer).setFloat32(0, Number.NaN, true);
    const broken = new Map(tensors).set('backbone.bn1.running_var', { ...stem, storage });
    expect(buildNetwork(broken, undefined)).toMatchObject({
      failure: { code: 'bad_weights', key: 'backbone.conv1.weight' },
    });
  });
});

describe('folding batch norm', () => {
  it('equals the two steps one after the other', () => {
    const weight = Float32Array.of(1, -2, 0.5, 3);
    const norm = {
      scale: Float32Array.of(2, 1e-8),
      shift: Float32Array.of(0.25, -1),
      mean: Float32Array.of(0.5, 4),
      variance: Float32Array.of(0.25, 0),
    };
    const folded = foldBatchNorm(weight, norm);
    const x = [0.7, -1.3];
    for (const c of [0, 1]) {
      const sum = weight[2 * c]! * x[0]! + weight[2 * c + 1]! * x[1]!;
      const deviation = Math.sqrt(norm.variance[c]! + 1e-5);
      const normalised = ((sum - norm.mean[c]!) / deviation) * norm.scale[c]! + norm.shift[c]!;
      const direct = folded.weight[2 * c]! * x[0]! + folded.weight[2 * c + 1]! * x[1]!;
      expect(direct + folded.bias[c]!).toBeCloseTo(normalised, 5);
    }
  });
});

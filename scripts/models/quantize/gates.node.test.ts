import { describe, expect, it } from 'vitest';
import type { OnnxModel } from '../../../src/onnx/graph.ts';
import { measureLayers } from '../evaluate/layer-noise.ts';
import { toFloatGraph } from '../graph/float-graph.ts';
import { floatsOf, tensor } from '../graph/tensors.ts';
import { noisePictures } from '../testing/networks.ts';
import { TINY_SIDE, tinyNetwork } from '../testing/tiny-network.ts';
import { GATES, passGates } from './gates.ts';
import { calibrateAndQuantize, DEFAULT_OPTIONS } from './pipeline.ts';

const tinyModel = (seed: number) => toFloatGraph(tinyNetwork(seed), TINY_SIDE, TINY_SIDE);
const float = tinyModel(1);
const pictures = noisePictures(12, TINY_SIDE);
const int8 = await calibrateAndQuantize(float, pictures, DEFAULT_OPTIONS);

/** With an initializer's numbers multiplied: a scale that is wrong. */
function spoilt(model: OnnxModel, name: string, factor: number): OnnxModel {
  const initializers = model.graph.initializers.map((one) => {
    if (one.name !== name) return one;
    return tensor(
      name,
      one.dims,
      floatsOf(one).map((value) => value * factor),
    );
  });
  expect(initializers).not.toEqual(model.graph.initializers);
  return { ...model, graph: { ...model.graph, initializers } };
}

describe('the noise of layers', () => {
  it('is measured for every value that is quantized, and for the answer', async () => {
    const layers = await measureLayers(float, int8, pictures);
    const block1 = ['layer1.0.conv1', 'layer1.0.conv2', 'layer1.0'];
    const block2 = ['layer2.0.conv1', 'layer2.0.conv2', 'layer2.0.downsample', 'layer2.0'];
    const names = ['input', 'stem', ...block1, ...block2, 'pool', 'logits'];
    expect(layers.map(({ layer }) => layer)).toEqual(names);
    for (const { layer, sqnrDb, lossDb } of layers) {
      expect(sqnrDb, layer).toBeGreaterThan(20);
      expect(lossDb, layer).toBeGreaterThanOrEqual(0);
    }
    // Rounding to 1/255 of -1..1 alone: uniform values have 1/3, errors step^2 / 12.
    const step = 2 / 255;
    expect(layers[0]!.sqnrDb).toBeCloseTo(10 * Math.log10((1 / 3) * (12 / step ** 2)), 0);
    expect(layers[0]!.lossDb).toBe(0);
  });

  it('shows most loss where a scale is wrong', async () => {
    const wrong = spoilt(int8, 'layer1.0.conv1.weight.scale', 0.5);
    const layers = await measureLayers(float, wrong, pictures);
    const worst = layers.reduce((a, b) => (b.lossDb > a.lossDb ? b : a));
    expect(worst.layer).toBe('layer1.0.conv1');
  });
});

describe('the gates', () => {
  it('let a sound graph through', async () => {
    const passed = await passGates(float, int8, pictures);
    expect(passed).toMatchObject({ ok: true, value: { pictures: 12 } });
  });

  it.each([
    ['layer1.0.conv1.scale', 0.05, 'layer1.0.conv1'],
    ['stem.scale', 200, 'stem'],
    ['head.weight.scale', 4, 'logits'],
  ])('stop at a wrong %s, and name the layer', async (name, factor, layer) => {
    const stopped = await passGates(float, spoilt(int8, name, factor), pictures);
    expect(stopped).toMatchObject({ ok: false, failure: { code: 'layer_too_noisy', layer } });
  });

  it('stop where most answers change', async () => {
    const other = await calibrateAndQuantize(tinyModel(2), pictures, DEFAULT_OPTIONS);
    const gates = { ...GATES, sqnrDbMin: -100, classSpreadMin: 0 };
    expect(await passGates(float, other, pictures, gates)).toMatchObject({
      ok: false,
      failure: { code: 'low_agreement', agreement: expect.any(Number) },
    });
  });

  it('stop where scores collapse to few classes', async () => {
    const tinted = {
      ...pictures,
      tensor: async (i: number) => {
        const plane = TINY_SIDE * TINY_SIDE;
        return new Float32Array(3 * plane).fill(i % 2 ? 4 : -4, plane * (i % 3));
      },
    };
    const sound = await calibrateAndQuantize(float, tinted, DEFAULT_OPTIONS);
    const passed = await passGates(float, sound, tinted, { ...GATES, sqnrDbMin: -100 });
    expect(passed).toMatchObject({ ok: true });
    if (passed.ok) expect(passed.value.fp32_classes).toBeGreaterThan(1);
    const wrong = spoilt(sound, 'head.weight.scale', 0);
    const stopped = await passGates(float, wrong, tinted, { ...GATES, sqnrDbMin: -100 });
    expect(stopped).toMatchObject({
      ok: false,
      failure: { code: 'classes_collapsed', int8_classes: 1, layer: 'logits' },
    });
  });
});

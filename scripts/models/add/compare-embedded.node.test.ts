import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { OnnxModel } from '../../../src/onnx/graph.ts';
import { readModel } from '../../../src/onnx/read.ts';
import { MODELS } from '../commands/paths.ts';
import { compareTensors } from './compare-embedded.ts';

describe('compareTensors', () => {
  let model: OnnxModel;

  beforeAll(() => {
    const read = readModel(
      new Uint8Array(readFileSync(join(MODELS, 'resnet18_8xb16_cifar10.onnx'))),
    );
    if (!read.ok) expect.fail(JSON.stringify(read.failure));
    model = read.value;
  });

  function changed(name: RegExp, change: (raw: Uint8Array) => void): OnnxModel {
    const initializers = model.graph.initializers.map((tensor) => {
      if (!name.test(tensor.name)) return tensor;
      const raw = tensor.raw.slice();
      change(raw);
      return { ...tensor, raw };
    });
    return { ...model, graph: { ...model.graph, initializers } };
  }

  it('finds no difference where there is none', () => {
    const { weights, channels, ...rest } = compareTensors(model, model);
    expect(weights).toBe(11_164_352);
    expect(channels).toBe(4810);
    expect(rest).toEqual({
      same_structure: true,
      weights_apart: 0,
      channels_apart: 0,
      channel_scale_most: 0,
      activation_scale_most: 0,
    });
  });

  it('counts weights that are more than a step apart', () => {
    const other = changed(/^stem\.weight\.q$/, (raw) => {
      const steps = new Int8Array(raw.buffer);
      for (const [i, step] of [1, 2, 3].entries()) steps[i]! += steps[i]! > 0 ? -step : step;
    });
    expect(compareTensors(model, other)).toMatchObject({ weights_apart: 2, channels_apart: 0 });
  });

  it('tells scales of weights from those of activations', () => {
    const double = (raw: Uint8Array): void => {
      const values = new Float32Array(raw.buffer);
      values[0]! *= 2;
    };
    const weights = compareTensors(model, changed(/^stem\.weight\.scale$/, double));
    expect(weights).toMatchObject({ channels_apart: 1, channel_scale_most: 0.5 });
    expect(weights.activation_scale_most).toBe(0);
    const activations = compareTensors(model, changed(/^input\.scale$/, double));
    expect(activations).toMatchObject({ channels_apart: 0, activation_scale_most: 0.5 });
  });

  it('sees another structure', () => {
    const nodes = model.graph.nodes.slice(1);
    const other = { ...model, graph: { ...model.graph, nodes } };
    expect(compareTensors(model, other).same_structure).toBe(false);
  });
});

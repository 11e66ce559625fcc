import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../src/digest.ts';
import { cardSchema } from '../../src/model/card.ts';
import { writeOnnx } from '../../src/onnx/write.ts';
import { elementCount } from '../models/checkpoint/tensor.ts';
import { toFloatGraph } from '../models/graph/float-graph.ts';
import { type Architecture, layersOf, weightShape } from '../models/network/architecture.ts';
import type { Affine } from '../models/network/fold.ts';
import type { Network } from '../models/network/network.ts';
import type { PictureSet } from '../models/pictures/picture-set.ts';
import { PREPROCESS } from '../models/pictures/standard.ts';
import { calibrateAndQuantize, DEFAULT_OPTIONS } from '../models/quantize/pipeline.ts';

/** No ImageNet ResNet-18 is to be had here; what it costs does not depend on its weights. */
export const RANDOM_MODEL = 'resnet18_random_in1k';

const ARCHITECTURE: Architecture = { depth: 18, variant: 'v1b', style: 'pytorch', classes: 1000 };
const SIDE = 224;

/** Writes `<name>.onnx` and its card into a folder for `seedModels`. */
export async function writeRandomModel(modelsDir: string): Promise<void> {
  const random = createRandom();
  const float = toFloatGraph(randomNetwork(random), SIDE, SIDE);
  const file = writeOnnx(await calibrateAndQuantize(float, noise(random), DEFAULT_OPTIONS));
  const card = cardSchema.parse({
    name: RANDOM_MODEL,
    graph: await sha256(file),
    bytes: file.length,
    input: { height: SIDE, width: SIDE, layout: 'NCHW' },
    classes: ARCHITECTURE.classes,
    preprocess: PREPROCESS.torchvision,
    labels: 'imagenet-1k',
    architecture: { family: 'resnet', depth: 18, variant: 'v1b', style: 'pytorch' },
    source: { title: 'Random weights, to measure time and memory' },
    licence: 'Apache-2.0',
    accuracy: [],
    calibration: { method: DEFAULT_OPTIONS.method, images: 2, dataset: 'noise' },
    cost: [],
  });
  writeFileSync(join(modelsDir, `${RANDOM_MODEL}.onnx`), file);
  writeFileSync(join(modelsDir, `${RANDOM_MODEL}.json`), `${JSON.stringify(card, null, 2)}\n`);
}

/** Numbers in -1..1, the same every time. (Numerical Recipes' quick generator) */
function createRandom(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/** Variances stay near 1 from layer to layer (He et al. 2015), as trained weights have it. */
function randomNetwork(random: () => number): Network {
  const layers = layersOf(ARCHITECTURE);
  const weights = new Map<string, Affine>();
  for (const layer of layers) {
    if (layer.op !== 'conv' && layer.op !== 'head') continue;
    const shape = weightShape(layer);
    const gain = Math.sqrt(6 / elementCount(shape.slice(1)));
    const length = elementCount(shape);
    weights.set(layer.name, {
      weight: Float32Array.from({ length }, () => random() * gain),
      bias: Float32Array.from({ length: layer.outChannels }, () => random() * 0.1),
    });
  }
  const statistics = new Map();
  return {
    architecture: ARCHITECTURE,
    library: 'torchvision_or_timm',
    layers,
    weights,
    statistics,
  };
}

function noise(random: () => number): PictureSet {
  const length = 3 * SIDE * SIDE;
  const tensor = async () => Float32Array.from({ length }, () => random() * 2);
  return { name: 'noise', size: 2, tensor, label: () => undefined };
}

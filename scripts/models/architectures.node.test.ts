import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { writeOnnx } from '../../src/onnx/write.ts';
import { readCatalogue } from './catalogue.ts';
import { readCheckpoint } from './checkpoint/checkpoint.ts';
import { toFloatGraph } from './graph/float-graph.ts';
import type { Depth, Style, Variant } from './network/architecture.ts';
import { buildNetwork } from './network/network.ts';
import { saveSafetensors } from './testing/safetensors-save.ts';
import { hashedValues, libraryKey, seedOf, syntheticValues, toSaved } from './testing/synthetic.ts';
import { saveLegacy, saveZip } from './testing/torch-save.ts';

interface Fixture {
  readonly depth: Depth;
  readonly variant: Variant;
  readonly style: Style;
  readonly classes: number;
  readonly height: number;
  readonly width: number;
  readonly storage: 'float32' | 'float16';
  readonly largest: number;
  readonly sum: number;
  readonly top: number;
  readonly logits: Readonly<Record<string, number>>;
}

// Made by PyTorch: scripts/fixtures/networks.py.
const MADE: { readonly seed: number; readonly networks: readonly Fixture[] } = JSON.parse(
  readFileSync('test/fixtures/networks.json', 'utf8'),
);
const CONTAINERS = [
  ['zip', saveZip],
  ['legacy', saveLegacy],
  ['safetensors', saveSafetensors],
] as const;
const CASES = MADE.networks.map((fixture, i) => {
  const [container, save] = CONTAINERS[i % CONTAINERS.length]!;
  const { depth, variant, style, classes, height, width, storage } = fixture;
  const title =
    `ResNet-${depth} ${variant}, ${style}, ${classes} classes, ${height} x ${width}, ` +
    `${storage}, ${container}`;
  return { title, fixture, save };
});

/** The float graph made from a checkpoint with mmpretrain's keys. */
function convert(fixture: Fixture, save: typeof saveZip): Uint8Array {
  const { variant, height, width, storage } = fixture;
  const rename = (key: string) => libraryKey(key, 'mmpretrain', variant);
  const precision = storage === 'float16' ? 'mixed' : 'float32';
  const values = syntheticValues(fixture, MADE.seed);
  const checkpoint = readCheckpoint(save(toSaved(values, rename, precision)));
  if (!checkpoint.ok) throw new Error(JSON.stringify(checkpoint.failure));
  const network = buildNetwork(checkpoint.value.tensors, fixture.style);
  if (!network.ok) throw new Error(JSON.stringify(network.failure));
  const { depth, style, classes } = fixture;
  expect(network.value.architecture).toEqual({ depth, variant, style, classes });
  return writeOnnx(toFloatGraph(network.value, height, width));
}

async function run(graph: Uint8Array, { height, width }: Fixture): Promise<Float32Array> {
  const session = await InferenceSession.create(graph, { enableCpuMemArena: false });
  const pixels = hashedValues(seedOf('input', MADE.seed), 3 * height * width);
  const input = new Tensor('float32', pixels, [1, 3, height, width]);
  const { logits } = await session.run({ input });
  await session.release();
  if (!(logits?.data instanceof Float32Array)) throw new TypeError('no float32 logits');
  return logits.data;
}

describe('a converted network gives the logits of PyTorch', () => {
  it.each(CASES)('$title', async ({ fixture, save }) => {
    const logits = await run(convert(fixture, save), fixture);
    expect(logits.length).toBe(fixture.classes);
    // 1e-4 of the largest: float32 sums in another order, through up to 152 layers.
    const tolerance = 1e-4 * fixture.largest;
    const wrong = Object.entries(fixture.logits).filter(
      ([index, expected]) => !(Math.abs(logits[Number(index)]! - expected) <= tolerance),
    );
    expect(wrong).toEqual([]);
    const sum = logits.reduce((total, logit) => total + logit, 0);
    expect(Math.abs(sum - fixture.sum)).toBeLessThanOrEqual(tolerance * fixture.classes);
    expect(logits.indexOf(Math.max(...logits))).toBe(fixture.top);
  });
});

describe('the fixtures', () => {
  // Three recipes and half precision share ResNet-50's architecture.
  it.each(readCatalogue())('cover $name', ({ name, architecture, classes }) => {
    const { depth, variant, style } = architecture;
    const fixture = MADE.networks.find(
      (one) =>
        one.depth === depth &&
        one.variant === variant &&
        one.style === style &&
        (one.classes === classes || name === 'resnet50_keras_in1k') &&
        (one.storage === 'float16') === name.includes('fp16'),
    );
    expect(fixture).toBeDefined();
  });
});

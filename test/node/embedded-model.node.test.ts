import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import * as web from 'onnxruntime-web/wasm';
import { describe, expect, it } from 'vitest';
import { openFolder } from '../../scripts/models/pictures/folder.ts';
import { sha256 } from '../../src/digest.ts';
import type { Preprocess } from '../../src/image/preprocess.ts';
import { cardSchema } from '../../src/model/card.ts';

const MODELS = new URL('../../models/', import.meta.url);
const PHOTOS = new URL('../../../shared/data/imagenet-val/', import.meta.url);
const SMALL = 'resnet18_8xb16_cifar10';

const present = existsSync(PHOTOS);
if (!present) console.error('Both runtimes: skipped, ../shared/data/imagenet-val is absent');

function readModel(name: string): { bytes: Uint8Array<ArrayBuffer>; card: unknown } {
  const bytes = new Uint8Array(readFileSync(new URL(`${name}.onnx`, MODELS)));
  return { bytes, card: JSON.parse(readFileSync(new URL(`${name}.json`, MODELS), 'utf8')) };
}

describe('embedded models', () => {
  const names = readdirSync(MODELS)
    .filter((file) => file.endsWith('.onnx'))
    .map((file) => file.slice(0, -'.onnx'.length));

  it('are two', () => {
    expect(names.toSorted()).toEqual([SMALL, 'resnet50_keras_in1k']);
  });

  it.each(names)('%s has a sound card that names its very bytes and its labels', async (name) => {
    const { bytes, card: json } = readModel(name);
    const card = cardSchema.parse(json);
    expect(card.name).toBe(name);
    expect(card.graph).toBe(await sha256(bytes));
    expect(card.bytes).toBe(bytes.length);
    const file = new URL(`labels/${card.labels}.json`, MODELS);
    const list: { labels: unknown[] } = JSON.parse(readFileSync(file, 'utf8'));
    expect(list.labels).toHaveLength(card.classes);
    expect(card.accuracy.map((row) => row.precision)).toEqual(['fp32', 'int8']);
  });
});

describe.skipIf(!present)('onnxruntime-web and onnxruntime-node, one thread each', () => {
  /** Each photograph twice: whole, and its middle. */
  async function tensors(preprocess: Preprocess): Promise<Float32Array[]> {
    const found: Float32Array[] = [];
    for (const size of [32, 48]) {
      const wish = { ...preprocess, resize: { rule: 'short_edge', size } } as const;
      const opened = await openFolder(PHOTOS.pathname, wish, 500);
      if (!opened.ok) throw new Error(JSON.stringify(opened.failure));
      for (let i = 0; i < opened.value.size; i++) found.push(await opened.value.tensor(i));
    }
    return found;
  }

  /** The largest of the logits, and all that equal it. */
  function topClasses(logits: Float32Array): number[] {
    const top = Math.max(...logits);
    return [...logits.keys()].filter((index) => logits[index] === top);
  }

  it('name the same class on 99.5 % of 1,000 pictures, with logits within two steps', async () => {
    const { bytes, card } = readModel(SMALL);
    const inputs = await tensors(cardSchema.parse(card).preprocess);
    web.env.wasm.numThreads = 1;
    web.env.logLevel = 'error';
    const options = { intraOpNumThreads: 1, logSeverityLevel: 3 } as const;
    const there = await InferenceSession.create(bytes, options);
    const here = await web.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
    const dims = [1, 3, 32, 32];
    let [same, farthest, low, high] = [0, 0, 0, 0];
    for (const input of inputs) {
      const a = (await there.run({ input: new Tensor('float32', input, dims) })).logits?.data;
      const b = (await here.run({ input: new web.Tensor('float32', input, dims) })).logits?.data;
      if (!(a instanceof Float32Array && b instanceof Float32Array)) throw new TypeError('logits');
      const tops = topClasses(a);
      if (topClasses(b).some((index) => tops.includes(index))) same++;
      for (const [i, value] of a.entries()) farthest = Math.max(farthest, Math.abs(value - b[i]!));
      [low, high] = [Math.min(low, ...a), Math.max(high, ...a)];
    }
    expect(inputs).toHaveLength(1000);
    expect(same).toBeGreaterThanOrEqual(995);
    // The graph gives reals; a step is what 8 bits over the logits' range would make of them.
    expect(farthest).toBeLessThanOrEqual((2 * (high - low)) / 255);
    console.error(`same top-1: ${same} of 1000; farthest logits apart: ${farthest}`);
    await there.release();
    await here.release();
  }, 300_000);
});

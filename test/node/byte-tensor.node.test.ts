import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildSimdKernels } from '../../scripts/build.ts';
import type { ByteTensor } from '../../src/engine/engine.ts';
import { createSimdEngine } from '../../src/engine/simd/engine.ts';
import { instantiate } from '../../src/engine/simd/kernels.ts';
import { lowerGraph } from '../../src/engine/simd/lower.ts';
import { prepare } from '../../src/engine/simd/prepare.ts';
import { createProgram } from '../../src/engine/simd/program.ts';
import { nodeCodecModules } from '../../src/image/codec-modules.node.ts';
import { createImageDecoder, inspectImage, normalise, normalised } from '../../src/image/image.ts';
import type { Preprocess } from '../../src/image/preprocess.ts';
import { cardSchema } from '../../src/model/card.ts';
import { checkModel } from '../../src/onnx/check.ts';
import { readModel } from '../../src/onnx/read.ts';

const MODELS = ['resnet50_keras_in1k', 'resnet18_8xb16_cifar10'];
const SAMPLES = ['boats.jpg', 'chelsea.png'];

const module = await WebAssembly.compile(readFileSync(await buildSimdKernels()));

function readCard(name: string) {
  return cardSchema.parse(JSON.parse(readFileSync(`models/${name}.json`, 'utf8')));
}

function toBytes(bytes: Uint8Array, preprocess: Preprocess): ByteTensor {
  const { height, width } = preprocess.crop;
  return { bytes, channels: normalised(preprocess), shape: [1, 3, height, width] };
}

/** A program whose input has the given quantization; the weights are of no matter here. */
function lower(name: string) {
  const model = readModel(new Uint8Array(readFileSync(`models/${name}.onnx`)));
  const graph = model.ok ? checkModel(model.value) : model;
  const lowered = graph.ok ? lowerGraph(graph.value) : undefined;
  if (lowered === undefined || !lowered.ok) throw new Error(name);
  const kernels = instantiate(module);
  const prepared = prepare(kernels, lowered.value);
  if (!prepared.ok) throw new Error(prepared.failure);
  const { net, layout } = prepared.value;
  return (quantization?: { readonly scale: number; readonly zero: number }) => {
    const [input, ...others] = net.activations;
    const activations = [{ ...input!, ...quantization }, ...others];
    return createProgram(kernels, { ...net, activations }, layout);
  };
}

/** Every value of every channel, in a picture of the crop's size. */
function ramp({ crop }: Preprocess): Uint8Array {
  const pixels = crop.height * crop.width;
  return Uint8Array.from({ length: pixels * 3 }, (_, i) => Math.floor(i / 3) + 85 * (i % 3));
}

describe('bytes and floats are the same input', () => {
  it.each(MODELS)('%s: every value of every channel, in both orders', (name) => {
    const { preprocess } = readCard(name);
    const programOf = lower(name);
    const pixels = ramp(preprocess);
    for (const channels of ['rgb', 'bgr'] as const) {
      const card = { ...preprocess, channels };
      const program = programOf();
      program.input(normalise(pixels, card));
      const wanted = program.read(0);
      program.write(0, new Uint8Array(wanted.length));
      program.inputBytes(toBytes(pixels, card));
      expect(program.read(0)).toEqual(wanted);
      expect(new Set(wanted).size).toBeGreaterThan(100);
    }
  });

  it('whatever the quantization: halves, saturation, zero points at both ends', () => {
    const { preprocess } = readCard('resnet18_8xb16_cifar10');
    const programOf = lower('resnet18_8xb16_cifar10');
    const pixels = ramp(preprocess);
    const plain = { ...preprocess, mean: [0, 0.5, 127.5], std: [1, 1, 0.5] } as const;
    for (const card of [preprocess, plain]) {
      for (const scale of [0.0001, 0.018658448, 0.5, 1, 2, 1000]) {
        for (const zero of [0, 1, 114, 127, 255]) {
          const program = programOf({ scale, zero });
          program.input(normalise(pixels, card));
          const wanted = program.read(0);
          program.inputBytes(toBytes(pixels, card));
          expect(program.read(0)).toEqual(wanted);
        }
      }
    }
  });

  it.each(MODELS)('%s: whole pictures have the same logits', async (name) => {
    const card = readCard(name);
    const graph = new Uint8Array(readFileSync(`models/${name}.onnx`));
    const loaded = await createSimdEngine(module).load(
      {
        bytes: graph.length,
        open: async () => ({ ok: true, value: new Blob([graph]).stream() }),
      },
      card,
    );
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.failure));
    const decoder = createImageDecoder(nodeCodecModules);
    for (const sample of SAMPLES) {
      const file = new Uint8Array(readFileSync(`models/samples/${sample}`));
      const header = inspectImage(file);
      if (!header.ok) throw new Error(sample);
      const pixels = await decoder.sample(file, header.value, card.preprocess, 30e6);
      if (!pixels.ok) throw new Error(sample);
      const tensor = toBytes(pixels.value, card.preprocess);
      const data = normalise(pixels.value, card.preprocess);
      const floats = await loaded.value.run({ data, shape: tensor.shape });
      expect(await loaded.value.runBytes!(tensor)).toEqual(floats);
      expect(floats.ok).toBe(true);
    }
  });

  it('bytes of another size or number of channels are refused', async () => {
    const name = 'resnet18_8xb16_cifar10';
    const card = readCard(name);
    const graph = new Uint8Array(readFileSync(`models/${name}.onnx`));
    const source = {
      bytes: graph.length,
      open: async () => ({ ok: true, value: new Blob([graph]).stream() }) as const,
    };
    const loaded = await createSimdEngine(module).load(source, card);
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.failure));
    const tensor = toBytes(ramp(card.preprocess), card.preprocess);
    const grey = { ...tensor, channels: tensor.channels.slice(0, 1) };
    const short = { ...tensor, bytes: tensor.bytes.subarray(1) };
    for (const wrong of [grey, short]) {
      expect(await loaded.value.runBytes!(wrong)).toMatchObject({
        failure: { code: 'tensor_mismatch' },
      });
    }
  });
});

import { describe, expect, it } from 'vitest';
import module from '../../../build/simd.wasm';
import type { Digest } from '../../digest.ts';
import { checkModel } from '../../onnx/check.ts';
import { writeOnnx } from '../../onnx/write.ts';
import type { ByteSource, GraphFacts } from '../engine.ts';
import { createSimdEngine } from './engine.ts';
import { instantiate } from './kernels.ts';
import { lowerGraph } from './lower.ts';
import { at } from './net.ts';
import { writePack } from './pack.ts';
import { prepare, requantize } from './prepare.ts';
import type { Architecture } from './random-model.node.ts';
import { randomResnet } from './random-model.node.ts';
import { random } from './random-net.node.ts';
import { referenceStep } from './reference.node.ts';

// The same as in Node, but inside workerd: its compiler, its streams, no compilation at run time.
const one: Architecture = {
  ...{ depth: 50, variant: 'v1d', style: 'pytorch' },
  ...{ size: [40, 36], classes: 10, width: 8 },
};
const facts: GraphFacts = {
  ...{ name: 'random', graph: '7'.repeat(64) as Digest, bytes: 0, classes: 10 },
  input: { height: 40, width: 36, layout: 'NCHW' },
};

function source(bytes: Uint8Array<ArrayBuffer>): ByteSource {
  return {
    bytes: bytes.length,
    open: async () => ({ ok: true, value: new Blob([bytes]).stream() }),
  };
}

function lowered() {
  const model = randomResnet(one, 9);
  const graph = checkModel(model);
  if (!graph.ok) throw new Error(graph.failure.code);
  const result = lowerGraph(graph.value);
  if (!result.ok) throw new Error(result.failure);
  return { model, ...result.value };
}

function picture(): Float32Array {
  const next = random(9);
  return Float32Array.from({ length: 3 * 40 * 36 }, () => next() * 4 - 2);
}

/** Logits by the plain references alone. */
function referenceLogits(data: Float32Array): number[] {
  const { net, dense } = lowered();
  const input = at(net.activations, 0);
  const pixels = input.height * input.width;
  const image = Uint8Array.from(data, (_, i) => {
    return requantize(data[(i % 3) * pixels + Math.floor(i / 3)] ?? 0, input);
  });
  const values = new Map<number, Uint8Array>([[0, image]]);
  for (const step of net.steps) {
    if (step.kind === 'dense') throw new Error('not here');
    const read = (id: number) => values.get(id) ?? new Uint8Array(0);
    values.set(step.y, referenceStep(net, step, dense.get(step), read));
  }
  const { scale, zero } = at(net.activations, net.output ?? 0);
  return [...(values.get(net.output ?? 0) ?? [])].map((q) => Math.fround((q - zero) * scale));
}

describe('the engine in workerd', () => {
  it('gives the logits of the integer reference, from the graph and from its pack', async () => {
    const { model, net, dense } = lowered();
    const onnx = Uint8Array.from(writeOnnx(model));
    const data = picture();
    const want = referenceLogits(data);
    expect(new Set(want).size).toBeGreaterThan(3);

    const kernels = instantiate(module);
    const prepared = prepare(kernels, { net, dense });
    if (!prepared.ok) throw new Error(prepared.failure);
    const pack = writePack(kernels, prepared.value, facts.graph);
    for (const found of [null, source(Uint8Array.from(pack))]) {
      const loaded = await createSimdEngine(module, async () => found).load(source(onnx), facts);
      if (!loaded.ok) throw new Error(JSON.stringify(loaded.failure));
      const ran = await loaded.value.run({ data, shape: [1, 3, 40, 36] });
      expect(ran.ok && [...ran.value]).toEqual(want);
      loaded.value.dispose();
    }
  });
});

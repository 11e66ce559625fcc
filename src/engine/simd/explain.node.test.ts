import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { buildSimdKernels } from '../../../scripts/build.ts';
import { checkModel } from '../../onnx/check.ts';
import { explain, explainMemory } from './explain.ts';
import { instantiate } from './kernels.ts';
import { lowerGraph } from './lower.ts';
import { prepare } from './prepare.ts';
import { randomResnet } from './random-model.node.ts';

it('shows the plan of ResNet-18: additions fused, activations reused', async () => {
  const common = { variant: 'v1b', style: 'pytorch', size: [224, 224] } as const;
  const graph = checkModel(randomResnet({ ...common, depth: 18, classes: 1000, width: 64 }, 1));
  if (!graph.ok) throw new Error(graph.failure.code);
  const lowered = lowerGraph(graph.value);
  if (!lowered.ok) throw new Error(lowered.failure);
  const module = await WebAssembly.compile(readFileSync(await buildSimdKernels()));
  const prepared = prepare(instantiate(module), lowered.value);
  if (!prepared.ok) throw new Error(prepared.failure);
  const { net, layout } = prepared.value;
  const rows = explain(net, layout);
  const kinds = rows.map(({ kind }) => kind);
  expect(rows.length).toBe(23);
  expect(kinds.filter((kind) => kind.endsWith('+ add')).length).toBe(8);
  expect(kinds).not.toContain('add');
  expect(rows[0]).toMatchObject({ kind: 'stem', shape: '3>64 @112x112', kernel: '7x7/2' });
  expect(rows.reduce((sum, { macs }) => sum + macs, 0)).toBe(1_814_073_344);
  // Bars of the design: 20 MB in all, and activations reused.
  expect(layout.bytes).toBeLessThan(20e6);
  const memory = explainMemory(net, layout);
  expect(memory.activations).toBeLessThan((memory.activationsWithoutReuse ?? 0) / 2);
});

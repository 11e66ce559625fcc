import { readFileSync } from 'node:fs';
import { instantiate } from '../../src/engine/simd/kernels.ts';
import type { Layout } from '../../src/engine/simd/layout.ts';
import { lowerGraph } from '../../src/engine/simd/lower.ts';
import type { Net } from '../../src/engine/simd/net.ts';
import { at } from '../../src/engine/simd/net.ts';
import { prepare } from '../../src/engine/simd/prepare.ts';
import type { Program } from '../../src/engine/simd/program.ts';
import { createProgram } from '../../src/engine/simd/program.ts';
import { checkModel } from '../../src/onnx/check.ts';
import { onnxReason } from '../../src/onnx/failure.ts';
import { readModel } from '../../src/onnx/read.ts';
import { fail, ok, type Result } from '../../src/result.ts';
import { buildPeak, buildSimdKernels } from '../build.ts';

export interface OpenedProgram {
  readonly net: Net;
  readonly layout: Layout;
  readonly program: Program;
  readonly memoryBytes: number;
}

const PEAK_TURNS = 500_000;
const PEAK_MACS_PER_TURN = 80;
const PEAK_TRIES = 60;

/** An ONNX file in our engine, step by step; a reason where it is not covered. */
export async function openProgram(onnx: Uint8Array): Promise<Result<OpenedProgram, string>> {
  const module = await WebAssembly.compile(readFileSync(await buildSimdKernels()));
  const model = readModel(onnx);
  if (!model.ok) return fail(onnxReason(model.failure));
  const graph = checkModel(model.value);
  if (!graph.ok) return fail(onnxReason(graph.failure));
  const lowered = lowerGraph(graph.value);
  if (!lowered.ok) return lowered;
  const kernels = instantiate(module);
  const prepared = prepare(kernels, lowered.value);
  if (!prepared.ok) return prepared;
  const { net, layout } = prepared.value;
  const program = createProgram(kernels, net, layout);
  return ok({ net, layout, program, memoryBytes: kernels.memory.buffer.byteLength });
}

/** The best of several runs of each step, in ms: wall time, for steps are short. */
export function measureSteps({ net, program }: OpenedProgram, runs: number): readonly number[] {
  const best = net.steps.map(() => Number.POSITIVE_INFINITY);
  for (let run = 0; run < runs; run++) {
    net.steps.forEach((_, index) => {
      const start = performance.now();
      program.step(index);
      best[index] = Math.min(at(best, index), performance.now() - start);
    });
  }
  return best;
}

/** The best of several runs of the pmaddwd and paddd loop, in GMAC/s. */
export async function measurePeak(): Promise<number> {
  const module = await WebAssembly.compile(readFileSync(await buildPeak()));
  const instance = await WebAssembly.instantiate(module, { env: { abort() {} } });
  const { peak } = instance.exports as { peak: (turns: number) => number };
  let best = 0;
  for (let i = 0; i < PEAK_TRIES; i++) {
    // The optimizing compiler works beside us: give it time between two tries.
    await new Promise((resume) => setTimeout(resume, 5));
    const start = performance.now();
    peak(PEAK_TURNS);
    best = Math.max(best, (PEAK_TURNS * PEAK_MACS_PER_TURN) / (performance.now() - start) / 1e6);
  }
  return best;
}

// `npm run bench:engine [-- --runs 20 --layers --random 18,50 model.onnx ...]`
// Our engine, onnxruntime-web and onnxruntime-node, one thread each, alternating in one process,
// CPU time. Without files: random ResNets at 224. Judge by the ratios of one run, never by
// milliseconds. All three take the f32 tensor and return f32 logits.
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import * as ortNode from 'onnxruntime-node';
import * as ortWeb from 'onnxruntime-web';
import { instantiate } from '../../src/engine/simd/kernels.ts';
import { lowerGraph } from '../../src/engine/simd/lower.ts';
import type { Net } from '../../src/engine/simd/net.ts';
import { at, macsOf } from '../../src/engine/simd/net.ts';
import { prepare } from '../../src/engine/simd/prepare.ts';
import type { Program } from '../../src/engine/simd/program.ts';
import { createProgram } from '../../src/engine/simd/program.ts';
import { randomResnet } from '../../src/engine/simd/random-model.node.ts';
import { random } from '../../src/engine/simd/random-net.node.ts';
import { checkModel } from '../../src/onnx/check.ts';
import { readModel } from '../../src/onnx/read.ts';
import { writeOnnx } from '../../src/onnx/write.ts';
import { buildPeak, buildSimdKernels } from '../build.ts';

const WARM_UP = 3;
const PEAK_TURNS = 500_000;
const PEAK_MACS_PER_TURN = 80;

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return at(sorted, Math.floor(share * (sorted.length - 1)));
}

const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

interface Loaded {
  readonly net: Net;
  readonly program: Program;
  readonly memoryBytes: number;
  readonly loadMs: number;
}

async function load(bytes: Uint8Array): Promise<Loaded> {
  const module = await WebAssembly.compile(readFileSync(await buildSimdKernels()));
  const start = cpuMs();
  const model = readModel(bytes);
  const graph = model.ok ? checkModel(model.value) : model;
  if (!graph.ok) throw new Error(JSON.stringify(graph.failure));
  const lowered = lowerGraph(graph.value);
  if (!lowered.ok) throw new Error(lowered.failure);
  const kernels = instantiate(module);
  const prepared = prepare(kernels, lowered.value);
  if (!prepared.ok) throw new Error(prepared.failure);
  const { net, layout } = prepared.value;
  const program = createProgram(kernels, net, layout);
  return {
    ...{ net, program },
    memoryBytes: kernels.memory.buffer.byteLength,
    loadMs: cpuMs() - start,
  };
}

/** The best of several runs of the pmaddwd and paddd loop, in GMAC/s. */
async function measurePeak(): Promise<number> {
  const module = await WebAssembly.compile(readFileSync(await buildPeak()));
  const instance = await WebAssembly.instantiate(module, { env: { abort() {} } });
  const { peak } = instance.exports as { peak: (turns: number) => number };
  let best = 0;
  for (let i = 0; i < 60; i++) {
    // The optimizing compiler works beside us: give it time between two tries.
    await new Promise((resume) => setTimeout(resume, 5));
    const start = performance.now();
    peak(PEAK_TURNS);
    best = Math.max(best, (PEAK_TURNS * PEAK_MACS_PER_TURN) / (performance.now() - start) / 1e6);
  }
  return best;
}

async function bench(
  name: string,
  bytes: Uint8Array,
  runs: number,
  layers: boolean,
): Promise<void> {
  const { net, program, memoryBytes, loadMs } = await load(bytes);
  const { height, width, channels } = at(net.activations, 0);
  const next = random(1);
  const data = Float32Array.from({ length: channels * height * width }, () => next() * 4 - 2);
  const shape = [1, channels, height, width];
  ortWeb.env.wasm.numThreads = 1;
  const web = await ortWeb.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
  const node = await ortNode.InferenceSession.create(bytes, {
    ...{ intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 },
  });
  const webTensor = new ortWeb.Tensor('float32', data, shape);
  const nodeTensor = new ortNode.Tensor('float32', data, shape);
  const engines: Record<string, () => Promise<unknown>> = {
    async simd() {
      program.input(data);
      for (let i = 0; i < net.steps.length; i++) program.step(i);
      return program.output();
    },
    ort: () => web.run({ [at(web.inputNames, 0)]: webTensor }),
    node: () => node.run({ [at(node.inputNames, 0)]: nodeTensor }),
  };
  const times: Record<string, number[]> = {};
  const first: Record<string, number> = {};
  for (let run = 0; run < runs + WARM_UP; run++) {
    for (const [engine, infer] of Object.entries(engines)) {
      const start = cpuMs();
      await infer();
      const ms = cpuMs() - start;
      first[engine] ??= ms;
      times[engine] ??= [];
      if (run >= WARM_UP) times[engine].push(ms);
    }
  }
  const of = (engine: string, share: number) => quantile(times[engine] ?? [], share);
  const ratio = (share: number) => round(of('ort', share) / of('simd', share));
  const summary = Object.keys(engines).map((engine) => {
    const [min, median, p95] = [0, 0.5, 0.95].map((share) => round(of(engine, share)));
    return [engine, { min, median, p95, first: round(first[engine] ?? 0) }];
  });
  const machine = `${cpus()[0]?.model ?? ''}, Node ${process.versions.node}`;
  const line = {
    ...{ model: name, machine, runs, unit: 'CPU ms' },
    ...Object.fromEntries(summary),
    ort_by_simd: { min: ratio(0), median: ratio(0.5) },
    simd_by_node: round(of('simd', 0) / of('node', 0)),
    ...{ memory_mb: round(memoryBytes / 2 ** 20), load_ms: round(loadMs) },
  };
  console.log(JSON.stringify(line));
  if (layers) await benchLayers(net, program, runs);
  await web.release();
  await node.release();
}

async function benchLayers(net: Net, program: Program, runs: number): Promise<void> {
  const peak = await measurePeak();
  const best = net.steps.map(() => Number.POSITIVE_INFINITY);
  for (let run = 0; run < runs; run++) {
    net.steps.forEach((_, index) => {
      const start = performance.now();
      program.step(index);
      best[index] = Math.min(at(best, index), performance.now() - start);
    });
  }
  console.log(`peak ${round(peak, 1)} GMAC/s; per step: ms, GMAC/s, share of the peak`);
  net.steps.forEach((step, index) => {
    const ms = at(best, index);
    const speed = macsOf(net, step) / ms / 1e6;
    const algorithm = step.kind === 'conv' ? step.algorithm : step.kind;
    const x = at(net.activations, step.kind === 'add' ? step.a : step.x);
    const y = 'y' in step ? at(net.activations, step.y) : null;
    const shape = `${x.channels}>${y?.channels ?? ''} @${y?.height ?? 1}x${y?.width ?? 1}`;
    const kernel = 'kernel' in step ? `${step.kernel.join('x')}` : '';
    const columns = [shape.padEnd(20), kernel.padEnd(4), algorithm.padEnd(9), ms.toFixed(3)];
    const share = `${Math.round((100 * speed) / peak)}%`;
    console.log(...columns, ...(speed > 0 ? [speed.toFixed(1), share] : []));
  });
  console.log('sum', round(best.reduce((a, b) => a + b)));
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '20' },
    layers: { type: 'boolean', default: false },
    random: { type: 'string', default: '18,50' },
  },
});
const runs = Number(values.runs);
for (const file of positionals) {
  await bench(basename(file), new Uint8Array(readFileSync(file)), runs, values.layers);
}
if (positionals.length === 0) {
  const wanted = values.random.split(',').map(Number);
  const common = { variant: 'v1b', style: 'pytorch', size: [224, 224] } as const;
  for (const depth of ([18, 34, 50, 101, 152] as const).filter((one) => wanted.includes(one))) {
    const model = randomResnet({ ...common, depth, classes: 1000, width: 64 }, depth);
    await bench(`resnet${depth} (random)`, writeOnnx(model), runs, values.layers);
  }
}

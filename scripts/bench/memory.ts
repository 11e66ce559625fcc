// `npm run bench:memory`: for each depth of the catalogue, random weights at 224 (CIFAR at 32),
// WASM memory of a session, pack and ONNX sizes, time to ready, and what JavaScript holds on the
// way. Each model runs in a process of its own, since memory peaks cannot be taken back.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Digest } from '../../src/digest.ts';
import { instantiate } from '../../src/engine/simd/kernels.ts';
import { lowerGraph } from '../../src/engine/simd/lower.ts';
import { readPack, writePack } from '../../src/engine/simd/pack.ts';
import { prepare } from '../../src/engine/simd/prepare.ts';
import { createProgram } from '../../src/engine/simd/program.ts';
import type { Architecture } from '../../src/engine/simd/random-model.node.ts';
import { randomResnet } from '../../src/engine/simd/random-model.node.ts';
import { checkModel } from '../../src/onnx/check.ts';
import { readModel } from '../../src/onnx/read.ts';
import { writeOnnx } from '../../src/onnx/write.ts';
import { buildSimdKernels } from '../build.ts';

const common = { variant: 'v1b', style: 'pytorch', classes: 1000, width: 64 } as const;
const MODELS: Readonly<Record<string, Architecture>> = {
  cifar18: { ...common, depth: 18, variant: 'cifar', size: [32, 32], classes: 10 },
  resnet18: { ...common, depth: 18, size: [224, 224] },
  resnet34: { ...common, depth: 34, size: [224, 224] },
  resnet50: { ...common, depth: 50, size: [224, 224] },
  resnet101: { ...common, depth: 101, size: [224, 224] },
  resnet152: { ...common, depth: 152, size: [224, 224] },
};
const GRAPH = '0'.repeat(64) as Digest;
const CHUNK_BYTES = 65_536;
const mb = (bytes: number): number => Number((bytes / 2 ** 20).toFixed(1));
const cpuMs = (): number => (process.cpuUsage().user + process.cpuUsage().system) / 1000;

function held(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function toStream(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(bytes.slice(at, at + CHUNK_BYTES));
      at += CHUNK_BYTES;
      if (at >= bytes.length) controller.close();
    },
  });
}

async function measure(name: string, one: Architecture): Promise<void> {
  const module = await WebAssembly.compile(readFileSync(await buildSimdKernels()));
  const onnx = writeOnnx(randomResnet(one, 1));
  const before = held();
  let start = cpuMs();
  const model = readModel(onnx);
  if (!model.ok) throw new Error(model.failure.code);
  const graph = checkModel(model.value);
  if (!graph.ok) throw new Error(graph.failure.code);
  const lowered = lowerGraph(graph.value);
  if (!lowered.ok) throw new Error(lowered.failure);
  const kernels = instantiate(module);
  const prepared = prepare(kernels, lowered.value);
  if (!prepared.ok) throw new Error(prepared.failure);
  const fromOnnxMs = cpuMs() - start;
  // WASM memory counts as external; what is left is JavaScript beside the file itself.
  const js = held() - before - kernels.memory.buffer.byteLength;
  const pack = writePack(kernels, prepared.value, GRAPH);
  start = cpuMs();
  const fresh = instantiate(module);
  const read = await readPack(fresh, toStream(pack), GRAPH);
  if (!read.ok) throw new Error(read.failure.what);
  const fromPackMs = cpuMs() - start;
  // What touching as much fresh memory costs on this machine, whoever does it.
  start = cpuMs();
  const pages = Math.ceil(pack.length / 65_536);
  new Uint8Array(new WebAssembly.Memory({ initial: pages }).buffer).set(pack);
  const copyMs = cpuMs() - start;
  const { net, layout } = read.value;
  const program = createProgram(fresh, net, layout);
  program.input(new Float32Array(3 * one.size[0] * one.size[1]));
  net.steps.forEach((_, index) => {
    program.step(index);
  });
  const round = (ms: number) => Number(ms.toFixed(1));
  console.log(
    JSON.stringify({
      ...{ model: name, wasm_mb: mb(fresh.memory.buffer.byteLength) },
      ...{ onnx_mb: mb(onnx.length), pack_mb: mb(pack.length), js_beside_onnx_mb: mb(js) },
      ...{ from_onnx_cpu_ms: round(fromOnnxMs), from_pack_cpu_ms: round(fromPackMs) },
      first_copy_of_pack_cpu_ms: round(copyMs),
    }),
  );
}

const [wanted] = process.argv.slice(2);
const found = wanted === undefined ? undefined : MODELS[wanted];
if (wanted !== undefined && found !== undefined) await measure(wanted, found);
else {
  const script = fileURLToPath(import.meta.url);
  for (const name of Object.keys(MODELS)) {
    spawnSync(process.execPath, [script, name], { stdio: 'inherit' });
  }
}

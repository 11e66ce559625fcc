// `npm run bench:engine [-- --runs 20 --only resnet50 --layers --no-workerd --json]`
// Our engine, onnxruntime-web and (for information: it may use other instructions)
// onnxruntime-node, one thread each, alternating in one Node process, CPU time; then ours and
// onnxruntime-web in real workerd, timed from outside over many inferences a request. All take the
// f32 tensor and return f32 logits. Judge by the ratios of one run, never by milliseconds.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { macsOf } from '../../src/engine/simd/net.ts';
import { textTable } from '../text-table.ts';
import type { NodeTimes } from './engine-node.ts';
import { measureInNode } from './engine-node.ts';
import { measureFirstInWorkerd, measureInWorkerd, type WorkerdTimes } from './engine-workerd.ts';
import { storeGraphs } from './engine-workers.ts';
import type { BenchGraph } from './graphs.ts';
import { catalogueArchitectures, embeddedGraph, randomGraph } from './graphs.ts';
import { measurePeak, measureSteps, openProgram } from './layers.ts';
import { provenance } from './machine.ts';
import { medianOf } from './statistics.ts';

const { values } = parseArgs({
  allowNegative: true,
  options: {
    runs: { type: 'string', default: '20' },
    only: { type: 'string', default: '' },
    layers: { type: 'boolean', default: false },
    workerd: { type: 'boolean', default: true },
    json: { type: 'boolean', default: false },
  },
});
const EMBEDDED = ['resnet18_8xb16_cifar10', 'resnet50_keras_in1k'];
const RANDOM_DEPTHS = [18, 34, 101, 152];
const REQUESTS = 8;
const STARTS = 5;

interface Measured {
  readonly graph: BenchGraph;
  readonly node: NodeTimes;
  readonly workerd: Record<'simd' | 'ort', WorkerdTimes> | undefined;
  readonly first: Record<'simd' | 'ort', readonly number[]> | undefined;
}

const folder = mkdtempSync(join(tmpdir(), 'razorbill-'));
try {
  await main(Number(values.runs));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main(runs: number): Promise<void> {
  const graphs = (await listGraphs()).filter(({ name }) => name.includes(values.only));
  if (values.workerd) await storeGraphs(folder, graphs);
  const all: Measured[] = [];
  for (const graph of graphs) {
    const node = await measureInNode(graph, runs);
    const workerd = values.workerd ? await measureInWorkerd(folder, graph, REQUESTS) : undefined;
    const first = values.workerd ? await measureFirstInWorkerd(folder, graph, STARTS) : undefined;
    all.push({ graph, node, workerd, first });
    if (values.layers) await reportLayers(graph, runs);
  }
  report(all, runs);
}

/** In the table's order: ours, then random weights by depth. */
async function listGraphs(): Promise<readonly BenchGraph[]> {
  const wanted = catalogueArchitectures().filter(({ architecture }) => {
    const { depth, variant, size } = architecture;
    return variant === 'v1b' && size[0] === 224 && RANDOM_DEPTHS.includes(depth);
  });
  const random = await Promise.all(wanted.map(randomGraph));
  return [...(await Promise.all(EMBEDDED.map(embeddedGraph))), ...random];
}

interface Pair {
  readonly min: number;
  readonly median: number;
}

function pair(list: readonly number[]): Pair {
  return { min: Math.min(...list), median: medianOf(list) };
}

function report(all: readonly Measured[], runs: number): void {
  const from = { ...provenance(), node: process.versions.node };
  const models = all.map(({ graph, node, workerd, first }) => ({
    model: graph.name,
    node: {
      simd: { first: node.simd.first, ...pair(node.simd.rest) },
      ort: { first: node.ort.first, ...pair(node.ort.rest) },
      onnxruntime_node: { first: node.node.first, ...pair(node.node.rest) },
    },
    ...(workerd && {
      workerd_cpu: { simd: pair(workerd.simd.cpuMs), ort: pair(workerd.ort.cpuMs) },
      workerd_wall: { simd: pair(workerd.simd.wallMs), ort: pair(workerd.ort.wallMs) },
    }),
    ...(first && { workerd_first_cpu: { simd: pair(first.simd), ort: pair(first.ort) } }),
    memory_bytes: node.memoryBytes,
  }));
  if (values.json) {
    console.log(JSON.stringify({ bench: 'engine', ...from, runs, unit: 'ms', models }));
    return;
  }
  const ratio = (a: number, b: number) => `${(a / b).toFixed(2)}x`;
  const both = ({ simd, ort }: Record<'simd' | 'ort', Pair>) =>
    `${ratio(ort.min, simd.min)}, ${ratio(ort.median, simd.median)}`;
  const maybe = (engines: Record<'simd' | 'ort', Pair> | undefined) =>
    engines === undefined ? '' : both(engines);
  const rows = models.map((one) => [
    one.model,
    `${one.node.simd.min.toFixed(1)}, ${one.node.simd.median.toFixed(1)}`,
    both(one.node),
    ratio(one.node.ort.first, one.node.simd.first),
    maybe(one.workerd_cpu),
    maybe(one.workerd_wall),
    maybe(one.workerd_first_cpu),
    ratio(one.node.simd.min, one.node.onnxruntime_node.min),
    (one.memory_bytes / 2 ** 20).toFixed(1),
  ]);
  const head = [
    'min, median',
    'ours, CPU ms',
    'Node: web / ours',
    'first',
    'workerd: CPU',
    'wall',
    'first, CPU',
    'ours / ort-node',
    'MB',
  ];
  console.log(textTable(head, rows));
  console.log(
    `\n${runs} runs; ${from.commit}, ${from.machine}, Node ${from.node}, ${from.runtime}`,
  );
}

async function reportLayers(graph: BenchGraph, runs: number): Promise<void> {
  const opened = await openProgram(graph.onnx);
  if (!opened.ok) throw new Error(opened.failure);
  const { net } = opened.value;
  // The peak before and after: a machine whose clock changes would make shares of another one.
  const before = await measurePeak();
  const best = measureSteps(opened.value, runs * 2);
  const peak = Math.max(before, await measurePeak());
  const rows = net.steps.flatMap((step, index) => {
    const macs = macsOf(net, step);
    if (step.kind !== 'conv' || macs === 0) return [];
    const [x, y] = [net.activations[step.x], net.activations[step.y]];
    const ms = best[index] ?? Number.NaN;
    const speed = macs / ms / 1e6;
    return [
      [
        `${x?.channels} > ${y?.channels} @${y?.height}x${y?.width}`,
        `${step.kernel.join('x')}/${step.stride[0]}`,
        `${step.algorithm}${step.residual === null ? '' : ' + add'}`,
        ms.toFixed(3),
        speed.toFixed(1),
        `${Math.round((100 * speed) / peak)} %`,
      ],
    ];
  });
  const head = [`${basename(graph.name)}`, 'window', 'algorithm', 'ms', 'GMAC/s', 'of the peak'];
  console.log(`${textTable(head, rows)}\nmultiply-add peak ${peak.toFixed(1)} GMAC/s\n`);
}

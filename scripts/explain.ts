// `npm run explain -- model.onnx`: the plan of our engine for a graph, step by step.
import { readFileSync } from 'node:fs';
import { explain, explainMemory } from '../src/engine/simd/explain.ts';
import { instantiate } from '../src/engine/simd/kernels.ts';
import { lowerGraph } from '../src/engine/simd/lower.ts';
import { prepare } from '../src/engine/simd/prepare.ts';
import { checkModel } from '../src/onnx/check.ts';
import { onnxReason } from '../src/onnx/failure.ts';
import { readModel } from '../src/onnx/read.ts';
import { buildSimdKernels } from './build.ts';

async function explainFile(path: string): Promise<string> {
  const model = readModel(new Uint8Array(readFileSync(path)));
  if (!model.ok) return `refused: ${onnxReason(model.failure)} ${JSON.stringify(model.failure)}`;
  const graph = checkModel(model.value);
  if (!graph.ok) return `refused: ${onnxReason(graph.failure)} ${JSON.stringify(graph.failure)}`;
  const lowered = lowerGraph(graph.value);
  if (!lowered.ok) return `not covered by the simd engine: ${lowered.failure}`;
  const kernels = instantiate(await WebAssembly.compile(readFileSync(await buildSimdKernels())));
  const prepared = prepare(kernels, lowered.value);
  if (!prepared.ok) return `not covered by the simd engine: ${prepared.failure}`;
  const { net, layout } = prepared.value;
  const rows = explain(net, layout);
  const lines = rows.map((row) => {
    const macs = row.macs > 0 ? `${(row.macs / 1e6).toFixed(1)} MMAC` : '';
    return [
      String(row.step).padStart(3),
      row.kind.padEnd(16),
      row.shape.padEnd(20),
      row.kernel.padEnd(6),
      macs.padStart(12),
      `${row.weightBytes} B`.padStart(11),
      `${row.outputBytes} B at ${row.address}`.padStart(22),
      row.name,
    ].join(' ');
  });
  const macs = rows.reduce((sum, row) => sum + row.macs, 0);
  const memory = Object.entries(explainMemory(net, layout)).map(([what, n]) => `${what} ${n}`);
  return [...lines, `${(macs / 1e9).toFixed(2)} GMAC; bytes: ${memory.join(', ')}`].join('\n');
}

const paths = process.argv.slice(2);
if (paths.length === 0) {
  console.log('Usage: npm run explain -- <model.onnx>...');
  process.exitCode = 2;
}
for (const path of paths) console.log(await explainFile(path));

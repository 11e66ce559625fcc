// `npm run explain -- <model.onnx or name> [--runs 10]`: the plan of our engine for a graph, step
// by step: algorithm, bytes, multiply-adds, and the best of some runs on this machine as GMAC/s. A
// name is that of an embedded model or a catalogue entry, which gets random weights.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { explain, explainMemory } from '../src/engine/simd/explain.ts';
import { catalogueArchitectures, randomGraph } from './bench/graphs.ts';
import { measurePeak, measureSteps, openProgram } from './bench/layers.ts';
import { findEntry } from './models/catalogue.ts';
import { fromCaller, MODELS } from './models/commands/paths.ts';
import { textTable } from './text-table.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '10' } },
});
if (positionals.length === 0) {
  console.log('Usage: npm run explain -- <model.onnx or name>... [--runs 10]');
  process.exitCode = 2;
}
for (const path of positionals) console.log(await explainModel(path, Number(values.runs)));

async function explainModel(name: string, runs: number): Promise<string> {
  const onnx = await findModel(name);
  if (onnx === undefined) return `${name}: no such file, embedded model or catalogue entry`;
  const opened = await openProgram(onnx);
  if (!opened.ok) return `${name}: not covered by our engine: ${opened.failure}`;
  const { net, layout } = opened.value;
  const best = measureSteps(opened.value, runs);
  const peak = await measurePeak();
  const rows = explain(net, layout);
  const cells = rows.map((row) => {
    const ms = best[row.step] ?? Number.NaN;
    const speed = row.macs / ms / 1e6;
    const measured = row.macs > 0 && runs > 0;
    return [
      `${row.step} ${row.name}`,
      row.kind,
      row.shape,
      row.kernel,
      row.macs > 0 ? (row.macs / 1e6).toFixed(1) : '',
      String(row.weightBytes),
      String(row.outputBytes),
      String(row.address),
      runs > 0 ? ms.toFixed(3) : '',
      measured ? speed.toFixed(1) : '',
      measured ? `${Math.round((100 * speed) / peak)} %` : '',
    ];
  });
  const head = ['step', 'algorithm', 'shape', 'window', 'MMAC', 'weight B', 'output B', 'at'];
  const macs = rows.reduce((sum, row) => sum + row.macs, 0);
  const ms = best.reduce((sum, one) => sum + one, 0);
  const memory = Object.entries(explainMemory(net, layout)).map(([what, n]) => `${what} ${n}`);
  const total = [
    `${(macs / 1e9).toFixed(2)} GMAC`,
    ...(runs > 0 ? [`${ms.toFixed(1)} ms`, `${(macs / ms / 1e6).toFixed(1)} GMAC/s`] : []),
    `multiply-add peak ${peak.toFixed(1)} GMAC/s`,
  ];
  const table = textTable([...head, 'ms', 'GMAC/s', 'of peak'], cells);
  return `${table}\n\n${total.join(', ')}\nbytes: ${memory.join(', ')}`;
}

async function findModel(name: string): Promise<Uint8Array | undefined> {
  const paths = [fromCaller(name), join(MODELS, `${name}.onnx`)];
  const found = paths.find((path) => path.endsWith('.onnx') && existsSync(path));
  if (found !== undefined) return new Uint8Array(readFileSync(found));
  const entry = findEntry(name);
  if (!entry.ok) return undefined;
  const { architecture, classes, input } = entry.value;
  const same = catalogueArchitectures().find(({ architecture: one }) => {
    return (
      one.depth === architecture.depth &&
      one.variant === architecture.variant &&
      one.style === architecture.style &&
      one.classes === classes &&
      one.size[0] === input.height
    );
  });
  return same === undefined ? undefined : (await randomGraph(same)).onnx;
}

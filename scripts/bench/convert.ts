// `npm run bench:convert -- --depth 152`: peak memory of what makes a model, on random weights.
// Each command runs in a process of its own and says its own peak.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineCommand, runMain } from 'citty';
import { printFailure, printResult } from '../models/commands/outcome.ts';
import { ROOT } from '../models/commands/paths.ts';
import { DEPTHS, type Depth } from '../models/network/architecture.ts';
import { saveSafetensors } from '../models/testing/safetensors-save.ts';
import { libraryKey, syntheticValues, toSaved } from '../models/testing/synthetic.ts';
import { textTable } from '../text-table.ts';
import { provenance } from './machine.ts';

/** What acceptance allows. */
const PEAK_BYTES_MAX = 2 ** 31;

const SAMPLES = ['golden-cat.jpg', 'golden-espresso.jpg', 'rocket.jpg'];

const bench = defineCommand({
  meta: { name: 'bench:convert', description: 'Peak memory of convert and quantize' },
  args: {
    depth: { type: 'enum', options: DEPTHS.map(String), default: '152', description: 'Layers' },
    check: { type: 'boolean', description: 'Fail above 2 GiB', default: false },
    json: { type: 'boolean', description: 'One JSON line', default: false },
  },
  run({ args }) {
    const folder = mkdtempSync(join(tmpdir(), 'razorbill-bench-'));
    try {
      const rows = measure(folder, Number(args.depth) as Depth);
      const table = textTable(
        ['command', 'peak MiB', 'seconds'],
        rows.map(({ command, peakBytes, seconds }) => {
          return [command, (peakBytes / 2 ** 20).toFixed(0), seconds.toFixed(0)];
        }),
      );
      printResult(args.json, { ...provenance(), depth: Number(args.depth), rows }, table);
      const over = rows.filter(({ peakBytes }) => peakBytes > PEAK_BYTES_MAX);
      if (args.check && over.length > 0) {
        const commands = over.map(({ command }) => command);
        printFailure(args.json, { code: 'too_much_memory', commands });
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
});

interface Row {
  readonly command: string;
  readonly peakBytes: number;
  readonly seconds: number;
}

function measure(folder: string, depth: Depth): readonly Row[] {
  const checkpoint = join(folder, 'net.safetensors');
  const pictures = join(folder, 'pictures');
  writeCheckpoint(checkpoint, depth);
  writePictures(pictures);
  const style = ['--style', 'pytorch'];
  const graph = join(folder, 'net.onnx');
  const int8 = join(folder, 'net.int8.onnx');
  const calibrate = ['--calibrate', pictures];
  // Random weights answer noise: whether both graphs agree says nothing here.
  const own = { RAZORBILL_CACHE: join(folder, 'cache') };
  return [
    run('convert', ['convert', checkpoint, ...style, '--out', graph], own),
    run('quantize, data-free', quantizing(checkpoint, ...style, '--method', 'data-free'), own),
    run('quantize', quantizing(checkpoint, ...style, ...calibrate, '--no-gates'), own),
    run('quantize, compared', quantizing(checkpoint, ...style, ...calibrate), own),
    run('quantize, from ONNX', quantizing(graph, ...calibrate, '--no-gates'), own),
  ];

  function quantizing(...args: readonly string[]): readonly string[] {
    return ['quantize', ...args, '--out', int8];
  }
}

function run(command: string, args: readonly string[], env: Readonly<Record<string, string>>): Row {
  const before = process.hrtime.bigint();
  const script = join(ROOT, 'scripts', 'models.ts');
  const done = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', script, ...args, '--json'],
    { encoding: 'utf8', env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const seconds = Number(process.hrtime.bigint() - before) / 1e9;
  const said = JSON.parse(done.stdout.trim().split('\n').at(-1) || '{}') as {
    readonly peak_memory_bytes?: number;
  };
  if (said.peak_memory_bytes === undefined) throw new Error(`${command}: ${done.stderr}`);
  return { command, peakBytes: said.peak_memory_bytes, seconds };
}

function writeCheckpoint(path: string, depth: Depth): void {
  const values = syntheticValues({ depth, variant: 'v1b', style: 'pytorch', classes: 1000 }, 1);
  writeFileSync(path, saveSafetensors(toSaved(values, (key) => libraryKey(key, 'torchvision'))));
}

function writePictures(folder: string): void {
  mkdirSync(folder);
  const rows = SAMPLES.map((file) => `${file},0`);
  writeFileSync(join(folder, 'labels.csv'), ['file,class_index', ...rows].join('\n'));
  for (const file of SAMPLES) copyFileSync(join(ROOT, 'models/samples', file), join(folder, file));
}

await runMain(bench);

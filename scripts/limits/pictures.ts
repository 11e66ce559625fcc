import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, extname, join } from 'node:path';
import decodeJpeg, { init as initDecoder } from '@jsquash/jpeg/decode.js';
import encodeJpeg, { init as initEncoder } from '@jsquash/jpeg/encode.js';
import encodeWebp, { init as initWebp } from '@jsquash/webp/encode.js';

export interface LoadPicture {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const SAMPLES = 'models/samples';
const PHOTOS = '../shared/data/photos';
const SUITE = '../shared/suites/images';
/** Enough of each format to meet its decoder's odd ways, few enough for a command's patience. */
const SUITE_FILES_PER_FORMAT = 12;
const SUITE_FORMATS = ['.png', '.webp', '.avif', '.gif'];

export function readSamples(): readonly LoadPicture[] {
  return list(SAMPLES).filter(isPicture).map(read);
}

/**
 * Phones' photographs of 8 to 33 megapixels, or where they are not, a sample enlarged to such
 * sizes; a progressive one of 14; and a WebP that nearly fills the reservation for decoding: what
 * is admitted must fit.
 */
export async function readPhotographs(): Promise<readonly LoadPicture[]> {
  const photos = existsSync(PHOTOS) ? list(PHOTOS).filter(isPicture) : [];
  const large = photos.length === 0 ? await enlargeSample(ENLARGED) : photos.map(read);
  return [...large, ...(await enlargeSample([PROGRESSIVE, NEARLY_FULL]))];
}

/** The largest of each format: what is small there was made to be refused early. */
export function readSuite(): readonly LoadPicture[] {
  if (!existsSync(SUITE)) return [];
  const files = ['collected', 'generated'].flatMap((folder) => {
    const path = join(SUITE, folder);
    return existsSync(path)
      ? readdirSync(path, { recursive: true }).map((f) => join(path, `${f}`))
      : [];
  });
  return SUITE_FORMATS.flatMap((format) => {
    const pictures = files.filter((file) => extname(file) === format).map(read);
    return pictures
      .toSorted((a, b) => b.bytes.length - a.bytes.length)
      .slice(0, SUITE_FILES_PER_FORMAT);
  });
}

function list(folder: string): readonly string[] {
  return readdirSync(folder).map((file) => join(folder, file));
}

function isPicture(file: string): boolean {
  return /\.(jpe?g|png|webp|avif|gif)$/.test(file);
}

function read(path: string): LoadPicture {
  return { name: basename(path), bytes: new Uint8Array(readFileSync(path)) };
}

interface Enlarged {
  readonly width: number;
  readonly height: number;
  readonly as: 'baseline' | 'progressive' | 'webp';
}

const ENLARGED: readonly Enlarged[] = [
  { width: 3264, height: 2448, as: 'baseline' },
  { width: 4032, height: 3024, as: 'baseline' },
  { width: 7680, height: 4320, as: 'baseline' },
];
const PROGRESSIVE: Enlarged = { width: 4288, height: 3216, as: 'progressive' };
const NEARLY_FULL: Enlarged = { width: 2560, height: 1920, as: 'webp' };

async function enlargeSample(sizes: readonly Enlarged[]): Promise<readonly LoadPicture[]> {
  await initDecoder(await compile('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm'));
  await initEncoder(await compile('@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm'));
  await initWebp(await compile('@jsquash/webp/codec/enc/webp_enc.wasm'));
  const sample = await decodeJpeg(readFileSync(join(SAMPLES, 'boats.jpg')).buffer as ArrayBuffer);
  const pictures: LoadPicture[] = [];
  for (const { width, height, as } of sizes) {
    const pixels = enlarge(sample, width, height);
    const file =
      as === 'webp'
        ? await encodeWebp(pixels, { method: 0 })
        : await encodeJpeg(pixels, { progressive: as === 'progressive' });
    const name = `boats, ${width} x ${height}, ${as}`;
    pictures.push({ name, bytes: new Uint8Array(file) });
  }
  return pictures;
}

async function compile(specifier: string): Promise<WebAssembly.Module> {
  const path = createRequire(import.meta.url).resolve(specifier);
  return WebAssembly.compile(readFileSync(path));
}

type Pixels = Parameters<typeof encodeJpeg>[0];

/** Nearest neighbour: only size and a photograph's entropy matter. */
function enlarge(from: Pixels, width: number, height: number): Pixels {
  const source = new Uint32Array(from.data.buffer, from.data.byteOffset, from.width * from.height);
  const pixels = new Uint32Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * from.height) / height) * from.width;
    for (let x = 0; x < width; x++) {
      pixels[y * width + x] = source[row + Math.floor((x * from.width) / width)] ?? 0;
    }
  }
  const data = new Uint8ClampedArray(pixels.buffer);
  return { width, height, data, colorSpace: 'srgb' } as Pixels;
}

// `npm run fuzz:images -- --count 20000 --seed 1`: damages valid JPEG and PNG files in seeded ways
// and decodes them, whole and in pieces, in the memory that their headers reserve. Fails on a trap,
// a hang, a failure without a code, a picture that needs more memory than that, or when the next
// whole picture has other pixels than before. Prints seed and number of what failed, to repeat it.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { nodeCodecModules } from '../src/image/codec-modules.node.ts';
import { createImageDecoder, inspectImage } from '../src/image/image.ts';
import type { Preprocess } from '../src/image/preprocess.ts';
import { buildImageKernels } from './build.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
  },
});
const TINY = new URL('../test/fixtures/tiny-pictures.json', import.meta.url);

interface TinyPictures {
  readonly pictures: Readonly<Record<string, { readonly base64: string }>>;
}

const CASE_MS_MAX = 2000;
const BUDGET_BYTES = 40e6;
const PIXELS_MAX = 300_000;
const SUITE = new URL('../../shared/suites/images/', import.meta.url);
const CODES = ['empty', 'unsupported_format', 'corrupt_image', 'too_large'];
/** What kernel-slot.ts answers after a trap, which the checks before kernels should rule out. */
const TRAPPED = 'the data led us astray';
const UNDERESTIMATED = 'needs more than reserved';

interface Source {
  readonly name: string;
  readonly bytes: Uint8Array;
}

await buildImageKernels();
const decoder = createImageDecoder(nodeCodecModules);
process.exit(await main(Number(values.count), Number(values.seed)));

async function main(count: number, seed: number): Promise<number> {
  const sources = readSources();
  const whole = await Promise.all(sources.map(async ({ bytes }) => digest(bytes, 0)));
  const random = xorshift(seed);
  const tally: Record<string, number> = {};
  for (let n = 0; n < count; n++) {
    const index = random(sources.length);
    const { name, bytes } = sources[index]!;
    const damaged = mutate(bytes, random);
    const startMs = performance.now();
    const outcome = await digest(damaged, n);
    const tookMs = performance.now() - startMs;
    const key = [...CODES, TRAPPED, UNDERESTIMATED].includes(outcome) ? outcome : 'decoded';
    tally[key] = (tally[key] ?? 0) + 1;
    const next = random(sources.length);
    const unharmed = (await digest(sources[next]!.bytes, 0)) === whole[next];
    if (key === TRAPPED || key === UNDERESTIMATED || tookMs > CASE_MS_MAX || !unharmed) {
      console.log(JSON.stringify({ seed, n, name, outcome, tookMs, unharmed }));
      return 1;
    }
  }
  console.log(JSON.stringify({ seed, count, files: sources.length, outcomes: tally }));
  return 0;
}

/** The suite's whole pictures where it is there, else the repository's own tiny ones. */
function readSources(): readonly Source[] {
  const manifest = new URL('manifest.json', SUITE);
  if (!existsSync(manifest)) {
    const tiny = JSON.parse(readFileSync(TINY, 'utf8')) as TinyPictures;
    return Object.entries(tiny.pictures)
      .filter(([name]) => /^(jpeg|png)/.test(name))
      .map(([name, { base64 }]) => ({
        name,
        bytes: new Uint8Array(Buffer.from(base64, 'base64')),
      }));
  }
  return JSON.parse(readFileSync(manifest, 'utf8'))
    .files.filter(
      (file: { expect: string; format?: string; width: number; height: number }) =>
        file.expect === 'ok' &&
        (file.format === 'jpeg' || file.format === 'png') &&
        file.width * file.height < PIXELS_MAX,
    )
    .map(({ name }: { name: string }) => ({
      name,
      bytes: new Uint8Array(readFileSync(new URL(name, SUITE))),
    }));
}

/** The pixels' hash, or the failure's code. */
async function digest(bytes: Uint8Array, n: number): Promise<string> {
  const header = inspectImage(bytes);
  if (!header.ok) return header.failure.code;
  const card: Preprocess = {
    version: 1,
    resize: { rule: 'short_edge', size: 32 },
    interpolation: n % 2 === 0 ? 'opencv-bilinear' : 'pillow-bicubic',
    crop: { width: 28, height: 28 },
    mean: [0, 0, 0],
    std: [1, 1, 1],
    channels: 'rgb',
  };
  const { format, decodeBytes } = header.value;
  const budgetBytes = Math.min(decodeBytes, BUDGET_BYTES);
  const sampled =
    n % 3 === 0 || (format !== 'jpeg' && format !== 'png')
      ? await decoder.sample(bytes, header.value, card, budgetBytes)
      : await decoder.samplePieces(
          pieces(bytes, n),
          { ...header.value, format },
          card,
          budgetBytes,
        );
  if (sampled.ok) return createHash('sha256').update(sampled.value).digest('hex');
  const { failure } = sampled;
  if (failure.code === 'corrupt_image' && failure.reason === TRAPPED) return TRAPPED;
  if (failure.code === 'too_large' && failure.what === 'memory' && budgetBytes === decodeBytes) {
    return UNDERESTIMATED;
  }
  return failure.code;
}

function* pieces(bytes: Uint8Array, n: number): Iterable<Uint8Array> {
  const size = 1 + ((n * 7919) % 4093);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** One to four edits: bytes set, bits flipped, runs removed, repeated or moved, the end cut off. */
function mutate(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  let list = bytes.slice();
  for (let edits = 1 + random(4); edits > 0; edits--) {
    const at = random(Math.max(list.length, 1));
    const kind = random(12);
    if (kind < 4) list[at] = [0, 0xff, 0x7f, 0x80, random(256)][random(5)]!;
    else if (kind < 8) list[at]! ^= 1 << random(8);
    else if (kind === 8) list = join(list.subarray(0, at), list.subarray(at + 1 + random(64)));
    else if (kind === 9) list = join(list.subarray(0, at), list.subarray(Math.max(0, at - 40)));
    else if (kind === 10) list.copyWithin(random(list.length), at, at + random(200));
    else if (random(4) === 0) list = list.slice(0, at);
  }
  return list;
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

/** Marsaglia's xorshift32: seeded, so that every finding can be repeated. */
function xorshift(seed: number): (below: number) => number {
  let state = seed * 2654435761 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

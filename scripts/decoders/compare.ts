import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSimdEngine } from '../../src/engine/simd/engine.ts';
import { nodeCodecModules } from '../../src/image/codec-modules.node.ts';
import { createImageDecoder, inspectImage, normalised } from '../../src/image/image.ts';
import type { Preprocess } from '../../src/image/preprocess.ts';
import { cardSchema } from '../../src/model/card.ts';
import { buildKernels, buildSimdKernels } from '../build.ts';

const DATA = '../shared/data';
const FOLDERS = ['imagenet-val', 'imagenet-photos'];
const PYTHON = '/usr/bin/python3';
const CROPS = 'scripts/fixtures/crops.py';
/** So many crops of 150 kB are held at once. */
const BATCH = 50;

export interface Comparison {
  readonly model: string;
  readonly pictures: number;
  /** Pictures whose pixels, or whose logits, are not those of the reference decoder. */
  readonly otherPixels: readonly string[];
  readonly otherLogits: readonly string[];
}

/** Why there is nothing to compare here, or undefined. */
export function cannotCompare(): string | undefined {
  if (!existsSync(DATA)) return `${DATA} is absent`;
  const found = spawnSync(PYTHON, ['-c', 'import cv2, PIL, numpy']);
  return found.status === 0 ? undefined : `${PYTHON} has no python3-opencv and python3-pil`;
}

/** Photographs by an embedded model, from our decoder's pixels and from the reference's. */
export async function compareDecoders(model: string, picturesMax: number): Promise<Comparison> {
  await buildKernels();
  const card = cardSchema.parse(JSON.parse(readFileSync(`models/${model}.json`, 'utf8')));
  const decoder = createImageDecoder(nodeCodecModules);
  const classify = await openModel(model, card);
  const paths = photographs().slice(0, picturesMax);
  const otherPixels: string[] = [];
  const otherLogits: string[] = [];
  for (let first = 0; first < paths.length; first += BATCH) {
    const batch = paths.slice(first, first + BATCH);
    const references = readReferences(card.preprocess, batch);
    for (const [i, path] of batch.entries()) {
      const ours = await sample(decoder, path, card.preprocess);
      const reference = references[i]!;
      if (!Buffer.from(ours).equals(reference)) otherPixels.push(path);
      const logits = Buffer.from((await classify(ours)).buffer);
      if (!logits.equals(Buffer.from((await classify(reference)).buffer))) otherLogits.push(path);
    }
  }
  return { model, pictures: paths.length, otherPixels, otherLogits };
}

function photographs(): readonly string[] {
  return FOLDERS.flatMap((folder) => {
    const path = join(DATA, folder);
    const files = readdirSync(path).filter((file) => /\.jpe?g$/i.test(file));
    return files.toSorted().map((file) => join(path, file));
  });
}

function readReferences({ interpolation, resize, crop }: Preprocess, paths: readonly string[]) {
  if (resize.rule !== 'short_edge') throw new RangeError('compare: a card with an exact size');
  const args = [CROPS, interpolation, `${resize.size}`, `${crop.height}`, ...paths];
  const made = spawnSync(PYTHON, args, { maxBuffer: 2 ** 28 });
  const bytes = crop.height * crop.width * 3;
  if (made.status !== 0 || made.stdout.length !== bytes * paths.length) {
    throw new Error(`compare: ${made.stderr.toString()}`);
  }
  return paths.map((_, i) => made.stdout.subarray(i * bytes, (i + 1) * bytes));
}

async function sample(
  decoder: ReturnType<typeof createImageDecoder>,
  path: string,
  preprocess: Preprocess,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(readFileSync(path));
  const header = inspectImage(bytes);
  if (!header.ok) throw new Error(`${path}: ${header.failure.code}`);
  const pixels = await decoder.sample(bytes, header.value, preprocess, Infinity);
  if (!pixels.ok) throw new Error(`${path}: ${pixels.failure.code}`);
  return pixels.value;
}

type Card = ReturnType<typeof cardSchema.parse>;

async function openModel(
  model: string,
  card: Card,
): Promise<(pixels: Uint8Array) => Promise<Float32Array>> {
  const graph = new Uint8Array(readFileSync(`models/${model}.onnx`));
  const module = await WebAssembly.compile(readFileSync(await buildSimdKernels()));
  const loaded = await createSimdEngine(module).load(
    { bytes: graph.length, open: async () => ({ ok: true, value: new Blob([graph]).stream() }) },
    card,
  );
  if (!loaded.ok || loaded.value.runBytes === undefined) throw new Error(`${model}: not loaded`);
  const { runBytes } = loaded.value;
  const { height, width } = card.preprocess.crop;
  const channels = normalised(card.preprocess);
  return async (bytes) => {
    const ran = await runBytes({ bytes, channels, shape: [1, 3, height, width] });
    if (!ran.ok) throw new Error(ran.failure.code);
    return ran.value;
  };
}

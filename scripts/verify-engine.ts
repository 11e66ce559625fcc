// `npm run verify:engine [-- --pictures 20 --embedded 500 --only resnet50]`: our engine against
// onnxruntime-web. Every architecture of the catalogue at full size with random weights, on seeded
// pictures, the first of them activation by activation; both embedded models on real pictures.
// Fails where a byte of an activation, a bit of a logit or a first class (but for ties) differs.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as ort from 'onnxruntime-web';
import type { Session } from '../src/engine/engine.ts';
import { compareWithOrt } from '../src/engine/simd/compare.node.ts';
import { createSimdEngine } from '../src/engine/simd/engine.ts';
import { random } from '../src/engine/simd/random-net.node.ts';
import { cardSchema } from '../src/model/card.ts';
import { readModel } from '../src/onnx/read.ts';
import type { BenchGraph } from './bench/graphs.ts';
import { catalogueArchitectures, embeddedGraph, randomGraph } from './bench/graphs.ts';
import { buildSimdKernels } from './build.ts';
import { CACHE, MODELS, ROOT } from './models/commands/paths.ts';
import { openCifar } from './models/pictures/cifar.ts';
import { openFolder } from './models/pictures/folder.ts';
import type { PictureSet } from './models/pictures/picture-set.ts';
import { textTable } from './text-table.ts';

const { values } = parseArgs({
  options: {
    pictures: { type: 'string', default: '20' },
    embedded: { type: 'string', default: '500' },
    only: { type: 'string', default: '' },
  },
});
const VALIDATION = join(ROOT, '..', 'shared', 'data', 'imagenet-val');

interface Verdict {
  readonly name: string;
  readonly pictures: number;
  /** Of the first picture's activations, u8. */
  readonly activationValues: number;
  readonly activationsWrong: number;
  /** Pictures with a logit that differs in any bit. */
  readonly logitsWrong: number;
  /** Pictures whose first class differs, ties of the reference left out. */
  readonly topWrong: number;
}

const module = await WebAssembly.compile(readFileSync(await buildSimdKernels()));
ort.env.wasm.numThreads = 1;
process.exit(await main());

async function main(): Promise<number> {
  const verdicts: Verdict[] = [];
  const wanted = ({ name }: { readonly name: string }) => name.includes(values.only);
  for (const one of catalogueArchitectures().filter(wanted)) {
    const graph = await randomGraph(one);
    verdicts.push(await verify(graph, noise(graph, Number(values.pictures))));
    console.error(JSON.stringify(verdicts.at(-1)));
  }
  for (const name of ['resnet50_keras_in1k', 'resnet18_8xb16_cifar10']) {
    if (!wanted({ name })) continue;
    const pictures = await openRealPictures(name, Number(values.embedded));
    if (pictures === undefined) continue;
    verdicts.push(await verify(await embeddedGraph(name), pictures));
    console.error(JSON.stringify(verdicts.at(-1)));
  }
  report(verdicts);
  const sound = verdicts.every(({ activationsWrong, logitsWrong, topWrong }) => {
    return activationsWrong + logitsWrong + topWrong === 0;
  });
  return sound && verdicts.length > 0 ? 0 : 1;
}

/** Seeded pictures of about the range that normalised photographs have. */
function noise({ facts }: BenchGraph, size: number): PictureSet {
  const { height, width } = facts.input;
  return {
    ...{ name: 'noise', size, label: () => undefined },
    async tensor(index) {
      const next = random(index + 1);
      return Float32Array.from({ length: 3 * height * width }, () => (next() + next() - 1) * 2);
    },
  };
}

async function openRealPictures(name: string, size: number): Promise<PictureSet | undefined> {
  const card = cardSchema.parse(JSON.parse(readFileSync(join(MODELS, `${name}.json`), 'utf8')));
  const cifar = name.endsWith('cifar10');
  if (!cifar && !existsSync(VALIDATION)) {
    console.error(`${name}: skipped, ImageNet's validation pictures are not there`);
    return undefined;
  }
  const opened = cifar
    ? await openCifar('test', card.preprocess, size, CACHE)
    : await openFolder(VALIDATION, card.preprocess, size);
  if (!opened.ok) throw new Error(`${name}: ${JSON.stringify(opened.failure)}`);
  return opened.value;
}

async function verify(graph: BenchGraph, pictures: PictureSet): Promise<Verdict> {
  const model = readModel(graph.onnx);
  if (!model.ok) throw new Error(JSON.stringify(model.failure));
  const first = await compareWithOrt(module, model.value, await pictures.tensor(0));
  const ours = await openOurs(graph);
  const web = await ort.InferenceSession.create(graph.onnx, { executionProviders: ['wasm'] });
  const { height, width } = graph.facts.input;
  const shape = [1, 3, height, width] as const;
  let [logitsWrong, topWrong] = [0, 0];
  for (let index = 0; index < pictures.size; index++) {
    const data = await pictures.tensor(index);
    const got = await ours.run({ data, shape });
    if (!got.ok) throw new Error(JSON.stringify(got.failure));
    const results = await web.run({
      [web.inputNames[0] ?? '']: new ort.Tensor('float32', data, shape),
    });
    const want = results[web.outputNames[0] ?? '']?.data as Float32Array;
    if (!sameBits(got.value, want)) logitsWrong++;
    if (want[topOf(got.value)] !== Math.max(...want)) topWrong++;
  }
  ours.dispose();
  await web.release();
  return {
    ...{ name: graph.name, pictures: pictures.size, activationValues: first.values },
    activationsWrong: Object.values(first.wrong).reduce((sum, count) => sum + count, 0),
    ...{ logitsWrong, topWrong },
  };
}

async function openOurs({ onnx, facts }: BenchGraph): Promise<Session> {
  const open = async () => ({ ok: true, value: new Blob([onnx]).stream() }) as const;
  const loaded = await createSimdEngine(module).load({ bytes: onnx.length, open }, facts);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.failure));
  return loaded.value;
}

function sameBits(a: Float32Array, b: Float32Array): boolean {
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(
    Buffer.from(b.buffer, b.byteOffset, b.byteLength),
  );
}

function topOf(logits: Float32Array): number {
  return logits.indexOf(Math.max(...logits));
}

function report(verdicts: readonly Verdict[]): void {
  const head = ['model', 'activations, u8', 'wrong', 'pictures', 'logits wrong', 'first wrong'];
  const rows = verdicts.map((one) => [
    one.name,
    `${(one.activationValues / 1e6).toFixed(1)} M`,
    String(one.activationsWrong),
    String(one.pictures),
    String(one.logitsWrong),
    String(one.topWrong),
  ]);
  console.log(textTable(head, rows));
}

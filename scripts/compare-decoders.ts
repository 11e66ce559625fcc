// `npm run compare:decoders`: 750 photographs classified from our decoder's pixels and from those
// of OpenCV and Pillow, by both embedded models. Fails where one pixel or logit differs. With
// `-- --sharp` the pixels are compared with those of sharp's decode, and its CPU with ours: what
// the origin would gain by it (docs/decisions.md).
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cardSchema } from '../src/model/card.ts';
import { cannotCompare, compareDecoders } from './decoders/compare.ts';
import { compareSharp } from './decoders/compare-sharp.ts';
import { textTable } from './text-table.ts';

const MODELS = ['resnet50_keras_in1k', 'resnet18_8xb16_cifar10'];
const PICTURES_MAX = 750;
const DATA = '../shared/data';
const FOLDERS = [`${DATA}/imagenet-val`, `${DATA}/photos`, 'models/samples'];

const { values } = parseArgs({ options: { sharp: { type: 'boolean', default: false } } });
process.exitCode = values.sharp ? await besideSharp() : await besideReferences();

async function besideReferences(): Promise<number> {
  const reason = cannotCompare();
  if (reason !== undefined) console.error(`compare:decoders: ${reason}`);
  let differing = reason === undefined ? 0 : 1;
  for (const model of reason === undefined ? MODELS : []) {
    const { pictures, otherPixels, otherLogits } = await compareDecoders(model, PICTURES_MAX);
    differing += otherPixels.length + otherLogits.length;
    const [pixels, logits] = [otherPixels.length, otherLogits.length];
    const differ = `${pixels} with other pixels, ${logits} with other logits`;
    console.log(`${model}: ${pictures} photographs, ${differ}`);
    for (const path of [...otherPixels, ...otherLogits]) console.log(`  ${path}`);
  }
  return differing === 0 ? 0 : 1;
}

/** Nothing here can fail: sharp promises no pixels. */
async function besideSharp(): Promise<number> {
  const rows: string[][] = [];
  for (const model of MODELS) {
    const card = cardSchema.parse(JSON.parse(readFileSync(`models/${model}.json`, 'utf8')));
    for (const folder of FOLDERS.filter((path) => existsSync(path))) {
      const files = readdirSync(folder).filter((file) => /\.(jpe?g|png)$/i.test(file));
      const paths = files.toSorted().map((file) => join(folder, file));
      const compared = await compareSharp(card.preprocess, paths.slice(0, PICTURES_MAX));
      const { pictures, otherPixels, farthest, oursCpuMs, sharpCpuMs } = compared;
      const times = [oursCpuMs, sharpCpuMs].map((ms) => ms.toFixed(1));
      rows.push([model, folder, `${pictures}`, `${otherPixels.length}`, `${farthest}`, ...times]);
      for (const path of otherPixels) console.log(`other pixels: ${path}`);
    }
  }
  const head = [
    'model',
    'pictures of',
    'number',
    'other pixels',
    'farthest',
    'our CPU ms',
    'sharp',
  ];
  console.log(textTable(head, rows));
  return 0;
}

import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cardSchema } from '../../../src/model/card.ts';
import { labelListSchema } from '../../../src/model/labels.ts';
import { keepReady, readyFolder } from '../add/added-model.ts';
import { runModels } from '../testing/command.ts';
import { MODELS, ROOT } from './paths.ts';

const EMBEDDED = 'resnet18_8xb16_cifar10';
/** CIFAR-10's classes of the samples: ship, cat, cat, airplane. */
const PICTURES = [
  ['boats.jpg', 8],
  ['chelsea.png', 3],
  ['golden-cat.jpg', 3],
  ['rocket.jpg', 0],
] as const;

describe('npm run models -- cascade', () => {
  let folder: string;
  let images: string;
  const cache = () => join(folder, 'cache');
  const run = (...args: string[]) => {
    return runModels(['cascade', ...args], { RAZORBILL_CACHE: cache() });
  };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'razorbill-cascade-'));
    images = folder;
    const read = (path: string): unknown => JSON.parse(readFileSync(join(MODELS, path), 'utf8'));
    const card = cardSchema.parse(read(`${EMBEDDED}.json`));
    const labels = labelListSchema.parse(read(`labels/${card.labels}.json`));
    const graph = new Uint8Array(readFileSync(join(MODELS, `${EMBEDDED}.onnx`)));
    for (const name of ['first', 'last']) {
      keepReady(cache(), { card: { ...card, name }, labels, graph });
    }
    const lines = PICTURES.map(([file, label]) => `${file},${label}\n`);
    writeFileSync(join(images, 'labels.csv'), `file,class_index\n${lines.join('')}`);
    for (const [file] of PICTURES) {
      copyFileSync(join(ROOT, 'models', 'samples', file), join(images, file));
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('fits, prints, draws and writes the cascade onto the card', async () => {
    const plot = join(folder, 'curve.svg');
    const options = ['--stages', 'first,last', '--images', images, '--budget', '2'];
    const ended = await run('last', ...options, '--plot', plot, '--write', '--json');
    expect(ended.code, ended.stderr).toBe(0);
    const fitted = JSON.parse(ended.stdout);
    expect(fitted.pictures).toEqual({ fitted: 2, tested: 2 });
    // One network twice: the first stage alone, then both, is what the ends cost.
    const macs = fitted.stages[0].macs;
    expect(fitted.curve.at(0).fitted.meanMacs).toBe(macs);
    expect(fitted.curve.at(-1).fitted.meanMacs).toBe(2 * macs);
    expect(fitted.tested.right).toBe(fitted.last.tested);
    expect(readFileSync(plot, 'utf8')).toMatch(/^<svg /);
    const written = readFileSync(join(readyFolder(cache(), 'last'), 'last.json'), 'utf8');
    const { cascade } = cardSchema.parse(JSON.parse(written));
    expect(cascade?.stages.map(({ model }) => model)).toEqual(['first', 'last']);
    expect(cascade?.stages[0]?.threshold).toBe(fitted.stages[0].threshold);
    expect(cascade?.stages[1]?.temperature).toBe(fitted.stages[1].temperature);
    expect(existsSync(join(readyFolder(cache(), 'first'), 'first.json'))).toBe(true);
  });

  it.each([
    ['a single stage', 'last --stages last', /^bad_stages/],
    ['five', 'last --stages a,b,c,d,e', /^bad_stages\n {2}why: 5 of them: 2 to 4/],
    ['an unknown stage', 'last --stages first,nobody', /^not_made\n {2}name: nobody/],
    ['other classes', 'last --stages first,resnet50_keras_in1k', /^other_classes/],
    ['no budget', 'last --stages first,last --budget 0', /^bad_argument/],
  ])('ends with 2 for %s', async (_name, text, stderr) => {
    const ended = await run(...text.split(' '), '--images', images);
    expect(ended.stderr).toMatch(stderr);
    expect(ended.code).toBe(2);
  });

  it('says so where the first stage alone is beyond the budget', async () => {
    const options = ['--stages', 'first,last', '--images', images, '--budget', '0.5'];
    const ended = await run('last', ...options);
    expect(ended.stderr).toMatch(/^beyond_budget/);
    expect(ended.code).toBe(1);
  });
});

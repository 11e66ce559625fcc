import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cardSchema } from '../../../src/model/card.ts';
import { writeOnnx } from '../../../src/onnx/write.ts';
import { MODELS } from '../commands/paths.ts';
import { toFloatGraph } from '../graph/float-graph.ts';
import type { PictureSet } from '../pictures/picture-set.ts';
import { calibrateAndQuantize, DEFAULT_OPTIONS } from '../quantize/pipeline.ts';
import { noisePictures } from '../testing/networks.ts';
import { TINY_CLASSES, TINY_SIDE, tinyNetwork } from '../testing/tiny-network.ts';
import { mostConfused } from './confusion.ts';
import { formatFull } from './format-full.ts';
import { evaluateFully, type FullEvaluation } from './full.ts';
import { measuredCard } from './measured-card.ts';
import { plotCost, plotLayers } from './plots.ts';
import { cachedLogits } from './reference.ts';

const float = toFloatGraph(tinyNetwork(1), TINY_SIDE, TINY_SIDE);
const pictures: PictureSet = { ...noisePictures(12, TINY_SIDE), label: (i) => i % TINY_CLASSES };
let folder = '';
let evaluation: FullEvaluation;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'evaluate-'));
  const int8 = await calibrateAndQuantize(float, pictures, DEFAULT_OPTIONS);
  evaluation = await evaluateFully(float, int8, pictures, { cache: folder });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('an evaluation', () => {
  it('holds both graphs, every layer, and the classes that are confused', () => {
    expect(evaluation.float).toMatchObject({ pictures: 12, agree: 12, snrDb: Infinity });
    expect(evaluation.int8.snrDb).toBeGreaterThan(20);
    expect(evaluation.layers.at(-1)!.layer).toBe('logits');
    const wrong = evaluation.confused.reduce((sum, { pictures: count }) => sum + count, 0);
    expect(wrong).toBe(12 - evaluation.int8.top1);
    const worst = evaluation.layers.reduce((a, b) => (b.lossDb > a.lossDb ? b : a));
    expect(formatFull(evaluation, ['plane, aeroplane'])).toContain(worst.layer);
  });

  it('goes onto the card in place of what it said of these pictures', () => {
    const text = readFileSync(join(MODELS, 'resnet18_8xb16_cifar10.json'), 'utf8');
    const card = cardSchema.parse(JSON.parse(text));
    const once = cardSchema.parse(measuredCard(card, evaluation, 'a command'));
    expect(once.accuracy).toHaveLength(card.accuracy.length + 2);
    expect(once.accuracy.at(-1)).toMatchObject({
      dataset: 'noise',
      images: 12,
      precision: 'int8',
      agreement: evaluation.int8.agree / 12,
      noisiest_layer: { name: expect.any(String), sqnr_db: expect.any(Number) },
    });
    const twice = measuredCard(once, evaluation, 'a command');
    expect(twice).toEqual(once);
  });

  it('is drawn as pictures that can be looked at', async () => {
    const point = { name: 'resnet', precision: 'int8', ms: 12.34, top1Percent: 78.4 } as const;
    for (const svg of [plotLayers('layers', evaluation.layers), plotCost('cost', [point])]) {
      const { width, height } = await sharp(Buffer.from(svg)).metadata();
      expect(width).toBeGreaterThanOrEqual(700);
      expect(height).toBe(460);
    }
    expect(plotLayers('t', evaluation.layers)).toContain('layer2.0.downsample');
    expect(plotCost('t', [point])).toContain('resnet');
  });
});

describe('confused classes', () => {
  it('come by number, then in their order; the right ones and the unknown do not count', () => {
    const named = [1, 1, 2, 0, 0, 3];
    const truths = [0, 0, 0, 0, undefined, 2];
    const logits = named.map((name) => Float32Array.from({ length: 4 }, (_, k) => +(k === name)));
    const set = { ...pictures, label: (i: number) => truths[i] };
    const pairs = [
      { truth: 0, named: 1, pictures: 2 },
      { truth: 0, named: 2, pictures: 1 },
      { truth: 2, named: 3, pictures: 1 },
    ];
    expect(mostConfused(logits, set, 10)).toEqual(pairs);
    expect(mostConfused(logits, set, 1)).toEqual(pairs.slice(0, 1));
  });
});

describe('logits that are kept', () => {
  it('spare a second run, unless the file is damaged', async () => {
    const cache = join(folder, 'logits');
    const graph = writeOnnx(float);
    const seen: number[] = [];
    const run = () => cachedLogits(cache, graph, pictures, (done) => seen.push(done));
    const first = await run();
    expect(seen).toEqual([8, 12]);
    expect(await run()).toEqual(first);
    expect(seen).toEqual([8, 12, 12]);
    const [name = ''] = readdirSync(cache);
    const file = readFileSync(join(cache, name));
    file[100]! ^= 1;
    writeFileSync(join(cache, name), file);
    expect(await run()).toEqual(first);
    expect(seen).toEqual([8, 12, 12, 8, 12]);
  });
});

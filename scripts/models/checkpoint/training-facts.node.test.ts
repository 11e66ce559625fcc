import { describe, expect, it } from 'vitest';
import type { PickleValue } from './pickle-value.ts';
import { trainingFacts } from './training-facts.ts';

const dict = (entries: Readonly<Record<string, PickleValue>>): PickleValue => ({
  kind: 'dict',
  entries: Object.entries(entries),
});
const config = (...styles: readonly string[]) =>
  styles.map((style) => `backbone=dict(type='ResNet', depth=50, style='${style}')`).join('\n');

describe("what a training's notes tell", () => {
  it.each<[title: string, meta: PickleValue | undefined, style: string | undefined]>([
    ['mmpretrain 1.x', dict({ cfg: config('pytorch') }), 'pytorch'],
    ['mmcls 0.x', dict({ config: config('caffe') }), 'caffe'],
    ['the same style twice', dict({ cfg: config('caffe', 'caffe') }), 'caffe'],
    ['a teacher of another style', dict({ cfg: config('caffe', 'pytorch') }), undefined],
    ['another style', dict({ cfg: config('tensorflow') }), undefined],
    ['a longer name', dict({ cfg: "hairstyle='caffe'" }), undefined],
    ['no config', dict({ epoch: 3 }), undefined],
    ['a config that is no text', dict({ cfg: 7 }), undefined],
    ['nothing', undefined, undefined],
  ])('%s', (_, meta, style) => {
    expect(trainingFacts(meta).style).toBe(style);
  });
});

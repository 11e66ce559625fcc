import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Style } from '../network/architecture.ts';
import { libraryKey, syntheticValues, toSaved } from '../testing/synthetic.ts';
import { op, saveZip } from '../testing/torch-save.ts';
import { loadFloatModel } from './float-model.ts';

const folder = mkdtempSync(join(tmpdir(), 'razorbill-float-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A checkpoint of mmpretrain whose config says a style, or says none. */
function save(depth: 18 | 50, configured: Style | undefined): string {
  const values = syntheticValues({ depth, variant: 'v1b', style: 'pytorch', classes: 2 }, 5);
  const config = op.text(`backbone=dict(type='ResNet', style='${configured}')`);
  const meta = [...op.emptyDict, ...op.mark, ...op.text('cfg'), ...config, ...op.setItems];
  const saved = toSaved(values, (key) => libraryKey(key, 'mmpretrain'));
  const path = join(folder, `${depth}-${configured}.pth`);
  writeFileSync(path, saveZip({ ...saved, extra: new Map(configured && [['meta', meta]]) }));
  return path;
}

const BASIC = save(18, 'pytorch');
const SILENT = save(50, undefined);
const CAFFE = save(50, 'caffe');

describe('a model of floats', () => {
  it.each<[title: string, path: string, asked: Style | undefined, outcome: object]>([
    ['basic blocks need no style', BASIC, undefined, { style: 'pytorch' }],
    ['basic blocks take any', BASIC, 'caffe', { style: 'pytorch' }],
    ['bottlenecks of nobody need one', SILENT, undefined, { code: 'style_needed' }],
    ['and take the one that is given', SILENT, 'caffe', { style: 'caffe' }],
    ['their own config tells', CAFFE, undefined, { style: 'caffe' }],
    ['and may not be contradicted', CAFFE, 'pytorch', { code: 'style_mismatch', saw: 'caffe' }],
  ])('%s', async (_, path, style, outcome) => {
    const loaded = await loadFloatModel(path, { style });
    if (!loaded.ok) return expect(loaded.failure).toMatchObject(outcome);
    if (loaded.value.from !== 'checkpoint') throw new TypeError('a checkpoint was given');
    expect(loaded.value.network.architecture).toMatchObject(outcome);
  });

  it('has the size and the labels that are given, if they fit', async () => {
    const size = { height: 96, width: 64 };
    const loaded = await loadFloatModel(BASIC, { size, labels: ['cat', 'dog'] });
    expect(loaded).toMatchObject({ ok: true, value: { size, classes: 2, labels: ['cat', 'dog'] } });
    expect(await loadFloatModel(BASIC, { labels: ['cat'] })).toEqual({
      ok: false,
      failure: { code: 'labels_mismatch', labels: 1, classes: 2 },
    });
  });

  it('is not read from what is not there or empty', async () => {
    const empty = join(folder, 'empty.pth');
    writeFileSync(empty, '');
    expect(await loadFloatModel(join(folder, 'absent.pth'))).toMatchObject({
      failure: { code: 'unreadable_file' },
    });
    expect(await loadFloatModel(empty)).toMatchObject({ failure: { code: 'unknown_container' } });
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { listEntries } from '../../src/model/catalogue.ts';
import { labelListSchema } from '../../src/model/labels.ts';
import { findEntry, readCatalogue } from './catalogue.ts';
import { layersOf } from './network/architecture.ts';
import { networkCost } from './network/cost.ts';
import { pageRow, toEntry } from './page-row.ts';

const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
const ENTRIES = readCatalogue();
const OURS = 'resnet50_keras_in1k';
const PAGE = ENTRIES.filter(({ name }) => name !== OURS);
const FACTS = '../shared/facts';
const present = existsSync(`${FACTS}/catalog.json`);

describe('the catalogue', () => {
  it('has the 22 rows of the page and our own default', () => {
    expect(PAGE.length).toBe(22);
    expect(ENTRIES.length).toBe(23);
  });

  it.each(ENTRIES)('$name says of its network what counting says', (entry) => {
    const { depth, variant, style } = entry.architecture;
    const layers = layersOf({ depth, variant, style, classes: entry.classes });
    const cost = networkCost(layers, entry.input.height, entry.input.width);
    expect(entry.computed).toEqual({
      parameters: cost.parameters,
      macs: cost.macs,
      page_flops: cost.pageFlops,
    });
  });

  it.each(PAGE)('$name has the parameters and FLOPs that the page prints', (entry) => {
    const { published, computed } = entry;
    expect((computed.page_flops / 1e9).toFixed(2)).toBe(published?.flops_billions?.toFixed(2));
    const parameters = (computed.parameters / 1e6).toFixed(2);
    if (entry.name === 'resnet34_8xb32_in1k') {
      // The page's own misprint, kept as printed and noted.
      expect([published?.parameters_millions, parameters]).toEqual([2.18, '21.80']);
      expect(entry.notes.join()).toContain('misprint');
    } else {
      expect(parameters).toBe(published?.parameters_millions.toFixed(2));
    }
  });

  it.each(ENTRIES)('$name has a list of labels as long as its classes', ({ labels, classes }) => {
    const list = JSON.parse(readFileSync(`models/labels/${labels}.json`, 'utf8'));
    expect(labelListSchema.parse(list).labels.length).toBe(classes);
  });

  it.each(PAGE.filter(({ dataset }) => dataset.startsWith('cifar')))(
    '$name tells the trap of its page',
    ({ notes, preprocess }) => {
      expect(notes.join()).toContain('full size and in BGR');
      expect(preprocess).toMatchObject({ crop: { height: 32, width: 32 }, channels: 'rgb' });
    },
  );

  it('is in the Worker whole', () => {
    expect(listEntries().toSorted(byName)).toEqual(ENTRIES.toSorted(byName));
  });

  it('answers an unknown name with the known ones', () => {
    expect(findEntry('resnet51')).toMatchObject({
      failure: { code: 'unknown_model', known: ENTRIES.map(({ name }) => name) },
    });
  });
});

describe.skipIf(!present)('the catalogue against the facts (needs ../shared)', () => {
  const facts = (file: string) => JSON.parse(readFileSync(`${FACTS}/${file}`, 'utf8'));
  const rows = present ? pageRow.array().parse(facts('catalog.json').models) : [];

  it.each(rows)('$name is what its row gives', (row) => {
    expect(ENTRIES.find(({ name }) => name === row.name)).toEqual(toEntry(row));
  });

  it('counts as the facts counted', () => {
    const counted = facts('catalog.json').models.map(
      (row: { name: string; computed: Record<string, number> }) => ({
        name: row.name,
        computed: {
          parameters: row.computed.params,
          macs: row.computed.macs_conv_fc,
          page_flops: row.computed.mmcv_style_flops,
        },
      }),
    );
    const ours = rows.map(toEntry).map(({ name, computed }) => ({ name, computed }));
    expect(ours).toEqual(counted);
  });

  it.each(['imagenet-1k', 'cifar10', 'cifar100', 'cub200'])('%s names the classes', (name) => {
    const list = JSON.parse(readFileSync(`models/labels/${name}.json`, 'utf8'));
    const names = labelListSchema.parse(list).labels.map((label) => label.name);
    expect(names).toEqual(facts('labels.json').datasets[name].classes);
  });
});

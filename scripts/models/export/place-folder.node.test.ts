import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { placeFolder } from './place-folder.ts';

const ROOT = mkdtempSync(join(tmpdir(), 'place-'));
afterAll(() => rmSync(ROOT, { recursive: true }));

const target = join(ROOT, 'repository', 'net');
const staging = join(ROOT, 'repository.net.partial');
const FILES = new Map([
  ['config.pbtxt', 'new'],
  ['1/model.onnx', 'graph'],
]);

beforeEach(() => {
  rmSync(join(ROOT, 'repository'), { recursive: true, force: true });
});

describe('a folder', () => {
  it('comes whole, in a place that was not there, and leaves nothing beside it', () => {
    expect(placeFolder(target, staging, FILES, false)).toMatchObject({ ok: true });
    expect(readFileSync(join(target, '1/model.onnx'), 'utf8')).toBe('graph');
    expect(readdirSync(ROOT)).toEqual(['repository']);
  });

  it('that is there stays as it is, unless forced', () => {
    mkdirSync(target, { recursive: true });
    writeFileSync(join(target, 'old.txt'), 'old');
    expect(placeFolder(target, staging, FILES, false)).toEqual({
      ok: false,
      failure: { code: 'already_there', path: target, give: '--force' },
    });
    expect(readdirSync(target)).toEqual(['old.txt']);
    expect(placeFolder(target, staging, FILES, true)).toMatchObject({ ok: true });
    expect(readdirSync(target).toSorted()).toEqual(['1', 'config.pbtxt']);
    expect(readdirSync(ROOT)).toEqual(['repository']);
  });

  it('begins anew over what an interrupted run left', () => {
    for (const left of [staging, `${staging}.replaced`]) {
      mkdirSync(left);
      writeFileSync(join(left, 'half.txt'), 'half');
    }
    expect(placeFolder(target, staging, FILES, false)).toMatchObject({ ok: true });
    expect(readdirSync(target).toSorted()).toEqual(['1', 'config.pbtxt']);
    expect(readdirSync(ROOT)).toEqual(['repository']);
  });

  it('that cannot be written is not seen at all', () => {
    const bad = new Map([...FILES, ['1/model.onnx/below', 'a file in a file']]);
    expect(placeFolder(target, staging, bad, true)).toMatchObject({
      failure: { code: 'unwritable', path: target },
    });
    expect(existsSync(target)).toBe(false);
    rmSync(staging, { recursive: true });
  });
});

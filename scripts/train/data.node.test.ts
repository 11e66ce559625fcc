import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { op } from '../models/testing/torch-save.ts';
import { missingPython, PYTHON } from './python.ts';
import {
  BATCHES,
  type Batch,
  batchPickle,
  syntheticBatch,
  writeSheets,
} from './synthetic-cifar.ts';

const missing = missingPython('numpy', 'PIL');
if (missing !== undefined) console.error(`Training data: skipped, ${missing}`);

const ROOT = mkdtempSync(join(tmpdir(), 'cifar-'));
afterAll(() => rmSync(ROOT, { recursive: true }));

/** One process for all folders: what load_cifar says of each, as JSON. */
const SCRIPT = `
import hashlib, json, sys
from pathlib import Path
from data import BadData, load_cifar
for folder in sys.argv[1:]:
    try:
        train, test = load_cifar(Path(folder))
        digest = hashlib.sha256(train.pixels.tobytes() + test.pixels.tobytes()).hexdigest()
        labels = [*train.labels.tolist(), *test.labels.tolist()]
        shape = [*train.pixels.shape, *test.pixels.shape]
        print(json.dumps({"shape": shape, "labels": labels, "digest": digest}))
    except BadData as bad:
        print(json.dumps({"code": bad.code, "file": bad.file.name, "reason": bad.reason}))
`;

function loaded(folders: readonly string[]): unknown[] {
  const done = spawnSync(PYTHON, ['-c', SCRIPT, ...folders], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  });
  if (done.status !== 0) throw new Error(done.stderr);
  return done.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

let folders = 0;
function folder(): string {
  const path = join(ROOT, String(folders++));
  mkdirSync(path);
  return path;
}

function pickles(first: Uint8Array, rest: Batch = syntheticBatch(2, 1)): string {
  const path = folder();
  for (const name of BATCHES) writeFileSync(join(path, name), batchPickle(rest));
  writeFileSync(join(path, 'data_batch_1'), first);
  return path;
}

/** os.system('true'), as a malicious pickle has it. */
const CALL = [...op.global('posix', 'system'), ...op.tupleOf(op.text('true')), ...op.reduce];

const good = syntheticBatch(2, 1);
const whole = batchPickle(good);

const BAD: readonly (readonly [what: string, first: Uint8Array, code: string, reason: RegExp])[] = [
  [
    'a call of code',
    Uint8Array.from([...op.proto, ...CALL, ...op.stop]),
    'bad_pickle',
    /posix\.system/,
  ],
  ['a file cut in the middle', whole.subarray(0, whole.length / 2), 'bad_pickle', /./],
  ['an empty file', new Uint8Array(0), 'bad_pickle', /./],
  ['no dict', Uint8Array.from([...op.proto, ...op.int(7), ...op.stop]), 'bad_batch', /no dict/],
  ['no pictures', Uint8Array.from([...op.proto, 0x7d, 0x2e]), 'bad_batch', /no array/],
  ['pictures of another size', batchPickle(good, { columns: 3071 }), 'bad_batch', /3071/],
  ['another dtype', batchPickle(good, { dtype: 'O8' }), 'bad_batch', /O8/],
  ['more rows than bytes', batchPickle(good, { rows: 3 }), 'bad_batch', /3, 3072/],
  ['more rows than we take', batchPickle(good, { rows: 20_001 }), 'bad_batch', /20000/],
  ['a label too many', batchPickle({ ...good, labels: [1, 2, 3] }), 'bad_labels', /3 labels/],
  ['a label out of range', batchPickle({ ...good, labels: [1, 10] }), 'bad_labels', /10, not/],
];

describe.skipIf(missing !== undefined)('CIFAR-10 for training', () => {
  it("is the same from Python 2's pickles and from PNG sheets", async () => {
    const batches = BATCHES.map((_, i) => syntheticBatch(3, i));
    const [asPickles, asSheets] = [folder(), folder()];
    for (const [i, name] of BATCHES.entries()) {
      writeFileSync(join(asPickles, name), batchPickle(batches[i]!));
    }
    await writeSheets(asSheets, batches);
    const [one, other] = loaded([asPickles, asSheets]);
    expect(one).toMatchObject({
      shape: [15, 3, 32, 32, 3, 3, 32, 32],
      labels: batches.flatMap(({ labels }) => labels),
    });
    expect(other).toEqual(one);
  });

  it('is refused by the file and the reason', async () => {
    const sheets = folder();
    await writeSheets(
      sheets,
      BATCHES.map((_, i) => syntheticBatch(3, i)),
    );
    writeFileSync(join(sheets, 'train_lables.json'), '[1, 2');
    const found = loaded([...BAD.map(([, first]) => pickles(first)), sheets, folder()]);
    for (const [i, [what, , code, reason]] of BAD.entries()) {
      const expected = { code, file: 'data_batch_1', reason: expect.stringMatching(reason) };
      expect(found[i], what).toMatchObject(expected);
    }
    expect(found.at(-2)).toMatchObject({ code: 'bad_labels', file: 'train_lables.json' });
    expect(found.at(-1)).toMatchObject({ code: 'no_data' });
  });
});

import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeOnnx } from '../../../src/onnx/write.ts';
import { toFloatGraph } from '../graph/float-graph.ts';
import { runModels } from '../testing/command.ts';
import { tinyNetwork } from '../testing/tiny-network.ts';
import { ROOT } from './paths.ts';

const folder = mkdtempSync(join(tmpdir(), 'razorbill-quantize-'));
const [graph, pictures, out] = ['net.onnx', 'pictures', 'int8.onnx'].map((name) => {
  return join(folder, name);
}) as [string, string, string];

beforeAll(() => {
  writeFileSync(graph, writeOnnx(toFloatGraph(tinyNetwork(1), 32, 32)));
  mkdirSync(pictures);
  const samples = ['golden-cat.jpg', 'golden-espresso.jpg'];
  for (const file of samples)
    copyFileSync(join(ROOT, 'models/samples', file), join(pictures, file));
  const lines = ['file,class_index', ...samples.map((file) => `${file},0`)];
  writeFileSync(join(pictures, 'labels.csv'), lines.join('\n'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function quantize(...args: readonly string[]) {
  const own = ['--preprocess', 'cifar10', '--out', out, '--json'];
  const env = { RAZORBILL_CACHE: join(folder, 'cache') };
  const { code, stdout } = await runModels(['quantize', graph, ...args, ...own], env);
  return { code, json: JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as object };
}

describe('npm run models -- quantize', () => {
  it('quantizes a float32 ONNX file on pictures, and compares the two', async () => {
    const { code, json } = await quantize('--calibrate', pictures, '--keep-float', 'first');
    expect(json).toMatchObject({
      method: 'percentile',
      pictures: 2,
      gates: { pictures: 2, noisiest: { sqnrDb: expect.any(Number) } },
      peak_memory_bytes: expect.any(Number),
    });
    expect(code).toBe(0);
    expect(existsSync(out)).toBe(true);
    rmSync(out);
  }, 60_000);

  it.each([
    [['--method', 'data-free'], 2, { code: 'no_statistics', layer: 'conv0' }],
    [[], 2, { code: 'no_pictures' }],
    [['--keep-float', 'middle'], 2, { code: 'bad_argument', option: '--keep-float' }],
  ] as const)(
    'with %o ends with %i and writes nothing',
    async (args, exit, failure) => {
      const { code, json } = await quantize(...args);
      expect(json).toMatchObject({ failure });
      expect(code).toBe(exit);
      expect(existsSync(out)).toBe(false);
    },
    60_000,
  );
});

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/digest.ts';
import type { Architecture } from '../network/architecture.ts';
import { saveSafetensors } from '../testing/safetensors-save.ts';
import { libraryKey, syntheticValues, toSaved } from '../testing/synthetic.ts';
import { parseSize } from './arguments.ts';

const folder = mkdtempSync(join(tmpdir(), 'razorbill-convert-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** timm's keys in safetensors. */
function save(architecture: Architecture): string {
  const { depth, variant } = architecture;
  const values = syntheticValues(architecture, 2);
  const path = join(folder, `resnet${depth}-${variant}.safetensors`);
  const saved = toSaved(values, (key) => libraryKey(key, 'timm', variant));
  writeFileSync(path, saveSafetensors(saved));
  return path;
}

function convert(...args: readonly string[]): { status: number | null; json: unknown } {
  const command = ['--disable-warning=ExperimentalWarning', 'scripts/models.ts', 'convert'];
  const done = spawnSync('node', [...command, ...args, '--json'], { encoding: 'utf8' });
  return { status: done.status, json: JSON.parse(done.stdout.trim().split('\n').at(-1) ?? '') };
}

describe('npm run models -- convert', () => {
  it('writes a ResNet-152 within 2 GiB of memory, and says what it wrote', async () => {
    const path = save({ depth: 152, variant: 'v1d', style: 'pytorch', classes: 1000 });
    const out = join(folder, 'net.onnx');
    const { status, json } = convert(path, '--out', out);
    expect(status).toBe(0);
    expect(json).toMatchObject({
      depth: 152,
      variant: 'v1d',
      style: 'pytorch',
      classes: 1000,
      keys: 'timm',
      container: 'safetensors',
      parameters: 60_212_040,
      size: { height: 224, width: 224 },
      sha256: await sha256(readFileSync(out)),
    });
    const { peak_memory_bytes } = json as { peak_memory_bytes: number };
    expect(peak_memory_bytes).toBeGreaterThan(2 ** 28);
    expect(peak_memory_bytes).toBeLessThan(2 ** 31);
    rmSync(path);
    rmSync(out);
  }, 60_000);

  it('asks for what the file does not tell, and writes nothing', () => {
    const path = save({ depth: 50, variant: 'v1b', style: 'pytorch', classes: 2 });
    const out = join(folder, 'none.onnx');
    expect(convert(path, '--out', out)).toEqual({
      status: 2,
      json: { failure: { code: 'style_needed', option: '--style pytorch|caffe', depth: 50 } },
    });
    for (const size of ['0', '4097', '-3', '224x', 'x224', '1e3']) {
      expect(parseSize(size), size).toBeUndefined();
    }
    expect([parseSize('4096'), parseSize('1x448')]).toEqual([
      { height: 4096, width: 4096 },
      { height: 1, width: 448 },
    ]);
    expect(convert(path, '--out', out, '--size', '4097')).toMatchObject({ status: 2 });
    writeFileSync(path, 'no checkpoint');
    expect(convert(path, '--out', out)).toMatchObject({
      status: 1,
      json: { failure: { code: 'unknown_container' } },
    });
    expect(existsSync(out)).toBe(false);
  }, 30_000);
});

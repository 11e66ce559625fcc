import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeOnnx } from '../../src/onnx/write.ts';
import { loadFloatModel } from '../models/commands/float-model.ts';
import { randomValues } from '../models/testing/synthetic.ts';
import { missingPython, PYTHON } from './python.ts';
import { BATCHES, batchPickle, syntheticBatch } from './synthetic-cifar.ts';

const missing = missingPython('torch', 'numpy');
if (missing !== undefined) console.error(`Training: skipped, ${missing}`);

const HERE = import.meta.dirname;
const ROOT = mkdtempSync(join(tmpdir(), 'train-'));
const DATA = join(ROOT, 'data');
afterAll(() => rmSync(ROOT, { recursive: true }));

const SETTINGS = ['--epochs', '3', '--batch', '8', '--rate', '0.02', '--save-every', '4'];

function commandFor(out: string): string[] {
  return [join(HERE, 'train.py'), '--data', DATA, '--out', join(ROOT, out), ...SETTINGS];
}

/** Runs until the end, or until a line on stderr begins with `until`, then kills it. */
function train(
  out: string,
  stop?: { readonly until: string; readonly by: NodeJS.Signals },
  more: readonly string[] = [],
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const running = spawn(PYTHON, [...commandFor(out), '--device', 'cpu', ...more]);
    let [stdout, stderr] = ['', ''];
    running.stdout.on('data', (data) => {
      stdout += data;
    });
    running.stderr.on('data', (data) => {
      stderr += data;
      if (stop !== undefined && stderr.includes(stop.until)) running.kill(stop.by);
    });
    running.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

describe.skipIf(missing !== undefined)('the training recipe', { timeout: 180_000 }, () => {
  let whole: Record<string, unknown> & { losses: number[] };

  beforeAll(async () => {
    mkdirSync(DATA);
    for (const [i, name] of BATCHES.entries()) {
      writeFileSync(join(DATA, name), batchPickle(syntheticBatch(10, i)));
    }
    const done = await train('whole.pth');
    expect(done.stderr).toContain('epoch 3/3');
    whole = JSON.parse(done.stdout);
  });

  it('lowers the loss, and ends with one line of JSON', () => {
    expect(whole).toMatchObject({ steps: 18, epochs: 3, test_pictures: 10, device: 'cpu' });
    expect(whole.losses).toHaveLength(3);
    expect(whole.losses.at(-1)).toBeLessThan(0.85 * whole.losses[0]!);
    expect(whole.accuracy).toBeGreaterThanOrEqual(0);
  });

  it('killed and interrupted goes on to the same weights, bit by bit', async () => {
    const killed = await train('parts.pth', { until: 'saved step 4/', by: 'SIGKILL' });
    expect(killed).toMatchObject({ code: null, stdout: '' });
    const stopped = await train('parts.pth', { until: 'saved step 12/', by: 'SIGTERM' });
    expect(stopped.code).toBe(128 + 15);
    expect(stopped.stderr).toMatch(/going on from step [48]\/18/);
    expect(stopped.stderr).toContain('the same command goes on');
    expect(existsSync(join(ROOT, 'parts.pth'))).toBe(false);
    const done = await train('parts.pth');
    expect(done.stderr).toMatch(/going on from step 1\d\/18/);
    const { seconds: _, out: _out, ...rest } = JSON.parse(done.stdout);
    const { seconds: __, out: __out, ...expected } = whole;
    expect(rest).toEqual(expected);
    expect(readdirSync(ROOT).toSorted()).toEqual(['data', 'parts.pth', 'whole.pth']);
  });

  it("writes a checkpoint that converts to a graph of torch's own logits", async () => {
    const float = await loadFloatModel(join(ROOT, 'whole.pth'));
    if (!float.ok) throw new Error(JSON.stringify(float.failure));
    expect(float.value.labels?.slice(0, 2)).toEqual(['airplane', 'automobile']);
    expect(float.value).toMatchObject({
      network: {
        library: 'mmpretrain',
        architecture: { depth: 18, variant: 'cifar', classes: 10 },
      },
    });
    const input = randomValues(3, 2 * 3 * 32 * 32);
    writeFileSync(join(ROOT, 'data', 'input.bin'), new Uint8Array(input.buffer));
    const script = `
import json, sys, numpy, torch
from network import ResNet18Cifar
network = ResNet18Cifar(10).eval()
network.load_state_dict(torch.load(sys.argv[1])["state_dict"])
x = torch.from_numpy(numpy.fromfile(sys.argv[2], numpy.float32).reshape(2, 3, 32, 32))
print(json.dumps(network(x).flatten().tolist()))
`;
    const paths = [join(ROOT, 'whole.pth'), join(ROOT, 'data', 'input.bin')];
    const torch = spawnSync(PYTHON, ['-c', script, ...paths], { cwd: HERE, encoding: 'utf8' });
    const expected: number[] = JSON.parse(torch.stdout);
    const session = await InferenceSession.create(writeOnnx(float.value.model));
    const { logits } = await session.run({ input: new Tensor('float32', input, [2, 3, 32, 32]) });
    const largest = Math.max(...expected.map(Math.abs));
    for (const [i, value] of [...(logits!.data as Float32Array)].entries()) {
      expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-4 * largest);
    }
  });

  const MADE = `
import os, sys, torch
torch.save({"identity": os.system, "numbers": "{}"}, sys.argv[1] + "/call.pth.state")
torch.save({"identity": "x", "numbers": "{}"}, sys.argv[1] + "/another.pth.state")
`;

  it('refuses bad states and too little data by their names', async () => {
    const made = join(ROOT, 'refused');
    mkdirSync(made);
    spawnSync(PYTHON, ['-c', MADE, made]);
    writeFileSync(join(made, 'damaged.pth.state'), 'no state');
    const cases = [
      [['--out', join(made, 'call.pth')], 'bad_state'],
      [['--out', join(made, 'damaged.pth')], 'bad_state'],
      [['--out', join(made, 'another.pth')], 'state_of_another_run'],
      [['--out', join(made, 'few.pth'), '--batch', '51'], 'too_few_pictures'],
      [['--out', join(made, 'none.pth'), '--data', made], 'no_data'],
    ] as const;
    const codes = cases.map(async ([args]) => {
      const { code, stdout, stderr } = await train('unused.pth', undefined, args);
      expect([code, stdout]).toEqual([2, '']);
      return JSON.parse(stderr.trim().split('\n').at(-1)!).failure.code;
    });
    expect(await Promise.all(codes)).toEqual(cases.map(([, code]) => code));
    expect(readdirSync(made).filter((file) => file.endsWith('.pth'))).toEqual([]);
    rmSync(made, { recursive: true });
  });
});

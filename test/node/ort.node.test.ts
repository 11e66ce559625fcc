import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestHarness } from 'wrangler';
import { ORT_CONFIG, startWorkers } from './harness.ts';

const SUITE = new URL('../../../shared/suites/onnx/files/', import.meta.url);
const present = existsSync(SUITE);
if (!present) console.error('The ORT Worker: skipped, ../shared/suites/onnx is absent');

interface Facts {
  readonly name: string;
  readonly graph: string;
  readonly bytes: number;
  readonly input: { readonly height: number; readonly width: number; readonly layout: 'NCHW' };
  readonly classes: number;
}

interface Answer {
  readonly ok: boolean;
  readonly scores?: readonly number[];
  readonly bytes?: number;
  readonly failure?: { readonly code: string; readonly reason?: string };
}

interface Memory {
  readonly linearBytes: number;
  readonly linearBytesMax: number;
  readonly loads: number;
  readonly traps: number;
}

/** The suite's three small ResNets: [N, 3, 16, 16] to [N, 10]. */
const TINY = [13, 17, 21].map((opset) => `ok_resnet_tiny_opset${opset}.onnx`);

function readGraph(file: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(file, SUITE)));
}

function describeGraph(graph: Uint8Array, side = 16, classes = 10): Facts {
  const digest = createHash('sha256').update(graph).digest('hex');
  const input = { height: side, width: side, layout: 'NCHW' } as const;
  return { name: 'tiny', graph: digest, bytes: graph.length, input, classes };
}

/** Some picture, the same every time. */
function fillTensor(length: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length }, (_, i) => Math.sin(i * 0.7) + Math.cos(i * 0.13));
}

describe.skipIf(!present)('the ORT Worker', () => {
  let workers: TestHarness;

  beforeAll(async () => {
    workers = await startWorkers(['test/worker/ort/wrangler.toml', ORT_CONFIG]);
  });

  afterAll(async () => {
    await workers.close();
  });

  async function store(graph: Uint8Array<ArrayBuffer>, facts: Facts): Promise<void> {
    const env = await workers.getWorker().getEnv();
    await env.MODELS.put(`graphs/${facts.graph}.onnx`, graph);
  }

  async function run(facts: Facts, input: Float32Array<ArrayBuffer>): Promise<Answer> {
    const path = `/run?facts=${encodeURIComponent(JSON.stringify(facts))}`;
    const response = await workers.fetch(path, { method: 'POST', body: input.buffer });
    return (await response.json()) as Answer;
  }

  async function memory(): Promise<Memory> {
    return (await (await workers.fetch('/memory')).json()) as Memory;
  }

  it.each(TINY)('%s scores as in onnxruntime-node', async (file) => {
    const graph = readGraph(file);
    const facts = describeGraph(graph);
    await store(graph, facts);
    const input = fillTensor(3 * 16 * 16);
    const answer = await run(facts, input);
    const reference = await InferenceSession.create(graph);
    const feeds = { x: new Tensor('float32', input, [1, 3, 16, 16]) };
    const expected = (await reference.run(feeds)).y?.data as Float32Array;
    await reference.release();
    expect(answer.scores).toHaveLength(10);
    // Two steps of the output's scale of 0.02: summation orders may flip a rounding.
    answer.scores?.forEach((score, i) => {
      expect(Math.abs(score - (expected[i] ?? Number.NaN))).toBeLessThanOrEqual(0.0401);
    });
  });

  it('eight first requests at once load the graph once', async () => {
    // Metadata makes it another graph than those before, for it to be cold.
    const graph = Buffer.concat([readGraph(TINY[1] ?? ''), Buffer.from([0x32, 1, 0x61])]);
    const facts = describeGraph(graph);
    await store(new Uint8Array(graph), facts);
    const before = await memory();
    const input = fillTensor(3 * 16 * 16);
    const answers = await Promise.all(Array.from({ length: 8 }, () => run(facts, input)));
    expect(answers.map((answer) => answer.ok)).toEqual(Array(8).fill(true));
    expect((await memory()).loads).toBe(before.loads + 1);
  });

  it('a tensor with NaN is computed, one of another shape is not', async () => {
    const graph = readGraph(TINY[1] ?? '');
    const facts = describeGraph(graph);
    const input = fillTensor(3 * 16 * 16).fill(Number.NaN, 0, 9);
    expect((await run(facts, input)).scores).toHaveLength(10);
    const short = await run(facts, fillTensor(3 * 16 * 15));
    expect(short.failure?.code).toBe('tensor_mismatch');
    expect((await run(facts, fillTensor(3 * 16 * 16))).ok).toBe(true);
  });

  const REFUSED: ReadonlyArray<
    readonly [name: string, make: () => readonly [Uint8Array<ArrayBuffer>, Facts], code: string]
  > = [
    ['bytes that are no graph', () => described(new Uint8Array(5000).fill(7)), 'graph_refused'],
    ['another input size', () => described(readGraph(TINY[0] ?? ''), 32), 'graph_refused'],
    [
      'another number of classes',
      () => described(readGraph(TINY[2] ?? ''), 16, 9),
      'graph_refused',
    ],
    ['two outputs', () => described(readGraph('ok_two_outputs.onnx'), 4), 'graph_refused'],
    ['a graph larger than the isolate takes', () => tooLarge(), 'graph_refused'],
    ['a digest that is not the bytes’', () => swapped(), 'graph_unreadable'],
  ];

  it.each(REFUSED)('%s is refused, and the next request is served', async (_name, make, code) => {
    const [graph, facts] = make();
    await store(graph, facts);
    expect((await run(facts, fillTensor(3 * facts.input.height ** 2))).failure?.code).toBe(code);
    const sound = describeGraph(readGraph(TINY[1] ?? ''));
    expect((await run(sound, fillTensor(3 * 16 * 16))).ok).toBe(true);
  });

  it('stays under its lid, without a trap', async () => {
    const { linearBytes, linearBytesMax, traps } = await memory();
    expect(linearBytes).toBeGreaterThan(0);
    expect(linearBytes).toBeLessThanOrEqual(linearBytesMax);
    expect(traps).toBe(0);
  });
});

function described(
  graph: Uint8Array<ArrayBuffer>,
  side = 16,
  classes = 10,
): readonly [Uint8Array<ArrayBuffer>, Facts] {
  return [graph, describeGraph(graph, side, classes)];
}

function tooLarge(): readonly [Uint8Array<ArrayBuffer>, Facts] {
  const graph = readGraph(TINY[0] ?? '');
  return [graph, { ...describeGraph(graph), graph: 'a'.repeat(64), bytes: 45_000_000 }];
}

function swapped(): readonly [Uint8Array<ArrayBuffer>, Facts] {
  const graph = readGraph(TINY[0] ?? '');
  return [graph, { ...describeGraph(graph), graph: 'b'.repeat(64) }];
}

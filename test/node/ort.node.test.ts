import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
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
  readonly rewinds: number;
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
    // Another graph than those before: it is cold.
    const graph = padGraph(9000);
    const facts = describeGraph(graph);
    await store(graph, facts);
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

  it('graphs take turns in memory, and each answers whenever it is asked', async () => {
    // A document string makes a graph as large as wanted: that is what the accounting goes by.
    const graphs = [11_000_000, 12_000_000, 13_000_000].map((bytes) => padGraph(bytes));
    for (const graph of graphs) await store(graph, describeGraph(graph));
    const input = fillTensor(3 * 16 * 16);
    const [first] = (await run(describeGraph(readGraph(TINY[1] ?? '')), input)).scores ?? [];
    const before = await memory();
    for (const turn of [0, 1, 2, 1, 0, 2]) {
      const answer = await run(describeGraph(graphs[turn] ?? new Uint8Array(0)), input);
      expect(answer.scores?.[0]).toBe(first);
      expect((await memory()).linearBytes).toBeLessThanOrEqual(before.linearBytesMax);
    }
    // Not all three fit at once: some were loaded a second time.
    expect((await memory()).loads).toBeGreaterThan(before.loads + 3);
  });

  it('no file of the suite takes the isolate down', async () => {
    const codes = new Set<string>();
    for (const file of readdirSync(SUITE)) {
      const graph = readGraph(file);
      if (graph.length === 0) continue;
      const facts = describeGraph(graph);
      await store(graph, facts);
      const answer = await run(facts, fillTensor(3 * 16 * 16));
      codes.add(answer.ok ? 'scores' : (answer.failure?.code ?? ''));
    }
    expect([...codes].sort()).toEqual(['graph_refused', 'scores']);
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

describe.skipIf(!present)('the ORT Worker after a trap', () => {
  it('tells the caller, then serves the next request from a fresh memory', async () => {
    const configs = ['test/worker/ort/wrangler.toml', 'test/worker/ort/spoiled.toml'];
    const workers = await startWorkers(configs);
    try {
      const graph = readGraph(TINY[0] ?? '');
      const facts = describeGraph(graph);
      const env = await workers.getWorker().getEnv();
      await env.MODELS.put(`graphs/${facts.graph}.onnx`, graph);
      const path = `/run?facts=${encodeURIComponent(JSON.stringify(facts))}`;
      const body = fillTensor(3 * 16 * 16).buffer;
      const ask = async (): Promise<Answer> => {
        return (await (await workers.fetch(path, { method: 'POST', body })).json()) as Answer;
      };
      const sound = await ask();
      expect(sound.scores).toHaveLength(10);
      for (const time of [1, 2]) {
        await workers.fetch('/spoil');
        expect((await ask()).failure?.code).toBe('engine_failed');
        expect(await ask()).toEqual(sound);
        const told = (await (await workers.fetch('/memory')).json()) as Memory;
        expect(told).toMatchObject({ traps: time, rewinds: time });
      }
    } finally {
      await workers.close();
    }
  });
});

/** The same graph, with a document string (ModelProto field 6) that brings it to `bytes`. */
function padGraph(bytes: number): Uint8Array<ArrayBuffer> {
  const graph = readGraph(TINY[1] ?? '');
  const padded = new Uint8Array(bytes).fill(0x61);
  // Tag, then the length as a varint of exactly four bytes.
  const length = bytes - graph.length - 5;
  const varint = [0, 7, 14, 21].map((shift) => ((length >> shift) & 0x7f) | 0x80);
  varint[3] = (varint[3] ?? 0) & 0x7f;
  padded.set(graph);
  padded.set([0x32, ...varint], graph.length);
  return padded;
}

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

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isDigest } from '../../src/digest.ts';
import { randomResnet } from '../../src/engine/simd/random-model.node.ts';
import { publish } from '../../src/model/publish.ts';
import { createR2Objects } from '../../src/model/r2.ts';
import type { OnnxModel } from '../../src/onnx/graph.ts';
import { writeOnnx } from '../../src/onnx/write.ts';
import { readEmbedded, readSample, type Service, SMALL_MODEL, startService } from './workers.ts';

interface Answer {
  readonly predictions: ReadonlyArray<{ readonly label: string; readonly score: number }>;
  readonly run: { readonly engine: string };
}

const BOATS = readSample('boats.jpg');
const covered = randomResnet(
  { depth: 18, variant: 'cifar', style: 'pytorch', size: [32, 32], classes: 10, width: 16 },
  7,
  false,
);

/** The same network with one more node behind its logits. */
function withNode(model: OnnxModel, op: string): OnnxModel {
  const [output] = model.graph.outputs;
  if (output === undefined) throw new Error('a graph without output');
  const inputs = [output.name];
  const node = { name: op, op, inputs, outputs: ['more'], attributes: new Map() };
  const outputs = [{ ...output, name: 'more' }];
  return { ...model, graph: { ...model.graph, nodes: [...model.graph.nodes, node], outputs } };
}

let service: Service;
beforeAll(async () => {
  service = await startService();
  await publishAs('covered', covered);
  await publishAs('uncovered', withNode(covered, 'Softsign'));
});
afterAll(() => service.close());

async function publishAs(name: string, model: OnnxModel): Promise<void> {
  const { card, labels } = readEmbedded(SMALL_MODEL);
  const graph = writeOnnx(model);
  const digest = createHash('sha256').update(graph).digest('hex');
  if (!isDigest(digest)) throw new Error('no digest');
  const own = { ...card, name, graph: digest, bytes: graph.length };
  const published = await publish(createR2Objects(service.models), { card: own, labels, graph });
  if (!published.ok) throw new Error(JSON.stringify(published.failure));
}

async function classify(model: string): Promise<Answer> {
  const path = `/v1/classify?model=${model}&top_k=10`;
  const headers = { 'cache-control': 'no-cache' };
  const response = await service.fetch(path, { method: 'POST', body: BOATS, headers });
  expect(response.status, await response.clone().text()).toBe(200);
  return (await response.json()) as Answer;
}

describe('a graph with an operator that our engine does not cover', () => {
  it('runs on onnxruntime-web, and the answer and the log say so', async () => {
    const ours = await classify('covered');
    const theirs = await classify('uncovered');
    expect(ours.run.engine).toBe('simd');
    expect(theirs.run.engine).toBe('ort');
    // Softsign is monotone: the order of the classes is what both engines must agree on.
    const order = ({ predictions }: Answer) => predictions.map(({ label }) => label);
    expect(order(theirs)).toEqual(order(ours));
    expect(service.logs()).toContain('engine_fallback');
    expect(service.logs()).toContain('unknown_operator:Softsign');
  });
});

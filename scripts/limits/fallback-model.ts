import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../src/digest.ts';
import { cardSchema } from '../../src/model/card.ts';
import type { OnnxModel } from '../../src/onnx/graph.ts';
import { readModel } from '../../src/onnx/read.ts';
import { writeOnnx } from '../../src/onnx/write.ts';

/** The largest embedded model, and the same again with one operator that our engine lacks. */
const LARGEST = 'resnet50_keras_in1k';
const FALLBACK = 'resnet50_softmax_in1k';

/**
 * A folder of the embedded models and one that must run on onnxruntime-web: otherwise that
 * isolate would stand idle under load, and its limit would not be tested.
 */
export async function writeModelsWithFallback(folder: string): Promise<string> {
  const dir = join(folder, 'models');
  mkdirSync(dir);
  cpSync('models', dir, { recursive: true });
  const read = readModel(new Uint8Array(readFileSync(join(dir, `${LARGEST}.onnx`))));
  if (!read.ok) throw new Error(`${LARGEST}: ${JSON.stringify(read.failure)}`);
  const graph = writeOnnx(endInSoftmax(read.value));
  const embedded = cardSchema.parse(JSON.parse(readFileSync(join(dir, `${LARGEST}.json`), 'utf8')));
  const card = { ...embedded, name: FALLBACK, graph: await sha256(graph), bytes: graph.length };
  writeFileSync(join(dir, `${FALLBACK}.onnx`), graph);
  writeFileSync(join(dir, `${FALLBACK}.json`), `${JSON.stringify(card, null, 2)}\n`);
  return dir;
}

function endInSoftmax(model: OnnxModel): OnnxModel {
  const { graph } = model;
  const [logits] = graph.outputs;
  if (logits === undefined) throw new Error('a graph without an output');
  const output = { ...logits, name: 'probabilities' };
  const softmax = {
    name: 'softmax',
    op: 'Softmax',
    inputs: [logits.name],
    outputs: [output.name],
    attributes: new Map(),
  };
  return { ...model, graph: { ...graph, nodes: [...graph.nodes, softmax], outputs: [output] } };
}

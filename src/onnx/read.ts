import type { Result } from '../result.ts';
import { fail, ok } from '../result.ts';
import type { OnnxFailure } from './failure.ts';
import type { OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxValue } from './graph.ts';
import type { OnnxLimits } from './limits.ts';
import {
  GRAPH_OUTPUTS_MAX,
  IR_VERSION_MAX,
  IR_VERSION_MIN,
  METADATA_BYTES_MAX,
  METADATA_MAX,
  ONNX_LIMITS,
  OPSET_MAX,
  OPSET_MIN,
  OPSETS_MAX,
} from './limits.ts';
import { readNode } from './read-node.ts';
import { readTensor } from './read-tensor.ts';
import { readValue } from './read-value.ts';
import type { Fields, FindExternal } from './wire.ts';
import { Verdict, Wire } from './wire.ts';

// Field numbers of onnx.proto (onnx/onnx, Apache-2.0).
const MODEL: Fields = new Map([
  [1, 'varint'], // ir_version
  [2, 'bytes'], // producer_name
  [3, 'bytes'],
  [4, 'bytes'],
  [5, 'varint'],
  [6, 'bytes'],
  [7, 'bytes'], // graph
  [8, 'bytes'], // opset_import
  [14, 'bytes'], // metadata_props
  [20, 'bytes'], // training_info
  [25, 'bytes'], // functions
]);
const GRAPH: Fields = new Map([
  [1, 'bytes'], // node
  [2, 'bytes'], // name
  [5, 'bytes'], // initializer
  [10, 'bytes'],
  [11, 'bytes'], // input
  [12, 'bytes'], // output
  [13, 'bytes'], // value_info
  [15, 'bytes'], // sparse_initializer
]);
const OPSET: Fields = new Map([
  [1, 'bytes'], // domain
  [2, 'varint'], // version
]);
const ENTRY: Fields = new Map([
  [1, 'bytes'], // key
  [2, 'bytes'], // value
]);

/** What readers of other people's files allow beyond what an isolate does. */
export interface ReadOptions {
  /** Operators that are read too, though not ours: `checkModel` refuses those that are left. */
  readonly foldable?: ReadonlySet<string>;
  /** Tensors may lie where this finds them. */
  readonly external?: FindExternal | undefined;
}

/**
 * Bytes to plain data, or the first reason not to. Weights stay views into `bytes` wherever the
 * file holds them as raw_data. Takes memory in proportion to the file, never to what it declares.
 */
export function readModel(
  bytes: Uint8Array,
  limits: OnnxLimits = ONNX_LIMITS,
  { foldable = new Set(), external }: ReadOptions = {},
): Result<OnnxModel, OnnxFailure> {
  const verdict = new Verdict(limits, foldable, external);
  if (bytes.length > limits.modelBytesMax) verdict.refuse('too_large');
  const model = readModelMessage(new Wire(bytes, verdict));
  if (verdict.failure === null && model === null) verdict.refuse('missing_graph');
  return verdict.failure !== null || model === null
    ? fail(verdict.failure ?? { code: 'missing_graph', where: '' })
    : ok(model);
}

function readModelMessage(wire: Wire): OnnxModel | null {
  const verdict = wire.verdict;
  const metadata = new Map<string, string>();
  const opsets: number[] = [];
  let irVersion = 0;
  let producer = '';
  let graph: OnnxGraph | null = null;
  let imports = 0;
  while (wire.next(MODEL)) {
    if (wire.field === 1) irVersion = wire.int();
    else if (wire.field === 2) producer = wire.text(METADATA_BYTES_MAX);
    else if (wire.field === 7) {
      // Protobuf would merge two graphs; nobody means that.
      if (graph !== null) verdict.refuse('duplicate_field', 'graph');
      graph = readGraph(wire.message());
    } else if (wire.field === 8) {
      const version = readOpset(wire.message());
      if (version !== null) opsets.push(version);
      if (++imports > OPSETS_MAX) verdict.refuse('opset', 'too many imports');
    } else if (wire.field === 14) readEntry(wire.message(), metadata);
    else if (wire.field === 20) verdict.refuse('training_unsupported');
    else if (wire.field === 25) verdict.refuse('functions_unsupported');
    else wire.skip();
  }
  if (graph === null) verdict.refuse('missing_graph');
  const opset = opsets[0] ?? 0;
  if (!(irVersion >= IR_VERSION_MIN && irVersion <= IR_VERSION_MAX)) verdict.refuse('ir_version');
  if (opsets.length !== 1 || !(opset >= OPSET_MIN && opset <= OPSET_MAX)) verdict.refuse('opset');
  return graph && { irVersion, opset, producer, graph, metadata: Object.fromEntries(metadata) };
}

function readGraph(wire: Wire): OnnxGraph {
  const verdict = wire.verdict;
  const { nodesMax, initializersMax } = verdict.limits;
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  const inputs: OnnxValue[] = [];
  const outputs: OnnxValue[] = [];
  let name = '';
  while (wire.next(GRAPH)) {
    if (wire.field === 1) {
      if (nodes.length === nodesMax) verdict.refuse('too_many_nodes');
      const node = readNode(wire.message());
      if (node !== null) nodes.push(node);
    } else if (wire.field === 2) name = wire.text();
    else if (wire.field === 5) {
      if (initializers.length === initializersMax) verdict.refuse('too_many_initializers');
      const tensor = readTensor(wire.message());
      if (tensor !== null) initializers.push(tensor);
    } else if (wire.field === 11) {
      if (inputs.length > initializersMax) verdict.refuse('input_count');
      const value = readValue(wire.message());
      if (value !== null) inputs.push(value);
    } else if (wire.field === 12) {
      if (outputs.length === GRAPH_OUTPUTS_MAX) verdict.refuse('output_count');
      const value = readValue(wire.message());
      if (value !== null) outputs.push(value);
    } else if (wire.field === 15) verdict.refuse('sparse_tensor');
    else wire.skip();
  }
  return { name, nodes, initializers, inputs, outputs };
}

/** The version where the set is the default one, else null. */
function readOpset(wire: Wire): number | null {
  let domain = '';
  let version = 0;
  while (wire.next(OPSET)) {
    if (wire.field === 1) domain = wire.text();
    else version = wire.int();
  }
  return domain === '' || domain === 'ai.onnx' ? version : null;
}

function readEntry(wire: Wire, metadata: Map<string, string>): void {
  let key = '';
  let value = '';
  while (wire.next(ENTRY)) {
    if (wire.field === 1) key = wire.text();
    else value = wire.text(METADATA_BYTES_MAX);
  }
  metadata.set(key, value);
  if (metadata.size > METADATA_MAX) wire.verdict.refuse('too_large', 'metadata_props');
}

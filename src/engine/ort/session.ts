import type { InferenceSession } from 'onnxruntime-web/wasm';
import { fail, ok, type Result } from '../../result.ts';
import type { EngineFailure, GraphFacts, Tensor } from '../engine.ts';
import { type OrtFault, toOrtFault } from './failure.ts';
import { HELD_PER_GRAPH_BYTE } from './limits.ts';
import type { Runtime } from './runtime.ts';

/** One graph inside ONNX Runtime: a single picture in, a single score vector out. */
export interface OrtSession {
  /** Linear memory that it takes. */
  readonly bytes: number;
  run(input: Tensor): Promise<Result<Float32Array, OrtFault | EngineFailure>>;
  release(): Promise<void>;
}

/** The graph may be forgotten as soon as this answers: ONNX Runtime has its own copy. */
export async function openSession(
  runtime: Runtime,
  graph: Uint8Array,
  facts: GraphFacts,
): Promise<Result<OrtSession, OrtFault>> {
  const before = runtime.memoryBytes();
  const created = await attempt(() => runtime.create(graph));
  if (!created.ok) return created;
  const session = created.value;
  const expected = [1, 3, facts.input.height, facts.input.width];
  const misfit = findMisfit(session, expected, facts.classes);
  if (misfit !== undefined) {
    const released = await attempt(() => session.release());
    return released.ok ? fail({ kind: 'refused', reason: misfit }) : released;
  }
  // A session that found room in what an earlier one left grows nothing, but holds its weights.
  const grown = runtime.memoryBytes() - before;
  const bytes = Math.max(grown, Math.ceil(graph.length * HELD_PER_GRAPH_BYTE));
  return ok({
    bytes,
    run: (input) => runSession(runtime, session, input, expected, facts.classes),
    release: () => session.release(),
  });
}

async function runSession(
  runtime: Runtime,
  session: InferenceSession,
  input: Tensor,
  expected: readonly number[],
  classes: number,
): Promise<Result<Float32Array, OrtFault | EngineFailure>> {
  if (!sameShape(input.shape, expected) || input.data.length !== product(expected)) {
    return fail({ code: 'tensor_mismatch', expected });
  }
  const tensor = runtime.tensor(input.data, input.shape);
  const ran = await attempt(() => session.run({ [session.inputNames[0]!]: tensor }));
  tensor.dispose();
  if (!ran.ok) return ran;
  const scores = ran.value[session.outputNames[0]!]!;
  const data = scores.data;
  scores.dispose();
  if (!(data instanceof Float32Array) || data.length !== classes) {
    return fail({ code: 'graph_refused', reason: `${data.length} scores, not ${classes}` });
  }
  return ok(data);
}

/** What in the graph's signature does not suit its card, if anything. Symbolic sizes suit. */
function findMisfit(
  session: InferenceSession,
  expected: readonly number[],
  classes: number,
): string | undefined {
  const [input, ...otherInputs] = session.inputMetadata;
  const [output, ...otherOutputs] = session.outputMetadata;
  if (!input?.isTensor || otherInputs.length > 0) return 'a graph has one input, a tensor';
  if (!output?.isTensor || otherOutputs.length > 0) return 'a graph has one output, a tensor';
  if (input.type !== 'float32') return `its input is ${input.type}, not float32`;
  if (output.type !== 'float32') return `its output is ${output.type}, not float32`;
  if (!suits(input.shape, expected)) return `its input is [${input.shape}], not [${expected}]`;
  if (!suits(output.shape, [1, classes]))
    return `its output is [${output.shape}], not [1,${classes}]`;
  return undefined;
}

function suits(shape: ReadonlyArray<number | string>, expected: readonly number[]): boolean {
  if (shape.length !== expected.length) return false;
  return shape.every((size, i) => typeof size === 'string' || size < 0 || size === expected[i]);
}

function sameShape(shape: readonly number[], expected: readonly number[]): boolean {
  return shape.length === expected.length && shape.every((size, i) => size === expected[i]);
}

function product(shape: readonly number[]): number {
  return shape.reduce((sum, size) => sum * size, 1);
}

async function attempt<T>(call: () => Promise<T>): Promise<Result<T, OrtFault>> {
  try {
    return ok(await call());
  } catch (thrown) {
    return fail(toOrtFault(thrown));
  }
}

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
  /** What in the graph's signature does not suit a card, if anything. */
  findMisfit(facts: GraphFacts): string | undefined;
  run(input: Tensor): Promise<Result<Float32Array, OrtFault | EngineFailure>>;
  release(): Promise<Result<void, OrtFault>>;
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
  const misfit = findMisfit(session, facts);
  if (misfit !== undefined) {
    const released = await attempt(() => session.release());
    return released.ok ? fail({ kind: 'refused', reason: misfit }) : released;
  }
  // A session that found room in what an earlier one left grows nothing, but holds its weights.
  const grown = runtime.memoryBytes() - before;
  return ok({
    bytes: Math.max(grown, Math.ceil(graph.length * HELD_PER_GRAPH_BYTE)),
    findMisfit: (others) => findMisfit(session, others),
    run: (input) => runSession(runtime, session, input),
    release: () => attempt(() => session.release()),
  });
}

async function runSession(
  runtime: Runtime,
  session: InferenceSession,
  input: Tensor,
): Promise<Result<Float32Array, OrtFault | EngineFailure>> {
  const declared = toShape(session.inputMetadata[0]);
  const length = input.shape.reduce((product, size) => product * size, 1);
  if (!suits(declared, input.shape) || input.data.length !== length) {
    const expected = declared.map((size, i) => (isKnown(size) ? size : (input.shape[i] ?? 1)));
    return fail({ code: 'tensor_mismatch', expected });
  }
  const tensor = runtime.tensor(input.data, input.shape);
  const ran = await attempt(() => session.run({ [session.inputNames[0] ?? '']: tensor }));
  tensor.dispose();
  if (!ran.ok) return ran;
  const scores = ran.value[session.outputNames[0] ?? ''];
  const data = scores?.data;
  scores?.dispose();
  if (data instanceof Float32Array) return ok(data);
  return fail({ code: 'graph_refused', reason: 'its scores are not float32' });
}

/** Symbolic sizes suit any card. */
function findMisfit(session: InferenceSession, facts: GraphFacts): string | undefined {
  const [input, ...otherInputs] = session.inputMetadata;
  const [output, ...otherOutputs] = session.outputMetadata;
  if (!input?.isTensor || otherInputs.length > 0) return 'a graph has one input, a tensor';
  if (!output?.isTensor || otherOutputs.length > 0) return 'a graph has one output, a tensor';
  if (input.type !== 'float32') return `its input is ${input.type}, not float32`;
  if (output.type !== 'float32') return `its output is ${output.type}, not float32`;
  const taken = [1, 3, facts.input.height, facts.input.width];
  if (!suits(input.shape, taken)) return `its input is [${input.shape}], not [${taken}]`;
  const given = [1, facts.classes];
  if (!suits(output.shape, given)) return `its output is [${output.shape}], not [${given}]`;
  return undefined;
}

type DeclaredShape = ReadonlyArray<number | string>;

function toShape(metadata: InferenceSession.ValueMetadata | undefined): DeclaredShape {
  return metadata?.isTensor ? metadata.shape : [];
}

function suits(declared: DeclaredShape, shape: readonly number[]): boolean {
  if (declared.length !== shape.length) return false;
  return declared.every((size, i) => !isKnown(size) || size === shape[i]);
}

/** A symbolic size is a name, or -1 where it has none. */
function isKnown(size: number | string): size is number {
  return typeof size === 'number' && size >= 0;
}

async function attempt<T>(call: () => Promise<T>): Promise<Result<T, OrtFault>> {
  try {
    return ok(await call());
  } catch (thrown) {
    return fail(toOrtFault(thrown));
  }
}

import { checkModel } from '../../onnx/check.ts';
import type { CheckedGraph } from '../../onnx/checked.ts';
import { onnxReason } from '../../onnx/failure.ts';
import { ONNX_LIMITS } from '../../onnx/limits.ts';
import { readModel } from '../../onnx/read.ts';
import type { Result } from '../../result.ts';
import { fail, ok } from '../../result.ts';
import type { ByteSource, Engine, EngineFailure, GraphFacts, Session } from '../engine.ts';
import { collect } from './collect.ts';
import { interpretSession } from './interpret.ts';
import type { Kernels } from './kernels.ts';
import { instantiate } from './kernels.ts';
import { lowerGraph } from './lower.ts';
import type { Net } from './net.ts';
import { at } from './net.ts';
import { readPack } from './pack.ts';
import type { Prepared } from './prepare.ts';
import { prepare } from './prepare.ts';
import type { Program } from './program.ts';
import { createProgram } from './program.ts';

/** The graph packed for this engine, where one is stored; null where none is. */
export type FindPack = (facts: GraphFacts) => Promise<ByteSource | null>;

/** Takes memory for as long as a graph lies in JavaScript; answers how to give it back. */
export type ReserveBytes = (bytes: number) => Promise<Result<() => void, EngineFailure>>;

/**
 * Our int8 engine. `module` is build/simd.wasm; every session instantiates it with an unshared
 * memory of its own. A pack that is missing, damaged or of another version is no failure: the graph
 * itself is read then and packed at load.
 */
export function createSimdEngine(
  module: WebAssembly.Module,
  findPack?: FindPack,
  reserve: ReserveBytes = async () => ok(() => {}),
): Engine {
  return {
    name: 'simd',
    estimateBytes,
    async load(graph: ByteSource, facts: GraphFacts): Promise<Result<Session, EngineFailure>> {
      try {
        const pack = (await findPack?.(facts)) ?? null;
        const session = pack === null ? null : await loadPack(module, pack, facts);
        return session ?? (await loadReserved(module, graph, facts, reserve));
      } catch (error) {
        const failed = toFailure(error);
        if (failed === null) throw error;
        return failed;
      }
    },
  };
}

/**
 * Weights lie in memory as the graph has them; activations and scratch grow with the input and not
 * beyond their blocks. ResNet-18 to -152 stay 2 to 20 % below this (`npm run bench:memory`).
 */
function estimateBytes({ bytes, input }: GraphFacts): number {
  return Math.ceil(bytes * 1.05 + input.height * input.width * 60 + 1_000_000);
}

async function loadPack(
  module: WebAssembly.Module,
  pack: ByteSource,
  facts: GraphFacts,
): Promise<Result<Session, EngineFailure> | null> {
  const opened = await pack.open();
  if (!opened.ok) return null;
  const kernels = instantiate(module);
  const read = await readPack(kernels, opened.value, facts.graph);
  return read.ok ? toSession(kernels, read.value, facts) : null;
}

async function loadReserved(
  module: WebAssembly.Module,
  graph: ByteSource,
  facts: GraphFacts,
  reserve: ReserveBytes,
): Promise<Result<Session, EngineFailure>> {
  if (graph.bytes > ONNX_LIMITS.modelBytesMax) return refused('too_large');
  const reserved = await reserve(graph.bytes);
  if (!reserved.ok) return reserved;
  try {
    return await loadGraph(module, graph, facts);
  } finally {
    reserved.value();
  }
}

async function loadGraph(
  module: WebAssembly.Module,
  graph: ByteSource,
  facts: GraphFacts,
): Promise<Result<Session, EngineFailure>> {
  const opened = await graph.open();
  if (!opened.ok) return opened;
  const bytes = await collect(opened.value, graph.bytes);
  if (bytes === null) return fail({ code: 'graph_unreadable' });
  const session = openGraph(module, bytes, facts);
  // Another engine reads it next: two copies of it would be a third of the isolate.
  if (!session.ok) bytes.buffer.transfer(0);
  return session;
}

function openGraph(
  module: WebAssembly.Module,
  bytes: Uint8Array,
  facts: GraphFacts,
): Result<Session, EngineFailure> {
  const model = readModel(bytes);
  if (!model.ok) return refused(onnxReason(model.failure));
  const checked = checkModel(model.value);
  if (!checked.ok) return refused(onnxReason(checked.failure));
  return prepareSession(module, checked.value, facts);
}

function prepareSession(
  module: WebAssembly.Module,
  graph: CheckedGraph,
  facts: GraphFacts,
): Result<Session, EngineFailure> {
  const lowered = lowerGraph(graph);
  if (!lowered.ok) {
    return interpretSession(graph, facts) ?? refused(lowered.failure);
  }
  const kernels = instantiate(module);
  const prepared = prepare(kernels, lowered.value);
  if (!prepared.ok) return refused(prepared.failure);
  return toSession(kernels, prepared.value, facts);
}

/** Memory that does not grow, or a trap: what the isolate could not give. Null: our own bug. */
function toFailure(error: unknown): Result<never, EngineFailure> | null {
  if (error instanceof RangeError || error instanceof WebAssembly.RuntimeError) {
    return fail({ code: 'engine_failed', reason: error.message });
  }
  return null;
}

function refused(reason: string): Result<never, EngineFailure> {
  return fail({ code: 'graph_refused', reason });
}

function toSession(
  kernels: Kernels,
  { net, layout }: Prepared,
  facts: GraphFacts,
): Result<Session, EngineFailure> {
  const { channels, height, width } = at(net.activations, 0);
  if (height !== facts.input.height || width !== facts.input.width) return refused('input_shape');
  if (classesOf(net) !== facts.classes) return refused('output_classes');
  const program = createProgram(kernels, net, layout);
  const expected = [1, channels, height, width];
  const bytes = kernels.memory.buffer.byteLength;
  // Gone after `dispose` or a trap, and the memory with it.
  let live: typeof program | null = program;
  function runWith(
    samples: Float32Array | Uint8Array,
    shape: readonly number[],
    setInput: (program: Program) => void,
  ): Result<Float32Array, EngineFailure> {
    if (live === null) return fail({ code: 'engine_failed', reason: 'session is gone' });
    const fits = expected.every((size, axis) => size === shape[axis]);
    if (!fits || samples.length !== channels * height * width) {
      return fail({ code: 'tensor_mismatch', expected });
    }
    try {
      setInput(live);
      for (let i = 0; i < net.steps.length; i++) live.step(i);
      return ok(live.output());
    } catch (error) {
      live = null;
      const failed = toFailure(error);
      if (failed === null) throw error;
      return failed;
    }
  }

  return ok({
    engine: 'simd',
    bytes,
    run: async ({ data, shape }) => runWith(data, shape, (program) => program.input(data)),
    runBytes: async (input) => {
      if (input.channels.length !== channels) return fail({ code: 'tensor_mismatch', expected });
      return runWith(input.bytes, input.shape, (program) => program.inputBytes(input));
    },
    dispose() {
      live = null;
    },
  });
}

function classesOf(net: Net): number {
  if (net.output === null) {
    const last = at(net.steps, net.steps.length - 1);
    return last.kind === 'dense' ? last.classes : 0;
  }
  const { channels, height, width } = at(net.activations, net.output);
  return channels * height * width;
}

import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { fail, ok, type Result } from '../../result.ts';
import type { ByteSource, Engine, EngineFailure, GraphFacts, Session, Tensor } from '../engine.ts';
import { type Batcher, type BatchLimits, createBatcher } from './batcher.ts';
import { GRAPH_BYTES_MAX, MEMORY_PER_GRAPH_BYTE } from './limits.ts';
import type { Provider } from './providers.ts';

export interface NodeEngineOptions {
  readonly providers: readonly Provider[];
  readonly batches: BatchLimits;
  /** Threads of one run; 0 leaves it to ONNX Runtime. */
  readonly threads: number;
  /** How many pictures each run had, and how long it took. */
  onRun?(run: { readonly model: string; readonly pictures: number; readonly ms: number }): void;
  readonly clock: () => number;
}

type Answer = Result<Float32Array, EngineFailure>;
type Questions = Batcher<Float32Array, Answer>;

/** ONNX Runtime as a native library, several pictures at a time. For the origin alone. */
export function createNodeEngine(options: NodeEngineOptions): Engine {
  return {
    name: 'node',
    estimateBytes: ({ bytes }) => bytes * MEMORY_PER_GRAPH_BYTE,
    async load(graph, facts) {
      if (facts.bytes > GRAPH_BYTES_MAX) {
        return fail({ code: 'graph_refused', reason: 'too_large' });
      }
      const bytes = await collect(graph);
      if (bytes === undefined) return fail({ code: 'graph_unreadable' });
      try {
        const session = await InferenceSession.create(bytes, {
          executionProviders: [...options.providers],
          ...(options.threads > 0 && { intraOpNumThreads: options.threads }),
        });
        return toSession(session, facts, options);
      } catch (thrown) {
        return fail({ code: 'graph_refused', reason: describe(thrown) });
      }
    },
  };
}

function toSession(
  session: InferenceSession,
  facts: GraphFacts,
  options: NodeEngineOptions,
): Result<Session, EngineFailure> {
  const [input] = session.inputNames;
  const [output] = session.outputNames;
  if (input === undefined || output === undefined || session.inputNames.length !== 1) {
    return fail({ code: 'graph_refused', reason: 'a graph has one input and an output' });
  }
  const { height, width } = facts.input;
  const expected = [1, 3, height, width];
  const length = 3 * height * width;
  const batcher: Questions = createBatcher(options.batches, options.clock, async (pictures) => {
    const began = options.clock();
    const scores = await runAll(session, { input, output }, pictures, facts);
    options.onRun?.({ model: facts.name, pictures: pictures.length, ms: options.clock() - began });
    return scores;
  });
  return ok({
    engine: `node:${options.providers[0] ?? 'cpu'}`,
    bytes: facts.bytes * MEMORY_PER_GRAPH_BYTE,
    async run({ data, shape }: Tensor, deadlineMsEpoch?: number) {
      const fits = expected.every((size, axis) => size === shape[axis]) && data.length === length;
      if (!fits) return fail({ code: 'tensor_mismatch', expected });
      const answer = await batcher.ask(data, deadlineMsEpoch);
      if (answer === 'full') return fail({ code: 'engine_busy' });
      return answer === 'late' ? fail({ code: 'deadline_exceeded' }) : answer;
    },
    dispose() {
      void session.release();
    },
  });
}

/** One run for all of them: [n, 3, h, w] in, [n, classes] out. A failure is everybody's. */
async function runAll(
  session: InferenceSession,
  names: { readonly input: string; readonly output: string },
  pictures: readonly Float32Array[],
  { input: { height, width }, classes }: GraphFacts,
): Promise<readonly Answer[]> {
  const length = 3 * height * width;
  const data = toOne(pictures, length);
  const tensor = new OrtTensor('float32', data, [pictures.length, 3, height, width]);
  const ran = await attempt(() => session.run({ [names.input]: tensor }));
  const scores = ran.ok ? ran.value[names.output]?.data : undefined;
  if (!ran.ok) return pictures.map(() => ran);
  if (!(scores instanceof Float32Array) || scores.length !== pictures.length * classes) {
    const reason = `not ${classes} float32 scores a picture`;
    return pictures.map(() => fail({ code: 'graph_refused', reason }));
  }
  return pictures.map((_, i) => ok(scores.slice(i * classes, (i + 1) * classes)));
}

/** A picture alone goes in as it is. */
function toOne(pictures: readonly Float32Array[], length: number): Float32Array {
  const [only] = pictures;
  if (only !== undefined && pictures.length === 1) return only;
  const data = new Float32Array(pictures.length * length);
  for (const [i, picture] of pictures.entries()) data.set(picture, i * length);
  return data;
}

async function attempt<T>(run: () => Promise<T>): Promise<Result<T, EngineFailure>> {
  try {
    return ok(await run());
  } catch (thrown) {
    return fail({ code: 'engine_failed', reason: describe(thrown) });
  }
}

function describe(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return message.replace(/\s+/g, ' ').slice(0, 300);
}

/** Undefined where the stream errs or is not as long as it should be. */
async function collect(graph: ByteSource): Promise<Uint8Array | undefined> {
  const opened = await graph.open();
  if (!opened.ok) return undefined;
  const bytes = new Uint8Array(graph.bytes);
  let length = 0;
  try {
    const reader = opened.value.getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      if (length + read.value.length > bytes.length) return undefined;
      bytes.set(read.value, length);
      length += read.value.length;
    }
  } catch {
    // The source's own error: wrong bytes, a lost connection. Which one is the store's to report.
    return undefined;
  }
  return length === bytes.length ? bytes : undefined;
}

import type { Digest } from '../digest.ts';
import type { Result } from '../result.ts';

/** What an engine must know of a graph beside its bytes. A model card satisfies it. */
export interface GraphFacts {
  readonly name: string;
  /** SHA-256 of the ONNX file. */
  readonly graph: Digest;
  /** Exact size of the ONNX file. */
  readonly bytes: number;
  readonly input: { readonly height: number; readonly width: number; readonly layout: 'NCHW' };
  /** Length of the score vector. */
  readonly classes: number;
}

/**
 * The graph's bytes, read once per `open`. The stream errors before it ends when the bytes do not
 * hash to the graph's digest: an engine that waits for the end never works on wrong bytes.
 */
export interface ByteSource {
  readonly bytes: number;
  open(): Promise<Result<ReadableStream<Uint8Array>, { readonly code: 'graph_unreadable' }>>;
}

/** `data` is row-major float32, normalised as the card says; `shape` is [1, channels, h, w]. */
export interface Tensor {
  readonly data: Float32Array;
  readonly shape: readonly [batch: number, channels: number, height: number, width: number];
}

/**
 * The same tensor as bytes, before normalisation: each value of a byte stands for one float32. An
 * engine whose input is quantized makes a table of those 3 x 256, and no float of the picture.
 */
export interface ByteTensor {
  /** Pixels [height, width, channels.length], row by row. */
  readonly bytes: Uint8Array;
  /** By channel of the graph: which byte of a pixel it is, and the 256 floats it may stand for. */
  readonly channels: ReadonlyArray<{ readonly byte: number; readonly floats: Float32Array }>;
  readonly shape: Tensor['shape'];
}

export type EngineFailure =
  /** The bytes could not be read, or were not those that the digest names. */
  | { readonly code: 'graph_unreadable' }
  /** The graph is not one that this engine runs; `reason` names the operator or the limit. */
  | { readonly code: 'graph_refused'; readonly reason: string }
  /** The tensor's shape is not the graph's. */
  | { readonly code: 'tensor_mismatch'; readonly expected: readonly number[] }
  /** It trapped, ran out of memory or was away. Its session is gone; loading again may help. */
  | { readonly code: 'engine_failed'; readonly reason: string }
  /** Its line is full. Nothing was done, the session stands: come back later or go elsewhere. */
  | { readonly code: 'engine_busy' }
  /** Nobody waits any more, and it had not begun. Nothing was done, the session stands. */
  | { readonly code: 'deadline_exceeded' };

export interface Session {
  /** Name of the engine that runs it: an engine may have handed the graph on. */
  readonly engine: string;
  /** WASM memory that the session holds in this isolate while resident, in bytes. */
  readonly bytes: number;
  /**
   * Logits, one per class. A session with a line drops what waits in it beyond the deadline
   * (milliseconds since the epoch); one without has nothing to drop.
   */
  run(input: Tensor, deadlineMsEpoch?: number): Promise<Result<Float32Array, EngineFailure>>;
  /** The same for a byte tensor, bit for bit. An engine that needs floats has none. */
  runBytes?(input: ByteTensor): Promise<Result<Float32Array, EngineFailure>>;
  dispose(): void;
}

export interface Engine {
  /** As answers name it: `ort`, `simd`, `node`. */
  readonly name: string;
  /** What `Session.bytes` will be at most, before anything is read. */
  estimateBytes(facts: GraphFacts): number;
  load(graph: ByteSource, facts: GraphFacts): Promise<Result<Session, EngineFailure>>;
}

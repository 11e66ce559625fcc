import type { Digest } from '../../digest.ts';
import type { Result } from '../../result.ts';
import type { EngineFailure, GraphFacts, Tensor } from '../engine.ts';

/**
 * What the main Worker may ask of the ORT Worker, over RPC. Isolates come and go: whoever is told
 * `graph_needed` loads the graph and runs again.
 */
export interface OrtService {
  run(digest: Digest, input: Tensor): Promise<Result<Float32Array, OrtRunFailure>>;
  /** Whether this isolate holds the graph already: then its bytes need not travel. */
  held(facts: GraphFacts): Promise<Result<OrtHeld, OrtRunFailure>>;
  load(facts: GraphFacts, graph: ReadableStream<Uint8Array>): Promise<OrtLoadReply>;
  memory(): Promise<OrtMemory>;
}

export type OrtRunFailure = EngineFailure | { readonly code: 'graph_needed' };

export interface OrtHeld {
  /** Linear memory that the session takes, as measured while it was created. */
  readonly bytes: number;
}

export type OrtLoadReply = Result<OrtHeld, EngineFailure>;

export interface OrtMemory {
  /** `WebAssembly.Memory` of ONNX Runtime, which the inspector does not count. */
  readonly linearBytes: number;
  readonly linearBytesMax: number;
  /** The JavaScript heap's part: linear memory as it was before the first session. */
  readonly snapshotBytes: number;
  readonly sessions: ReadonlyArray<{ readonly digest: Digest; readonly bytes: number }>;
  /** Graphs turned into sessions since the isolate began. */
  readonly loads: number;
  /** Times that ONNX Runtime trapped since then. */
  readonly traps: number;
  /** Times that its memory was set back to that of a fresh one, all sessions lost. */
  readonly rewinds: number;
}

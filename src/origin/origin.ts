import type { Digest } from '../digest.ts';
import type { Tensor } from '../engine/engine.ts';
import type { Result } from '../result.ts';
import type { OriginFailure } from './failure.ts';

/** What is asked of an origin: scores of one picture by one graph. */
export interface OriginQuestion {
  readonly model: string;
  readonly graph: Digest;
  readonly classes: number;
  readonly picture: { readonly bytes: Uint8Array; readonly sha256: Digest };
  /** The prepared tensor, made when a dialect needs it and not before. */
  tensor(): Promise<Result<Tensor, { readonly code: string }>>;
  /** Milliseconds since the epoch: nothing is waited for beyond it. */
  readonly deadlineMsEpoch: number;
}

export interface OriginScores {
  /** Logits, one per class; all finite. */
  readonly scores: Float32Array;
  /** What ran it there, as it says itself: `node:cuda`, `oip`. */
  readonly engine: string;
  /** Of the stored picture, where the origin decoded it. */
  readonly image?: { readonly width: number; readonly height: number; readonly format: string };
}

/** One exchange with one server: no retry, no state. */
export interface Dialect {
  readonly name: 'ours' | 'oip';
  /** Whether the picture itself is sent: one that is not decoded here may go then. */
  readonly takesPictures: boolean;
  ask(question: OriginQuestion, signal: AbortSignal): Promise<Result<OriginScores, OriginFailure>>;
}

export interface OriginLook {
  readonly takesPictures: boolean;
  /** `resting`: its breaker is open, and a call would be refused without being made. */
  readonly state: 'ready' | 'resting';
}

/** An origin with deadline, breaker, and at most one second call. */
export interface Origin {
  look(): OriginLook;
  ask(question: OriginQuestion): Promise<Result<OriginScores, OriginFailure>>;
}

import type { ResultKey } from '../cache/entry.ts';
import type { Digest } from '../digest.ts';
import type { EngineFailure } from '../engine/engine.ts';
import type { ImageFailure } from '../image/image.ts';
import type { ModelCard } from '../model/card.ts';
import type { ModelFailure } from '../model/failure.ts';
import type { DeadlineFailure } from './deadline.ts';
import type { EdgeReason, OriginReason, PlaceWish } from './placement.ts';
import type { OverloadedFailure } from './reservations.ts';

export interface CacheWish {
  readonly read: boolean;
  readonly write: boolean;
  readonly only: boolean;
}

/** Where a question comes from. */
export interface Asker {
  /** Whose kept answers may be seen: '' is everybody's. */
  readonly scope: string;
  /** Takes work that may end after the answer, such as keeping it in a slow tier. */
  background(work: Promise<void>): void;
}

export interface Wish extends Asker {
  /** A name, `name@sha256:<digest>` or a digest. */
  readonly model: string;
  readonly cache: CacheWish;
  /** Where the caller would have it run; `auto` where it does not say. */
  readonly engine?: PlaceWish | undefined;
  /** Milliseconds since the epoch: nothing is waited for beyond it. */
  readonly deadlineMsEpoch?: number | undefined;
}

export interface PictureFacts {
  readonly sha256: Digest;
  /** After EXIF orientation. */
  readonly width: number;
  readonly height: number;
  readonly format: string;
}

/** Everything known about a picture under a model; views and dialects are made from it. */
export interface Answer {
  readonly card: ModelCard;
  readonly image: PictureFacts;
  /** One per class, before softmax. */
  readonly logits: Float32Array;
  readonly engine: string;
  readonly place: string;
  /** Why it ran there; nothing ran for a kept answer. */
  readonly because: EdgeReason | OriginReason | 'kept';
  readonly cache: CacheOutcome;
  /** Of a card with a cascade: who spoke. */
  readonly cascade?: CascadeOutcome | undefined;
}

export interface CascadeOutcome {
  /** The stage that spoke, of so many; the first is 1. */
  readonly stage: number;
  readonly stages: number;
  /** How sure it is, by its temperature. */
  readonly confidence: number;
  /** A stage that was asked and could not answer. */
  readonly failed?: FailedStage | undefined;
  /** What stages before it said: their work is part of the cost. Empty for a kept answer. */
  readonly earlier: readonly Answer[];
}

export interface FailedStage {
  readonly stage: number;
  readonly model: string;
  readonly code: string;
}

export type CacheOutcome =
  | { readonly status: 'hit'; readonly key: ResultKey['kind']; readonly tier: string }
  | { readonly status: 'miss' | 'bypass'; readonly stored: boolean };

export type ClassifyFailure =
  | ImageFailure
  | ModelFailure
  | EngineFailure
  | OverloadedFailure
  | DeadlineFailure
  | { readonly code: 'not_cached' }
  /** The origin was asked for, and there is none. */
  | { readonly code: 'no_origin' }
  /** Only the origin could have answered, and it did not. */
  | {
      readonly code: 'origin_unavailable';
      readonly reason: string;
      readonly retryAfterSeconds: number;
    };

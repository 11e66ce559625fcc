import type { Result } from '../result.ts';

export type ObjectFailure = { readonly code: 'model_unavailable'; readonly detail: string };

export interface StoredObject {
  readonly bytes: number;
  readonly body: ReadableStream<Uint8Array>;
}

/** Object storage, as far as models need it: R2, a folder, S3. */
export interface ObjectStore {
  /** `undefined`: there is no such object. */
  get(key: string): Promise<Result<StoredObject | undefined, ObjectFailure>>;
  /** Size in bytes. */
  head(key: string): Promise<Result<number | undefined, ObjectFailure>>;
  /** Atomic: readers see the old object or the new one. */
  put(key: string, bytes: Uint8Array): Promise<Result<void, ObjectFailure>>;
  /** As `put`, but an object that is there stays as it is. */
  putOnce(key: string, bytes: Uint8Array): Promise<Result<'written' | 'present', ObjectFailure>>;
  /** Keys in lexical order, at most `keysMax`. */
  list(prefix: string, keysMax: number): Promise<Result<readonly string[], ObjectFailure>>;
}

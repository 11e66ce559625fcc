import type { ObjectFailure, ObjectStore } from '../../../src/model/objects.ts';
import type { Result } from '../../../src/result.ts';

/** Object storage as its owner has it: the Worker only reads and writes, never removes. */
export interface ManagedObjects extends ObjectStore {
  /** For people: the bucket and where it is. */
  readonly place: string;
  /** That nothing is there is as good. */
  remove(key: string): Promise<Result<void, ObjectFailure>>;
}

import type { Digest } from '../digest.ts';
import type { ModelCard } from './card.ts';
import type { ModelFailure } from './failure.ts';
import { REMEMBERED_MAX } from './limits.ts';

/** What one isolate remembers of a name. */
export interface Remembered {
  /** The newest card that was valid. */
  newest: ModelCard;
  checkedMsEpoch: number;
  /** Why the last look at the store brought no valid card. */
  stale: ModelFailure | undefined;
  /** The last card whose graph became a session here. */
  good: ModelCard | undefined;
  damage: RememberedDamage | undefined;
}

/** The newest graph could not be used. It is tried again after a while: somebody may repair it. */
export interface RememberedDamage {
  readonly graph: Digest;
  readonly failure: ModelFailure;
  readonly untilMsEpoch: number;
}

/** A map that forgets its longest unheard-of name: callers choose what is asked for. */
export interface Memory<T> {
  get(name: string): T | undefined;
  set(name: string, value: T): void;
  forget(name: string): void;
}

export function createMemory<T>(): Memory<T> {
  const values = new Map<string, T>();
  return {
    get(name) {
      const value = values.get(name);
      if (value === undefined) return undefined;
      values.delete(name);
      values.set(name, value);
      return value;
    },
    set(name, value) {
      values.delete(name);
      values.set(name, value);
      const [oldest] = values.keys();
      if (values.size > REMEMBERED_MAX && oldest !== undefined) values.delete(oldest);
    },
    forget: (name) => {
      values.delete(name);
    },
  };
}

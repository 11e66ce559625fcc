import type { ObjectStore } from '../../src/model/objects.ts';
import { fail } from '../../src/result.ts';

export interface Faults {
  /** Calls so far. */
  calls(): number;
  /** The n-th call from now fails, 1 being the next; `every`: all of them; 0: none. */
  failAt(n: number | 'every'): void;
}

/** A real store that can be told to be away, as SQLite's tests do: for n = 1, 2, 3, … */
export function withFaults(objects: ObjectStore): ObjectStore & Faults {
  let calls = 0;
  let failingCall: number | 'every' = 0;
  function fails(): boolean {
    calls++;
    return failingCall === 'every' || calls === failingCall;
  }
  const away = fail({ code: 'model_unavailable', detail: 'the test said so' } as const);
  return {
    get: async (key) => (fails() ? away : objects.get(key)),
    head: async (key) => (fails() ? away : objects.head(key)),
    put: async (key, bytes) => (fails() ? away : objects.put(key, bytes)),
    putOnce: async (key, bytes) => (fails() ? away : objects.putOnce(key, bytes)),
    list: async (prefix, keysMax) => (fails() ? away : objects.list(prefix, keysMax)),
    calls: () => calls,
    failAt(n) {
      failingCall = n === 'every' || n === 0 ? n : calls + n;
    },
  };
}

import type { JobStore } from '../../src/webhook/jobs/store.ts';

/** When a call fails: before it does anything, or after, so that its answer is lost. */
export type FaultKind = 'before' | 'after';

export interface JobFaults {
  /** Calls so far. */
  calls(): number;
  /** The n-th call from now fails, 1 being the next; 0: none. */
  failAt(n: number, kind: FaultKind): void;
}

/** A real job table that can be told to be away, as SQLite's tests do: for n = 1, 2, 3, … */
export function withJobFaults(store: JobStore): JobStore & JobFaults {
  let calls = 0;
  let failing = 0;
  let failingKind: FaultKind = 'before';
  function wrap<A extends readonly unknown[], T>(
    method: (...args: A) => Promise<T>,
  ): (...args: A) => Promise<T> {
    return async function faulty(...args) {
      const fails = ++calls === failing;
      if (fails && failingKind === 'before') throw new Error('D1_ERROR: the test said so');
      const value = await method(...args);
      if (fails) throw new Error('D1_ERROR: the answer was lost');
      return value;
    };
  }
  return {
    accept: wrap(store.accept),
    hold: wrap(store.hold),
    keepHold: wrap(store.keepHold),
    noteFetched: wrap(store.noteFetched),
    finishImage: wrap(store.finishImage),
    finishJob: wrap(store.finishJob),
    postpone: wrap(store.postpone),
    giveBack: wrap(store.giveBack),
    bury: wrap(store.bury),
    holdDelivery: wrap(store.holdDelivery),
    endAttempt: wrap(store.endAttempt),
    admit: wrap(store.admit),
    putOff: wrap(store.putOff),
    disable: wrap(store.disable),
    dueJobs: wrap(store.dueJobs),
    dueDeliveries: wrap(store.dueDeliveries),
    noteSent: wrap(store.noteSent),
    deleteFinished: wrap(store.deleteFinished),
    find: wrap(store.find),
    list: wrap(store.list),
    redrive: wrap(store.redrive),
    calls: () => calls,
    failAt(n, kind) {
      failing = n === 0 ? 0 : calls + n;
      failingKind = kind;
    },
  };
}

/**
 * One computation at a time, and between two of them a look at the network. Without it a thread
 * with much to do does all of it first: workerd's event loop asks for new requests, and sends
 * answers, only when nothing is ready to run, and 40 pictures that are ready at once were
 * answered together after the last (`npm run check:overload`).
 */
export interface Turns {
  /** Returns when the caller may compute. What it does then must not wait for anything first. */
  next(): Promise<void>;
}

/**
 * Nobody hands the turn on: a request that is given up while it waits would take it along. Each
 * waits by a timer of its own, and again where another has computed meanwhile; timers keep order.
 */
export function createTurns(): Turns {
  let taken = 0;
  return {
    async next() {
      for (let before = -1; before !== taken; ) {
        before = taken;
        await new Promise<void>((resolve) => setTimeout(resolve, 0));
      }
      taken++;
    },
  };
}

/** Where other threads compute, nobody waits. */
export const NO_TURNS: Turns = { next: async () => undefined };

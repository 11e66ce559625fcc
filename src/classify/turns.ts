/**
 * One computation at a time, and between two of them a look at the network. Without it a thread
 * with much to do does all of it first: workerd's event loop asks for new requests, and sends
 * answers, only when nothing is ready to run, and 40 pictures that are ready at once were
 * answered together after the last (`npm run check:overload`).
 */
export interface Turns {
  /**
   * Returns when the caller may compute, which takes about `costMs`. What it does then must not
   * wait for anything first.
   */
  next(costMs: number): Promise<void>;
  /** Somebody has come in: there may be others behind. */
  arrived(): void;
}

/**
 * Looks at the network before a computation while somebody comes in at each. A request takes
 * several: a connection, its head, the way into the isolate. With one look in all, callers who were
 * refused had waited for three ResNet-50 (median, `npm run check:overload`), with up to four for
 * 0.6; twelve gained nothing. Where nobody comes there is one.
 */
const LOOKS_MAX = 4;
/** A look takes a millisecond, the shortest timer: no more than this part of the computation. */
const LOOKS_SHARE_MAX = 1 / 25;

/**
 * Nobody hands the turn on: a request that is given up while it waits would take it along. Each
 * waits by a timer of its own, and again where another has computed meanwhile; timers keep order.
 */
export function createTurns(): Turns {
  let taken = 0;
  let arrivals = 0;

  /** Whether anybody came in, or computed, while the network was looked at. */
  async function look(): Promise<{ readonly quiet: boolean; readonly overtaken: boolean }> {
    const before = { taken, arrivals };
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
    return { quiet: arrivals === before.arrivals, overtaken: taken !== before.taken };
  }

  return {
    arrived: () => void arrivals++,
    async next(costMs) {
      const looksMax = Math.max(1, Math.min(LOOKS_MAX, Math.floor(costMs * LOOKS_SHARE_MAX)));
      for (let looks = 1; ; looks++) {
        const { quiet, overtaken } = await look();
        if (overtaken) looks = 0;
        else if (quiet || looks >= looksMax) break;
      }
      taken++;
    },
  };
}

/** Where other threads compute, nobody waits. */
export const NO_TURNS: Turns = { next: async () => undefined, arrived: () => undefined };

/** One at a time, in the order of asking. */
export interface Turns {
  /** Waits for its turn, then works. `line_full`: nothing was done. */
  take<T>(weight: number, work: () => Promise<T>): Promise<T | 'line_full'>;
}

interface Turn {
  over: Promise<void>;
  /** Gives the weight back, once. */
  leave(): void;
}

/**
 * `weightMax` bounds the line, the one at work included. A caller that dies takes its half-done
 * work with it: that promise never settles. So nobody waits longer than `patienceMs` for the one
 * before; then that one counts as gone.
 */
export function createTurns(weightMax: number, patienceMs: number): Turns {
  let last: Turn | undefined;
  let weightInLine = 0;
  function join(weight: number): Turn {
    let present = true;
    weightInLine += weight;
    function leave(): void {
      if (present) weightInLine -= weight;
      present = false;
    }
    return { over: Promise.resolve(), leave };
  }
  return {
    async take(weight, work) {
      if (weightInLine + weight > weightMax) return 'line_full';
      const before = last;
      const turn = join(weight);
      const result = awaitTurn(before, patienceMs).then(work);
      // Its failure belongs to whoever asked for the work, not to the next in line.
      turn.over = result.then(turn.leave, turn.leave);
      last = turn;
      await turn.over;
      if (last === turn) last = undefined;
      return result;
    },
  };
}

async function awaitTurn(before: Turn | undefined, patienceMs: number): Promise<void> {
  if (before === undefined) return;
  let timer: ReturnType<typeof setTimeout> | null = null;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, patienceMs);
  });
  await Promise.race([before.over, patience]);
  clearTimeout(timer);
  before.leave();
}

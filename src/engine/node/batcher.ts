/** How single questions become batches. */
export interface BatchLimits {
  /** Questions in one run. */
  readonly batchMax: number;
  /**
   * How long a question that came during a run may wait for company after it, in milliseconds since
   * it came; 0 begins at once. One that finds the runner idle never waits.
   */
  readonly delayMs: number;
  /** Questions that may wait; the next one is refused. */
  readonly waitingMax: number;
}

export interface Batcher<Q, A> {
  /**
   * `full` where too many wait already; `late` where its deadline (milliseconds since the epoch)
   * came before its run did.
   */
  ask(question: Q, deadlineMsEpoch?: number): Promise<A | 'full' | 'late'>;
  readonly waiting: () => number;
}

interface Waiting<Q, A> {
  readonly question: Q;
  readonly sinceMs: number;
  readonly deadlineMs: number;
  readonly answer: (answer: A | 'late') => void;
}

/**
 * Runs one batch at a time. While it runs, questions gather; when it ends, all of them, up to the
 * most, are the next. So a lone question waits for nobody, and under load batches grow by
 * themselves. Nothing is padded, and nothing is run that nobody waits for any more. `run` answers
 * in the order of its questions and never throws.
 */
export function createBatcher<Q, A>(
  limits: BatchLimits,
  clock: () => number,
  run: (questions: readonly Q[]) => Promise<readonly A[]>,
): Batcher<Q, A> {
  const waiting: Array<Waiting<Q, A>> = [];
  let running = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** After a run: at once, or when the first has waited for company as long as it may. */
  function beginSoon(): void {
    const [first] = waiting;
    if (first === undefined) return;
    const leftMs = first.sinceMs + limits.delayMs - clock();
    if (leftMs <= 0 || waiting.length >= limits.batchMax) return void runBatch();
    timer = setTimeout(() => void runBatch(), leftMs);
  }

  function takeBatch(): Waiting<Q, A>[] {
    const batch: Waiting<Q, A>[] = [];
    while (batch.length < limits.batchMax) {
      const next = waiting.shift();
      if (next === undefined) break;
      if (clock() >= next.deadlineMs) next.answer('late');
      else batch.push(next);
    }
    return batch;
  }

  async function runBatch(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const batch = takeBatch();
    if (batch.length === 0) return;
    running = true;
    const answers = await run(batch.map(({ question }) => question));
    if (answers.length !== batch.length) throw new Error('batcher: an answer is missing');
    for (const [i, { answer }] of batch.entries()) answer(answers[i] as A);
    running = false;
    beginSoon();
  }

  return {
    waiting: () => waiting.length,
    async ask(question, deadlineMs = Number.POSITIVE_INFINITY) {
      if (waiting.length >= limits.waitingMax) return 'full';
      return new Promise<A | 'late'>((answer) => {
        waiting.push({ question, sinceMs: clock(), deadlineMs, answer });
        const idle = !running && timer === undefined;
        if (idle || (!running && waiting.length >= limits.batchMax)) void runBatch();
      });
    },
  };
}

/** How single questions become batches. */
export interface BatchLimits {
  /** Questions in one run. */
  readonly batchMax: number;
  /** How long an idle runner waits for company, in milliseconds; 0 begins at once. */
  readonly delayMs: number;
  /** Questions that may wait; the next one is refused. */
  readonly waitingMax: number;
}

export interface Batcher<Q, A> {
  /** Undefined where too many wait already. */
  ask(question: Q): Promise<A | undefined>;
  readonly waiting: () => number;
}

interface Waiting<Q, A> {
  readonly question: Q;
  readonly answer: (answer: A) => void;
}

/**
 * Runs one batch at a time. While it runs, questions gather; when it ends, all of them, up to the
 * most, are the next. So a lone question waits for nobody, and under load batches grow by
 * themselves. Nothing is padded. `run` answers in the order of its questions and never throws.
 */
export function createBatcher<Q, A>(
  limits: BatchLimits,
  run: (questions: readonly Q[]) => Promise<readonly A[]>,
): Batcher<Q, A> {
  const waiting: Array<Waiting<Q, A>> = [];
  let running = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function begin(): void {
    if (running || waiting.length === 0) return;
    if (limits.delayMs === 0 || waiting.length >= limits.batchMax) return void runBatch();
    timer ??= setTimeout(() => void runBatch(), limits.delayMs);
  }

  async function runBatch(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    running = true;
    const batch = waiting.splice(0, limits.batchMax);
    const answers = await run(batch.map(({ question }) => question));
    if (answers.length !== batch.length) throw new Error('batcher: an answer is missing');
    for (const [i, { answer }] of batch.entries()) answer(answers[i] as A);
    running = false;
    begin();
  }

  return {
    waiting: () => waiting.length,
    async ask(question) {
      if (waiting.length >= limits.waitingMax) return undefined;
      return new Promise<A>((resolve) => {
        waiting.push({ question, answer: resolve });
        begin();
      });
    },
  };
}

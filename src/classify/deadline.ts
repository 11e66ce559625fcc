import { fail, type Result } from '../result.ts';

/** The caller has gone, by its own account: what is not begun yet is not begun. */
export interface DeadlineFailure {
  readonly code: 'deadline_exceeded';
}

export function tooLate(clock: () => number, deadlineMsEpoch: number): boolean {
  return clock() >= deadlineMsEpoch;
}

/** How long a caller waits, and who takes what goes on behind its answer. */
export interface Patience {
  /** Milliseconds since the epoch; undefined where the caller names no deadline. */
  readonly deadlineMsEpoch?: number | undefined;
  background(work: Promise<void>): void;
}

/** A caller that names a deadline has a result by then, or is told. */
export function inTime<T, F>(
  clock: () => number,
  { deadlineMsEpoch, background }: Patience,
  work: Promise<Result<T, F>>,
): Promise<Result<T, F | DeadlineFailure>> {
  if (deadlineMsEpoch === undefined) return work;
  return byDeadline(work, deadlineMsEpoch - clock(), background);
}

/**
 * The work's result, or at the deadline a failure. What was begun then ends behind the answer: it
 * holds memory that it must give back, and its next step sees the deadline and stops.
 */
export async function byDeadline<T, F>(
  work: Promise<Result<T, F>>,
  leftMs: number,
  background: (work: Promise<void>) => void,
): Promise<Result<T, F | DeadlineFailure>> {
  const late = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => late.resolve('late'), Math.max(0, leftMs));
  const first = await Promise.race([work, late.promise]);
  clearTimeout(timer);
  if (first !== 'late') return first;
  background(work.then(() => undefined));
  return fail({ code: 'deadline_exceeded' });
}

import { fail, type Result } from '../result.ts';

/** The caller has gone, by its own account: what is not begun yet is not begun. */
export interface DeadlineFailure {
  readonly code: 'deadline_exceeded';
}

export function tooLate(clock: () => number, deadlineMsEpoch: number): boolean {
  return clock() >= deadlineMsEpoch;
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

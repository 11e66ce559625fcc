export interface BudgetLimits {
  /** Requests to the service, those that are tried again included. */
  readonly requestsMax: number;
  /** Bytes of pictures that are sent to it. */
  readonly bytesMax: number;
  readonly msMax: number;
}

export type BudgetEnd =
  | 'max_requests'
  | 'max_bytes'
  | 'max_time'
  | 'interrupted'
  /** It does not answer any more, or lets this key in no longer. */
  | 'service_away'
  | 'unauthorized';

/** What a run may spend. Once it is spent nothing more is begun. */
export interface Budget {
  /** Why nothing may be begun any more. */
  ended(): BudgetEnd | undefined;
  /** Takes one request and its bytes, or nothing and ends the run. */
  take(bytes: number): boolean;
  stop(why: BudgetEnd): void;
  spent(): { readonly requests: number; readonly bytes: number };
}

export function createBudget(limits: BudgetLimits, clock: () => number): Budget {
  const untilMs = clock() + limits.msMax;
  let requests = 0;
  let bytes = 0;
  let end: BudgetEnd | undefined;

  function ended(): BudgetEnd | undefined {
    if (clock() >= untilMs) end ??= 'max_time';
    return end;
  }

  return {
    ended,
    take(sent) {
      if (ended() !== undefined) return false;
      if (requests + 1 > limits.requestsMax) end = 'max_requests';
      else if (bytes + sent > limits.bytesMax) end = 'max_bytes';
      if (end !== undefined) return false;
      requests++;
      bytes += sent;
      return true;
    },
    stop(why) {
      end ??= why;
    },
    spent: () => ({ requests, bytes }),
  };
}

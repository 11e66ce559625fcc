export interface Summary {
  readonly n: number;
  readonly median: number;
  readonly p95: number;
  readonly p99: number;
  /** Between the quartiles, as a share of the median. */
  readonly spread: number;
}

export function summarise(values: readonly number[]): Summary {
  const median = percentile(values, 50);
  const between = percentile(values, 75) - percentile(values, 25);
  return {
    n: values.length,
    median,
    p95: percentile(values, 95),
    p99: percentile(values, 99),
    spread: median === 0 ? 0 : between / median,
  };
}

export function medianOf(values: readonly number[]): number {
  return percentile(values, 50);
}

/** Linear between the two nearest ranks (type 7 of Hyndman and Fan 1996, as NumPy has it). */
export function percentile(values: readonly number[], percent: number): number {
  if (values.length === 0) throw new RangeError('percentile: no values');
  const sorted = values.toSorted((a, b) => a - b);
  const rank = ((sorted.length - 1) * percent) / 100;
  const below = sorted[Math.floor(rank)] ?? 0;
  const above = sorted[Math.ceil(rank)] ?? 0;
  return below + (above - below) * (rank - Math.floor(rank));
}

/**
 * What a class of requests takes beyond a bare one, against what another takes beyond it.
 * Undefined where the cheap one was not slower than the bare one: then no number is right.
 */
export function ratioBeyondBare(dear: number, cheap: number, bare: number): number | undefined {
  return cheap > bare ? (dear - bare) / (cheap - bare) : undefined;
}

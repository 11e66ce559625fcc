import type { CurvePoint } from './curve.ts';
import type { FittedCascade } from './fit.ts';

/** Rows of the table: the rest is in the plot and in --json. */
const ROWS_MAX = 16;

/** What was fitted, and the curve, for people. */
export function formatCascade(cascade: FittedCascade): string {
  const { stages, pictures, fitted, tested, last, curve } = cascade;
  const lastMacs = stages.at(-1)!.macs;
  const share = (macs: number): string => `${((100 * macs) / lastMacs).toFixed(1)} %`;
  const signed = (count: number): string => (count > 0 ? `+${count}` : `${count}`);
  const at = (point: CurvePoint, half: 'fitted' | 'tested'): string =>
    [
      share(point.meanMacs).padStart(8),
      `${point.right}/${pictures[half]}`.padStart(9),
      signed(point.right - last[half]).padStart(5),
    ].join(' ');
  const row = (f: CurvePoint, t: CurvePoint): string =>
    `${f.thresholds
      .slice(0, -1)
      .map((level) => level.toFixed(4))
      .join(' ')}  ` + `${at(f, 'fitted')}  ${at(t, 'tested')}`;
  return [
    ...stages.map(
      ({ model, macs, threshold, temperature, nll, rightAlone }, i) =>
        `stage ${i + 1}: ${model}, ${(macs / 1e9).toFixed(3)} GMAC, alone ${rightAlone}/` +
        `${pictures.tested}, temperature ${temperature} (NLL ${nll.plain.toFixed(4)} -> ` +
        `${nll.scaled.toFixed(4)}), threshold ${threshold}`,
    ),
    'thresholds, then on either half: mean compute of the last stage, right, against it alone',
    ...sampled(curve).map((point) => row(point.fitted, point.tested)),
    'chosen on the fitted half:',
    row(fitted, tested),
    `stages that answered, tested half: ${tested.answered.join(', ')}`,
  ].join('\n');
}

function sampled<T>(points: readonly T[]): readonly T[] {
  const rows = Math.min(ROWS_MAX, points.length);
  return Array.from({ length: rows }, (_, k) => {
    return points[Math.round((k * (points.length - 1)) / Math.max(1, rows - 1))]!;
  });
}

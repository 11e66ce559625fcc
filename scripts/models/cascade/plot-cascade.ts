import { draw } from '../evaluate/plots.ts';
import type { FittedCascade } from './fit.ts';

/** Accuracy against mean products a picture, on both halves, with each stage alone. SVG. */
export function plotCascade(title: string, cascade: FittedCascade): string {
  const { stages, pictures, curve, fitted, tested } = cascade;
  const percent = (right: number, of: number): number => Math.round((10_000 * right) / of) / 100;
  const giga = (macs: number): number => Math.round(macs / 1e6) / 1000;
  const line = (name: 'fitted' | 'tested') => ({
    name: `${name} half`,
    type: 'line' as const,
    step: 'end' as const,
    showSymbol: false,
    data: curve.map((point) => {
      return [giga(point[name].meanMacs), percent(point[name].right, pictures[name])];
    }),
  });
  const alone = stages.map(({ model, macs, rightAlone }) => {
    return { name: model, value: [giga(macs), percent(rightAlone, pictures.tested)] };
  });
  const at = [fitted, tested].map((point, i) => {
    const of = i === 0 ? pictures.fitted : pictures.tested;
    return { name: 'chosen', value: [giga(point.meanMacs), percent(point.right, of)] };
  });
  const label = { show: true, formatter: '{b}', position: 'bottom' as const };
  const labelLayout = { moveOverlap: 'shiftY' as const };
  const dots = { type: 'scatter' as const, symbolSize: 11, label, labelLayout };
  return draw(
    { width: 820, height: 480 },
    {
      title: { text: title, left: 8, top: 4, textStyle: { fontSize: 15 } },
      legend: { top: 30, left: 8 },
      grid: { left: 64, right: 80, top: 84, bottom: 56 },
      xAxis: {
        type: 'value',
        name: 'mean multiply-accumulates a picture, 10^9',
        nameLocation: 'middle',
        nameGap: 30,
        scale: true,
      },
      yAxis: { type: 'value', name: 'top-1, %', scale: true },
      series: [
        line('fitted'),
        line('tested'),
        { name: 'one stage alone, tested half', ...dots, data: alone },
        { name: 'chosen thresholds', ...dots, data: at },
      ],
    },
  );
}

import { draw } from './plots.ts';

/** A model as a point: what it costs and what it gets right. */
export interface ProductPoint {
  readonly name: string;
  /** Products of one picture, in billions. */
  readonly gmacs: number;
  readonly top1Percent: number;
  /** What the accuracy is of: points of different data sets do not compare. */
  readonly series: string;
}

/** Published in the background, ours in front. */
const LOOKS = [
  { color: '#adb5bd', symbol: 'circle', symbolSize: 9, z: 2 },
  { color: '#1c7ed6', symbol: 'diamond', symbolSize: 15, z: 3 },
  { color: '#d9480f', symbol: 'triangle', symbolSize: 12, z: 4 },
] as const;

/** Accuracy against products: the first series of points are others', the rest this model's. */
export function plotProducts(points: readonly ProductPoint[]): string {
  const series = [...Map.groupBy(points, (point) => point.series)].map(([name, of], index) => ({
    name,
    type: 'scatter' as const,
    ...LOOKS[index % LOOKS.length],
    data: of.map(({ gmacs, top1Percent, name: label }, i) => ({
      value: [gmacs, top1Percent],
      // Neighbours in turn to either side, so that fewer names lie on each other.
      label: {
        formatter: shortName(label),
        position: i % 2 === 0 ? ('right' as const) : ('left' as const),
      },
    })),
    // Of the same model in two forms, one name is enough.
    label: { show: index !== 1, fontSize: 9, color: '#495057' },
  }));
  return draw(
    { width: 960, height: 480 },
    {
      title: { text: 'Accuracy against cost', left: 8, top: 4, textStyle: { fontSize: 15 } },
      legend: { top: 40, itemGap: 70 },
      grid: { top: 90, bottom: 60, left: 60, right: 60 },
      xAxis: {
        type: 'log',
        name: 'products a picture, billions',
        nameLocation: 'middle' as const,
        nameGap: 30,
        min: (range: Extent) => range.min / 1.5,
        max: (range: Extent) => range.max * 1.5,
        axisLabel: { formatter: (value: number) => String(Number(value.toPrecision(2))) },
      },
      yAxis: { type: 'value', name: 'top-1, %', scale: true },
      series,
    },
  );
}

type Extent = { readonly min: number; readonly max: number };

/** Without the batch it was trained in and the data set, which the chart is of. */
function shortName(name: string): string {
  return name.replace(/_\d+xb\d+|_batch\d+/, '').replace(/_(?:in1k|cifar100?|cub)$/, '');
}

import * as echarts from 'echarts';

export interface Point {
  readonly perSecond: number;
  readonly hitPercent: number;
  readonly p99Ms: number;
  readonly usd: number;
  readonly workersAiUsd: number;
}

/** Hit ratio and p99 above, dollars a month below, by requests a second; rates are logarithmic. */
export function plotFleet(title: string, points: readonly Point[]): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: 760, height: 680 });
  const line = (name: string, axis: number, of: (point: Point) => number) => ({
    name,
    type: 'line' as const,
    xAxisIndex: axis < 2 ? 0 : 1,
    yAxisIndex: axis,
    data: points.map((point) => [point.perSecond, Number(of(point).toFixed(2))]),
  });
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    title: { text: title, left: 8, top: 4, textStyle: { fontSize: 14 } },
    legend: { top: 30 },
    grid: [
      { left: 70, right: 70, top: 80, height: 230 },
      { left: 70, right: 70, top: 380, height: 230 },
    ],
    xAxis: [0, 1].map((gridIndex) => ({
      type: 'log',
      gridIndex,
      name: 'requests a second',
      nameLocation: 'middle',
      nameGap: 28,
    })),
    yAxis: [
      { type: 'value', gridIndex: 0, name: 'hits, %', min: 0, max: 100 },
      { type: 'value', gridIndex: 0, name: 'p99, ms', min: 0, splitLine: { show: false } },
      { type: 'log', gridIndex: 1, name: 'US dollars a month' },
    ],
    series: [
      line('hits', 0, (point) => point.hitPercent),
      line('p99', 1, (point) => point.p99Ms),
      line('razorbill', 2, (point) => point.usd),
      line('Workers AI, nothing cached', 2, (point) => point.workersAiUsd),
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

import * as echarts from 'echarts';
import type { LayerNoise } from './layer-noise.ts';

const FONT = 'system-ui, sans-serif';

/** Each layer's signal-to-noise ratio in computing order, with what the layer itself loses. */
export function plotLayers(title: string, layers: readonly LayerNoise[]): string {
  return draw(
    { width: Math.max(720, 60 + layers.length * 16), height: 460 },
    {
      title: { text: title, left: 8, top: 4, textStyle: { fontSize: 15, fontFamily: FONT } },
      legend: { top: 6, right: 24, data: ['SQNR', 'lost in this layer'] },
      grid: { left: 56, right: 24, top: 66, bottom: 130 },
      xAxis: {
        type: 'category',
        data: layers.map(({ layer }) => layer),
        axisLabel: { rotate: 90, interval: 0, fontSize: 10, fontFamily: FONT },
      },
      yAxis: { type: 'value', name: 'dB', min: 0 },
      series: [
        {
          name: 'SQNR',
          type: 'line',
          symbolSize: 5,
          data: layers.map(({ sqnrDb }) => tenths(sqnrDb)),
        },
        {
          name: 'lost in this layer',
          type: 'bar',
          data: layers.map(({ lossDb }) => tenths(lossDb)),
        },
      ],
    },
  );
}

export interface CostPoint {
  readonly name: string;
  readonly precision: 'fp32' | 'int8';
  /** Milliseconds a picture. */
  readonly ms: number;
  readonly top1Percent: number;
}

/** Accuracy against time: up and left is better. */
export function plotCost(title: string, points: readonly CostPoint[]): string {
  const series = (['fp32', 'int8'] as const).map((precision) => ({
    name: precision,
    type: 'scatter' as const,
    symbolSize: 12,
    data: points
      .filter((point) => point.precision === precision)
      .map(({ name, ms, top1Percent }) => ({ name, value: [tenths(ms), top1Percent] })),
    label: { show: true, formatter: '{b}', position: 'right' as const, fontFamily: FONT },
    labelLayout: { moveOverlap: 'shiftY' as const },
  }));
  return draw(
    { width: 720, height: 460 },
    {
      title: { text: title, left: 8, top: 4, textStyle: { fontSize: 15, fontFamily: FONT } },
      legend: { top: 6, right: 24 },
      grid: { left: 64, right: 150, top: 76, bottom: 56 },
      xAxis: { type: 'value', name: 'ms a picture', nameLocation: 'middle', nameGap: 30, min: 0 },
      yAxis: { type: 'value', name: 'top-1, %', scale: true },
      series,
    },
  );
}

/** A chart as an SVG document, drawn without a browser. */
export function draw(
  size: { readonly width: number; readonly height: number },
  option: echarts.EChartsOption,
): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, ...size });
  chart.setOption({ animation: false, backgroundColor: '#ffffff', ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

import { describe, expect, it } from 'vitest';
import { monthlyCost } from './cost.ts';
import { batchMs, type Figures, parseFigures } from './figures.ts';
import { figuresBytesMax } from './limits.ts';
import { plotFleet } from './plot.ts';
import { ASSUMED } from './settings.ts';
import { simulateFleet } from './simulate-fleet.ts';

const FIGURES: Figures = {
  model: 'm',
  lookUpMs: 1,
  decodeMs: 5,
  inferenceMs: 60,
  coldMs: 300,
  sessionBytes: 27e6,
  batches: [
    { pictures: 1, ms: 20 },
    { pictures: 16, ms: 80 },
  ],
  provider: 'cpu',
  machine: 'one of a test',
};
const SETTINGS = {
  ...ASSUMED,
  perSecond: 100,
  requests: 10_000,
  seed: 5,
  images: 10_000,
  origins: 1,
};

describe('a fleet', () => {
  const report = simulateFleet(SETTINGS, FIGURES);

  it('answers every request once, and counts those after the first fifth', () => {
    expect(report.arrived).toBe(10_000);
    expect(report.counted).toBe(8000);
    const { isolate, cache_api, r2, edge, origin } = report.answered;
    expect(isolate + cache_api + r2 + edge + origin).toBe(8000);
    expect(report.r2Writes).toBe(edge + origin);
    expect(report.r2Reads).toBe(r2 + edge + origin);
  });

  it('is the same of the same seed, and another of another', () => {
    expect(simulateFleet(SETTINGS, FIGURES)).toEqual(report);
    expect(simulateFleet({ ...SETTINGS, seed: 6 }, FIGURES)).not.toEqual(report);
  });

  it('finds more where it is asked more often, and less among more images', () => {
    const busier = simulateFleet({ ...SETTINGS, perSecond: 1000 }, FIGURES);
    expect(busier.hitRatio).toBeGreaterThanOrEqual(report.hitRatio);
    const seldom = { ...SETTINGS, perSecond: 0.001 };
    expect(simulateFleet(seldom, FIGURES).hitRatio).toBeLessThan(report.hitRatio);
  });

  it('makes cold callers wait for the model only where there is no origin', () => {
    // Minutes between requests: every one meets a fresh isolate.
    const rare = { ...SETTINGS, perSecond: 0.00001, requests: 500 };
    const alone = simulateFleet({ ...rare, origins: 0 }, FIGURES);
    expect(alone.answered.origin).toBe(0);
    expect(alone.p99Ms).toBeGreaterThan(300);
    const helped = simulateFleet(rare, FIGURES);
    expect(helped.answered.edge).toBe(0);
    expect(helped.p99Ms).toBeLessThan(alone.p99Ms);
  });

  it('costs what its parts cost', () => {
    const cost = monthlyCost(report, 100, 2, 0.5);
    expect(cost.origins).toBe(730);
    expect(cost.all).toBeCloseTo(cost.workers + cost.r2 + cost.origins, 9);
    // 262.8 million requests: 5 + 252.8 x 0.3 + 262.8 x 2.51 dollars.
    expect(cost.workersAi).toBeCloseTo(740.468, 3);
  });

  it('is drawn', () => {
    const point = { hitPercent: 90, p99Ms: 100, usd: 50, workersAiUsd: 80 };
    const svg = plotFleet(
      'a title',
      [1, 10].map((perSecond) => ({ perSecond, ...point })),
    );
    expect(svg).toMatch(/^<svg[\s\S]*Workers AI[\s\S]*<\/svg>$/);
  });
});

describe('the figures', () => {
  const start = { median: 400 };
  const lines = [
    {
      bench: 'request',
      machine: 'a machine',
      kinds: {
        bare: { cpu_ms: 1 },
        'm cached': { cpu_ms: 2 },
        'm decoded': { cpu_ms: 9 },
      },
      models: { m: { inference_cpu_ms: 61, engine_wasm_bytes: 5 } },
    },
    {
      bench: 'coldstart',
      empty: { wall_ms: { median: 150 } },
      models: [{ model: 'm', wall_ms: { simd: start } }],
    },
    { bench: 'batches', provider: 'cpu', batches: [{ pictures: 1, ms: 20 }] },
  ].map((line) => JSON.stringify(line));

  it('are differences of what the benchmarks wrote', () => {
    expect(parseFigures(lines.join('\n'), 'm')).toMatchObject({
      ok: true,
      value: { lookUpMs: 1, decodeMs: 7, inferenceMs: 61, coldMs: 250, sessionBytes: 5 },
    });
  });

  it.each([0, 1, 2])('name the command of a line that is not there (%i)', (gone) => {
    const parsed = parseFigures(lines.toSpliced(gone, 1).join('\n'), 'm');
    const bench = ['request', 'coldstart', 'batches'][gone];
    const run = expect.stringContaining(`npm run -s bench:${bench} -- --json`);
    expect(parsed).toEqual({ ok: false, failure: { code: 'figures_missing', bench, run } });
  });

  it('must be lines of JSON, of a known model, and not endless', () => {
    expect(parseFigures('{', 'm')).toMatchObject({
      failure: { code: 'figures_unreadable', line: 1 },
    });
    expect(parseFigures(lines.join('\n'), 'x')).toMatchObject({ failure: { bench: 'request: x' } });
    const spaces = ' '.repeat(figuresBytesMax);
    expect(parseFigures(spaces, 'm')).toMatchObject({ failure: { code: 'figures_missing' } });
    expect(parseFigures(`${spaces} `, 'm')).toMatchObject({
      failure: { code: 'figures_too_large' },
    });
  });

  it('lie on a line between measured batches', () => {
    expect([1, 4, 16, 32].map((n) => batchMs(FIGURES.batches, n))).toEqual([20, 32, 80, 160]);
  });
});

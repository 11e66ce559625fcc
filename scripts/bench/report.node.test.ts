import { describe, expect, it } from 'vitest';
import { kindName } from './kinds.ts';
import { toKindReport, toModelReport, toTables } from './report.ts';

const MEASURED = new Map([
  ['bare', { wallMs: [1, 1, 1], cpuMs: [0.5] }],
  [kindName('m', 'cached'), { wallMs: [2, 3, 4], cpuMs: [1, 2, 3] }],
  [kindName('m', 'decoded'), { wallMs: [20], cpuMs: [15, 17] }],
  [kindName('m', 'uncached'), { wallMs: [60, 61, 62], cpuMs: [70, 72] }],
]);
const MEMORY = { engine: 'ort', wasm: { 'w onnxruntime': 44e6 }, engineBytes: 44e6 };

describe('the report of a model', () => {
  it('takes the bare route off both sides of the ratio, and the decode off the inference', () => {
    expect(toModelReport('m', MEASURED, MEMORY)).toEqual({
      engine: 'ort',
      inference_cpu_ms: 55,
      cached_is_faster: 30,
      cached_is_cheaper: 47,
      engine_wasm_bytes: 44e6,
      wasm: { 'w onnxruntime': 44e6 },
    });
  });

  it('of one that was not measured is a mistake', () => {
    expect(() => toModelReport('other', MEASURED, MEMORY)).toThrow(RangeError);
  });
});

describe('the report of a kind of request', () => {
  it('says so where the system tells no CPU time', () => {
    const measured = { wallMs: [2, 3, 4], cpuMs: [] };
    const report = toKindReport(measured, { sequential: 300, atEight: 400 });
    expect(report).toMatchObject({ n: 3, median: 3, cpu_ms: null, per_second_at_8: 400 });
    expect(toTables({ cached: report }, {})).toMatch(/^cached .* - +300\.0 +400\.0 +3$/m);
  });
});

import { describe, expect, it } from 'vitest';
import { kindName } from './kinds.ts';
import { toStages, toStagesTable } from './stages.ts';

const MEASURED = new Map([
  ['bare, 12 MP', { wallMs: [9], cpuMs: [2] }],
  [kindName('m, 12 MP', 'cached'), { wallMs: [9], cpuMs: [5] }],
  [kindName('m, 12 MP', 'decoded'), { wallMs: [9], cpuMs: [40, 44, 45] }],
  [kindName('m, 12 MP', 'uncached'), { wallMs: [9], cpuMs: [105] }],
]);

describe('the stages of a request', () => {
  it('are differences of kinds that do one stage more each', () => {
    const stages = toStages('m', '12 MP', MEASURED);
    expect(stages).toEqual({ transport: 2, lookup: 3, decode: 39, inference: 61, all: 105 });
    expect(toStagesTable({ 'm, 12 MP': stages })).toMatch(
      /^m, 12 MP +2\.0 +3\.0 +39\.0 +61\.0 +105\.0$/m,
    );
  });

  it('of what was not measured are a mistake', () => {
    expect(() => toStages('m', '0.2 MP', MEASURED)).toThrow(RangeError);
  });
});

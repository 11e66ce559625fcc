import { describe, expect, it } from 'vitest';
import { parseQuantizeArguments } from './quantize-arguments.ts';

describe('arguments of a quantization', () => {
  it('have defaults', () => {
    expect(parseQuantizeArguments({})).toEqual({
      ok: true,
      value: {
        method: 'percentile',
        weightBits: 8,
        activationBits: 8,
        keepFloat: [],
        biasCorrection: true,
        equalize: false,
      },
    });
  });

  it('are taken as they are written', () => {
    const args = { method: 'data-free', 'weight-bits': '7', 'keep-float': 'last,first,last' };
    expect(parseQuantizeArguments({ ...args, equalize: true })).toMatchObject({
      ok: true,
      value: {
        method: 'data-free',
        weightBits: 7,
        activationBits: 8,
        keepFloat: ['first', 'last'],
        equalize: true,
      },
    });
  });

  it.each([
    [{ method: 'guess' }, '--method', 'guess'],
    [{ 'weight-bits': '4' }, '--weight-bits', '4'],
    [{ 'activation-bits': '16' }, '--activation-bits', '16'],
    [{ 'keep-float': 'first,middle' }, '--keep-float', 'middle'],
  ])('that nobody knows are refused by name: %o', (args, option, value) => {
    const failure = { code: 'bad_argument', option, value };
    expect(parseQuantizeArguments(args)).toEqual({ ok: false, failure });
  });
});

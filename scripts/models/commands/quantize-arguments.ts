import type { EnumArgDef, StringArgDef } from 'citty';
import { fail, ok, type Result } from '../../../src/result.ts';
import { METHODS } from '../calibrate/range.ts';
import { DATA_FREE, type Int8Choice } from '../quantize/make-int8.ts';
import { DEFAULT_OPTIONS } from '../quantize/pipeline.ts';
import type { FloatLayer } from '../quantize/points.ts';
import type { Bits } from '../quantize/weight.ts';

const BITS = ['8', '7'];

/** How `quantize` and what it is part of are told to write integers. */
export const QUANTIZE_ARGUMENTS: {
  readonly method: EnumArgDef;
  readonly 'weight-bits': EnumArgDef;
  readonly 'activation-bits': EnumArgDef;
  readonly 'keep-float': StringArgDef;
  readonly equalize: { type: 'boolean'; description: string };
} = {
  method: {
    type: 'enum',
    options: [...METHODS, DATA_FREE],
    description: 'How ranges are chosen; data-free needs no pictures',
    default: DEFAULT_OPTIONS.method,
  },
  'weight-bits': { type: 'enum', options: BITS, description: 'Bits of weights', default: '8' },
  'activation-bits': { type: 'enum', options: BITS, description: 'Of activations', default: '8' },
  'keep-float': { type: 'string', description: 'Layers that stay float: first, last or both' },
  equalize: { type: 'boolean', description: 'Even out channels of neighbouring layers first' },
};

export interface QuantizeArguments {
  readonly method?: string | undefined;
  readonly 'weight-bits'?: string | undefined;
  readonly 'activation-bits'?: string | undefined;
  readonly 'keep-float'?: string | undefined;
  readonly equalize?: boolean | undefined;
}

export type BadArgument = {
  readonly code: 'bad_argument';
  readonly option: string;
  readonly value: string;
};

export function parseQuantizeArguments(args: QuantizeArguments): Result<Int8Choice, BadArgument> {
  const asked = args.method ?? DEFAULT_OPTIONS.method;
  const method = [...METHODS, DATA_FREE].find((name) => name === asked) as Int8Choice['method'];
  if (method === undefined) return bad('--method', asked);
  const layers = (args['keep-float'] ?? '').split(',').filter((name) => name !== '');
  const unknown = layers.find((name) => name !== 'first' && name !== 'last');
  if (unknown !== undefined) return bad('--keep-float', unknown);
  const bits = (option: 'weight-bits' | 'activation-bits') => {
    return parseBits(args[option] ?? '8') ?? bad(`--${option}`, String(args[option]));
  };
  const [weightBits, activationBits] = [bits('weight-bits'), bits('activation-bits')];
  if (typeof weightBits !== 'number') return weightBits;
  if (typeof activationBits !== 'number') return activationBits;
  const keepFloat = [...new Set(layers)].toSorted() as FloatLayer[];
  const { biasCorrection } = DEFAULT_OPTIONS;
  const equalize = args.equalize === true;
  return ok({ method, weightBits, activationBits, keepFloat, biasCorrection, equalize });
}

function parseBits(text: string): Bits | undefined {
  return text === '7' ? 7 : text === '8' ? 8 : undefined;
}

function bad(option: string, value: string): Result<never, BadArgument> {
  return fail({ code: 'bad_argument', option, value });
}

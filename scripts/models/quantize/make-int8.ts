import type { Preprocess } from '../../../src/image/preprocess.ts';
import type { OnnxModel } from '../../../src/onnx/graph.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import type { ExpectFailure } from '../calibrate/expect.ts';
import { inputBounds, wholeRange } from '../calibrate/input-bounds.ts';
import type { ObserveOptions } from '../calibrate/observe.ts';
import type { Method } from '../calibrate/range.ts';
import type { PictureSet } from '../pictures/picture-set.ts';
import { equalizeLayers, type Statistics } from './equalize.ts';
import { calibrateAndQuantize, quantizeDataFree } from './pipeline.ts';
import type { QuantizeOptions } from './quantize.ts';

/** As cards say it. */
export const DATA_FREE = 'data-free';

export interface Int8Choice extends Omit<QuantizeOptions, 'method' | 'pixels'> {
  readonly method: Method | typeof DATA_FREE;
  readonly equalize: boolean;
}

export interface Int8Source {
  readonly model: OnnxModel;
  /** Of the batch norms; none are left in an ONNX file. */
  readonly statistics: Statistics;
  readonly preprocess: Preprocess;
  /** To calibrate on. */
  readonly pictures: PictureSet | undefined;
}

export type Int8Failure =
  | ExpectFailure
  /** Every method but data-free looks at pictures. */
  | { readonly code: 'no_pictures'; readonly method: string; readonly give: string };

/** The int8 graph by whichever way was chosen. */
export async function makeInt8(
  source: Int8Source,
  choice: Int8Choice,
  observe: ObserveOptions = {},
): Promise<Result<OnnxModel, Int8Failure>> {
  const { preprocess, pictures } = source;
  const { model, statistics } = choice.equalize
    ? equalizeLayers(source.model, source.statistics)
    : source;
  const input = inputBounds(preprocess);
  const pixels = wholeRange(input);
  if (choice.method === DATA_FREE) {
    // The whole of what is expected: its percentiles cut real tails off.
    const options = { ...choice, method: 'min-max', pixels } as const;
    return quantizeDataFree(model, { statistics, input }, options);
  }
  if (pictures === undefined) {
    const give = '--calibrate, --cifar or --method data-free';
    return fail({ code: 'no_pictures', method: choice.method, give });
  }
  const options = { ...choice, method: choice.method, pixels };
  return ok(await calibrateAndQuantize(model, pictures, options, observe));
}

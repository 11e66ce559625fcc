import { type Digest, sha256 } from '../../../src/digest.ts';
import type { Preprocess } from '../../../src/image/preprocess.ts';
import type { ModelCard } from '../../../src/model/card.ts';
import type { OnnxModel } from '../../../src/onnx/graph.ts';
import { writeOnnx } from '../../../src/onnx/write.ts';
import { ok, type Result } from '../../../src/result.ts';
import type { ExpectFailure } from '../calibrate/expect.ts';
import { inputBounds } from '../calibrate/input-bounds.ts';
import type { Method } from '../calibrate/range.ts';
import { OBSERVATIONS } from '../commands/paths.ts';
import { type GateFailure, passGates } from '../quantize/gates.ts';
import { calibrateAndQuantize, DEFAULT_OPTIONS, quantizeDataFree } from '../quantize/pipeline.ts';
import { codeDigest, QUANTIZING } from './code-digest.ts';
import type { FloatStage } from './float-stage.ts';
import type { KnownPictures, PicturesFailure } from './pictures.ts';
import type { Products } from './products.ts';

export interface Int8Facts {
  readonly graph: Digest;
  readonly calibration: ModelCard['calibration'];
}

export interface Int8Stage {
  readonly facts: Int8Facts;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly cached: boolean;
}

export interface Int8Options {
  /** Undefined: ranges come from batch norm's statistics. */
  readonly pictures: KnownPictures | undefined;
  readonly preprocess: Preprocess;
  readonly method: Method | undefined;
  /** Refuse a graph that is far off, where there are pictures to tell. */
  readonly gates: boolean;
  readonly progress: (what: string, total: number) => (done: number) => void;
}

export type Int8Failure = PicturesFailure | ExpectFailure | GateFailure;

/** The float32 graph to int8, or that graph as an earlier run kept it. */
export async function toInt8(
  products: Products,
  float: FloatStage,
  options: Int8Options,
): Promise<Result<Int8Stage, Int8Failure>> {
  const { pictures, preprocess, method } = options;
  const identity = pictures?.identity ?? [DATA_FREE, preprocess];
  const inputs = [float.facts.graph, identity, method, codeDigest(QUANTIZING)];
  const found = products.find<Int8Facts>('int8', inputs);
  if (found !== undefined) return ok({ ...found, cached: true });
  const made =
    pictures === undefined
      ? quantizeWithout(float, options)
      : await quantizeOn(pictures, float, options);
  if (!made.ok) return made;
  const bytes = writeOnnx(made.value.model);
  const facts = { graph: await sha256(bytes), calibration: made.value.calibration };
  products.keep('int8', inputs, { bytes, facts });
  return ok({ facts, bytes, cached: false });
}

interface Quantized {
  readonly model: OnnxModel;
  readonly calibration: ModelCard['calibration'];
}

async function quantizeOn(
  pictures: KnownPictures,
  float: FloatStage,
  { method = DEFAULT_OPTIONS.method, gates, progress }: Int8Options,
): Promise<Result<Quantized, PicturesFailure | GateFailure>> {
  const opened = await pictures.open();
  if (!opened.ok) return opened;
  const set = opened.value;
  const onPicture = progress('calibrating', set.size);
  const observe = { onPicture, cache: OBSERVATIONS };
  const options = { ...DEFAULT_OPTIONS, method };
  const model = await calibrateAndQuantize(float.model, set, options, observe);
  const passed = gates ? await passGates(float.model, model, set) : ok(undefined);
  if (!passed.ok) return passed;
  return ok({ model, calibration: { method, images: set.size, dataset: set.name } });
}

/** As the card has it. */
const DATA_FREE = 'data-free';

/** Ten deviations to either side: percentiles of what is expected cut real tails off. */
const DATA_FREE_METHOD: Method = 'min-max';

function quantizeWithout(
  float: FloatStage,
  { preprocess, method = DATA_FREE_METHOD }: Int8Options,
): Result<Quantized, ExpectFailure> {
  const statistics = new Map(
    (float.facts.statistics ?? []).map(([layer, mean, deviation]) => {
      return [layer, { mean: Float32Array.from(mean), deviation: Float32Array.from(deviation) }];
    }),
  );
  const expected = { statistics, input: inputBounds(preprocess) };
  const model = quantizeDataFree(float.model, expected, { ...DEFAULT_OPTIONS, method });
  if (!model.ok) return model;
  const calibration = { method: `${DATA_FREE}, ${method}`, images: 0, dataset: 'none' };
  return ok({ model: model.value, calibration });
}

import { type Digest, sha256 } from '../../../src/digest.ts';
import type { ModelCard } from '../../../src/model/card.ts';
import { writeOnnx } from '../../../src/onnx/write.ts';
import { ok, type Result } from '../../../src/result.ts';
import type { Method } from '../calibrate/range.ts';
import { OBSERVATIONS } from '../commands/paths.ts';
import { calibrateAndQuantize, DEFAULT_OPTIONS } from '../quantize/pipeline.ts';
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
  readonly pictures: KnownPictures;
  readonly method: Method | undefined;
  readonly progress: (what: string, total: number) => (done: number) => void;
}

/** The float32 graph to int8, or that graph as an earlier run kept it. */
export async function toInt8(
  products: Products,
  float: FloatStage,
  { pictures, method = DEFAULT_OPTIONS.method, progress }: Int8Options,
): Promise<Result<Int8Stage, PicturesFailure>> {
  const inputs = [float.facts.graph, pictures.identity, method, codeDigest(QUANTIZING)];
  const found = products.find<Int8Facts>('int8', inputs);
  if (found !== undefined) return ok({ ...found, cached: true });
  const opened = await pictures.open();
  if (!opened.ok) return opened;
  const set = opened.value;
  const options = { ...DEFAULT_OPTIONS, method };
  const onPicture = progress('calibrating', set.size);
  const observe = { onPicture, cache: OBSERVATIONS };
  const model = await calibrateAndQuantize(float.model, set, options, observe);
  const bytes = writeOnnx(model);
  const calibration = { method, images: set.size, dataset: set.name };
  const facts = { graph: await sha256(bytes), calibration };
  products.keep('int8', inputs, { bytes, facts });
  return ok({ facts, bytes, cached: false });
}

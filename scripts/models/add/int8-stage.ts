import { type Digest, sha256 } from '../../../src/digest.ts';
import type { ModelCard } from '../../../src/model/card.ts';
import { writeOnnx } from '../../../src/onnx/write.ts';
import type { Method } from '../calibrate/range.ts';
import type { PictureSet } from '../pictures/picture-set.ts';
import { calibrateAndQuantize, DEFAULT_OPTIONS } from '../quantize/pipeline.ts';
import { codeDigest, QUANTIZING } from './code-digest.ts';
import type { FloatStage } from './float-stage.ts';
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
  readonly pictures: PictureSet;
  /** What else tells this set of pictures from another of its name. */
  readonly picturesIdentity: unknown;
  readonly method: Method | undefined;
  readonly onPicture: (done: number) => void;
}

/** The float32 graph to int8, or that graph as an earlier run kept it. */
export async function toInt8(
  products: Products,
  float: FloatStage,
  { pictures, picturesIdentity, method = DEFAULT_OPTIONS.method, onPicture }: Int8Options,
): Promise<Int8Stage> {
  const set = [pictures.name, pictures.size, picturesIdentity];
  const inputs = [float.facts.graph, set, method, codeDigest(QUANTIZING)];
  const found = products.find<Int8Facts>('int8', inputs);
  if (found !== undefined) return { ...found, cached: true };
  const options = { ...DEFAULT_OPTIONS, method };
  const model = await calibrateAndQuantize(float.model, pictures, options, onPicture);
  const bytes = writeOnnx(model);
  const calibration = { method, images: pictures.size, dataset: pictures.name };
  const facts = { graph: await sha256(bytes), calibration };
  products.keep('int8', inputs, { bytes, facts });
  return { facts, bytes, cached: false };
}

import type { OnnxModel } from '../../../src/onnx/graph.ts';
import { writeOnnx } from '../../../src/onnx/write.ts';
import type { PictureSet } from '../pictures/picture-set.ts';
import { compareLogits } from './compare.ts';
import { type ConfusedPair, mostConfused } from './confusion.ts';
import type { Evaluation } from './evaluate.ts';
import { type LayerNoise, measureLayers } from './layer-noise.ts';
import { cachedLogits } from './reference.ts';
import { runPictures } from './run.ts';

/** Pairs of classes that a report lists. */
const PAIRS_MAX = 10;

export interface FullEvaluation extends Evaluation {
  /** In computing order. */
  readonly layers: readonly LayerNoise[];
  /** By the int8 graph. */
  readonly confused: readonly ConfusedPair[];
}

export interface FullOptions {
  /** A folder where logits of the float graph are kept. */
  readonly cache: string;
  readonly onPictures?: (graph: 'float' | 'int8', done: number) => void;
}

/** Both graphs over all pictures, and every layer of both over the first of them. */
export async function evaluateFully(
  float: OnnxModel,
  int8: OnnxModel,
  pictures: PictureSet,
  { cache, onPictures }: FullOptions,
): Promise<FullEvaluation> {
  const show = (graph: 'float' | 'int8') => (done: number) => onPictures?.(graph, done);
  const reference = await cachedLogits(cache, writeOnnx(float), pictures, show('float'));
  const quantized = await runPictures(writeOnnx(int8), pictures, show('int8'));
  return {
    dataset: pictures.name,
    float: compareLogits(reference, reference, pictures),
    int8: compareLogits(quantized, reference, pictures),
    layers: await measureLayers(float, int8, pictures),
    confused: mostConfused(quantized, pictures, PAIRS_MAX),
  };
}

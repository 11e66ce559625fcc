import type { PictureSet } from '../pictures/picture-set.ts';
import { type Comparison, compareLogits } from './compare.ts';
import { runPictures } from './run.ts';

export interface Evaluation {
  readonly dataset: string;
  readonly float: Comparison;
  readonly int8: Comparison;
}

/** Both graphs over the same pictures; the float graph is the reference of both rows. */
export async function evaluateGraphs(
  floatGraph: Uint8Array,
  int8Graph: Uint8Array,
  pictures: PictureSet,
  onPictures?: (graph: 'float' | 'int8', done: number) => void,
): Promise<Evaluation> {
  const reference = await runPictures(floatGraph, pictures, (n) => onPictures?.('float', n));
  const quantized = await runPictures(int8Graph, pictures, (n) => onPictures?.('int8', n));
  return {
    dataset: pictures.name,
    float: compareLogits(reference, reference, pictures),
    int8: compareLogits(quantized, reference, pictures),
  };
}

/** A small table for people. */
export function formatEvaluation({ dataset, float, int8 }: Evaluation): string {
  const share = (count: number) => `${((100 * count) / float.pictures).toFixed(2)} %`;
  const row = (name: string, { top1, top5, agree }: Comparison) =>
    [name.padEnd(8), `${top1}`.padStart(6), share(top1).padStart(9), share(top5).padStart(9)]
      .concat(share(agree).padStart(10))
      .join(' ');
  return [
    `${float.pictures} pictures of ${dataset}, onnxruntime-node`,
    'graph     right     top-1     top-5  same as fp32',
    row('fp32', float),
    row('int8', int8),
    `logits: signal to noise ${int8.snrDb.toFixed(1)} dB, ` +
      `mean divergence ${int8.divergence.toFixed(4)} nats`,
  ].join('\n');
}

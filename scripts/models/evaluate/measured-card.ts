import type { ModelCard } from '../../../src/model/card.ts';
import type { Comparison } from './compare.ts';
import type { FullEvaluation } from './full.ts';

/**
 * The card with what was measured on this data set in place of what it said of the same one. Other
 * data sets stay.
 */
export function measuredCard(
  card: ModelCard,
  evaluation: FullEvaluation,
  command: string,
): ModelCard {
  const { dataset, float, int8, layers } = evaluation;
  const row = (precision: 'fp32' | 'int8', { top1, top5, pictures: images }: Comparison) => {
    return { dataset, images, precision, top1: top1 / images, top5: top5 / images };
  };
  const noisiest = layers.reduce((a, b) => (b.sqnrDb < a.sqnrDb ? b : a));
  const others = card.accuracy.filter((old) => old.dataset !== dataset);
  const noise = {
    agreement: int8.agree / int8.pictures,
    sqnr_db: rounded(int8.snrDb),
    noisiest_layer: { name: noisiest.layer, sqnr_db: rounded(noisiest.sqnrDb) },
  };
  const rows = [
    { ...row('fp32', float), command },
    { ...row('int8', int8), ...noise, command },
  ];
  return { ...card, accuracy: [...others, ...rows] };
}

/** Tenths: more would be other on another machine. */
function rounded(decibels: number): number {
  return Math.round(decibels * 10) / 10;
}

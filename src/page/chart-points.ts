import type { Card, ModelsDocument } from './api.ts';
import { usdPerMillion } from './price.ts';
import { sayUsd } from './words.ts';

export interface Point {
  readonly name: string;
  /** Multiply-adds of one picture, in billions: what its CPU time follows. */
  readonly gmacs: number;
  readonly top1Percent: number;
  /** Figures compare within one list of labels only. */
  readonly labels: string;
  /** `here` was measured in int8; `catalogue` is what the publisher says of float32. */
  readonly series: 'here' | 'catalogue';
  /** The measured price, where there is one. */
  readonly price: string | undefined;
}

/** Everything of which both accuracy and work are known; what is not is in the cards below. */
export function toPoints({ models, catalogue }: ModelsDocument): readonly Point[] {
  const cards = models.filter((card): card is Card => !('error' in card));
  const here = cards.flatMap((card): Point[] => {
    const measured = card.accuracy.find(({ precision }) => precision === 'int8');
    if (measured === undefined || card.computed === undefined) return [];
    const [cost] = card.cost;
    const price = cost && `${cost.cpu_ms} CPU ms, ${sayUsd(usdPerMillion(cost.cpu_ms))} a million`;
    const { name, labels } = card;
    const top1Percent = measured.top1 * 100;
    return [{ name, labels, top1Percent, gmacs: card.computed.macs / 1e9, series: 'here', price }];
  });
  const published = catalogue.flatMap((entry): Point[] => {
    const top1Percent = entry.published?.top1_percent;
    if (top1Percent === undefined) return [];
    const { name, labels, computed } = entry;
    const gmacs = computed.macs / 1e9;
    return [{ name, labels, top1Percent, gmacs, series: 'catalogue', price: undefined }];
  });
  return [...here, ...published];
}

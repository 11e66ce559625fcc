import type { PictureSet } from '../pictures/picture-set.ts';
import { argMax } from './compare.ts';

export interface ConfusedPair {
  /** Class that the picture shows. */
  readonly truth: number;
  /** Class that was named instead. */
  readonly named: number;
  readonly pictures: number;
}

/** The pairs of classes that are taken for each other most often, ties in the classes' order. */
export function mostConfused(
  logits: readonly Float32Array[],
  pictures: PictureSet,
  pairsMax: number,
): readonly ConfusedPair[] {
  const counts = new Map<string, ConfusedPair>();
  for (const [i, values] of logits.entries()) {
    const [truth, named] = [pictures.label(i), argMax(values)];
    if (truth === undefined || truth === named) continue;
    const key = `${truth} ${named}`;
    counts.set(key, { truth, named, pictures: (counts.get(key)?.pictures ?? 0) + 1 });
  }
  return [...counts.values()]
    .toSorted((a, b) => b.pictures - a.pictures || a.truth - b.truth || a.named - b.named)
    .slice(0, pairsMax);
}

import type { Interpolation, Preprocess } from '../../src/image/preprocess.ts';

/** The plans that bench:image measures: name, interpolation, short edge. */
export const BENCH_PLANS: ReadonlyArray<readonly [string, Interpolation, number]> = [
  ['opencv', 'opencv-bilinear', 256],
  ['pillow', 'pillow-bilinear', 256],
  ['bicubic', 'pillow-bicubic', 235],
];

export function benchCard(interpolation: Interpolation, shortEdge: number): Preprocess {
  return {
    version: 1,
    resize: { rule: 'short_edge', size: shortEdge },
    interpolation,
    crop: { height: 224, width: 224 },
    mean: [0, 0, 0],
    std: [1, 1, 1],
    channels: 'rgb',
  };
}

/** Enough for the largest picture of the bench. */
export const BENCH_BUDGET_BYTES = 140e6;

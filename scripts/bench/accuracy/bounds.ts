import type { AccuracyRow } from './measure.ts';

/** What was accepted for a model and a way of choosing its ranges, on all of its pictures. */
interface Bound {
  readonly model: string;
  readonly graph: string;
  /** Fewer right than float32, at most. */
  readonly fewerMax: number;
  /** Share with float32's class, at least. */
  readonly agreementMin: number;
}

const RESNET50 = 'resnet50_keras_in1k';
const CIFAR = 'resnet18_8xb16_cifar10';

/** The CIFAR model's: 0.2 points of 10,000 pictures. */
export const BOUNDS: readonly Bound[] = [
  { model: RESNET50, graph: 'embedded', fewerMax: 2, agreementMin: 0.97 },
  { model: RESNET50, graph: 'percentile', fewerMax: 2, agreementMin: 0.97 },
  { model: RESNET50, graph: 'data-free', fewerMax: 10, agreementMin: 0 },
  { model: CIFAR, graph: 'embedded', fewerMax: 20, agreementMin: 0 },
  { model: CIFAR, graph: 'mse', fewerMax: 20, agreementMin: 0 },
];

/** A sentence for each bound that a row breaks. */
export function brokenBounds(rows: readonly AccuracyRow[]): readonly string[] {
  return BOUNDS.flatMap(({ model, graph, fewerMax, agreementMin }) => {
    const of = (name: string) => rows.find((row) => row.model === model && row.graph === name);
    const [float, int8] = [of('fp32')?.comparison, of(graph)?.comparison];
    if (float === undefined || int8 === undefined) return [];
    const broken: string[] = [];
    const fewer = float.top1 - int8.top1;
    if (fewer > fewerMax)
      broken.push(`${model} ${graph}: ${fewer} fewer right, ${fewerMax} allowed`);
    const agreement = int8.agree / int8.pictures;
    if (agreement < agreementMin) {
      broken.push(`${model} ${graph}: agreement ${agreement}, ${agreementMin} asked`);
    }
    return broken;
  });
}

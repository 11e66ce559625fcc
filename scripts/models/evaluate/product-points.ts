import type { ModelCard } from '../../../src/model/card.ts';
import type { OnnxModel } from '../../../src/onnx/graph.ts';
import { findEntry, readCatalogue } from '../catalogue.ts';
import { graphMacs } from '../graph/macs.ts';
import type { Evaluation } from './evaluate.ts';
import type { ProductPoint } from './product-chart.ts';

/** What was published on the data set that this model was trained on, and both of its forms. */
export function productPoints(
  { name }: ModelCard,
  float: OnnxModel,
  { dataset, ...rows }: Evaluation,
): readonly ProductPoint[] {
  const entry = findEntry(name);
  const trainedOn = entry.ok ? entry.value.dataset : undefined;
  const published = readCatalogue().flatMap((one): ProductPoint[] => {
    if (one.published === undefined || one.dataset !== trainedOn) return [];
    const top1Percent = one.published.top1_percent;
    const gmacs = one.computed.macs / 1e9;
    return [{ name: one.name, gmacs, top1Percent, series: 'published, float32' }];
  });
  const gmacs = graphMacs(float) / 1e9;
  const measured = (['float', 'int8'] as const).map((form): ProductPoint => {
    const { top1, pictures } = rows[form];
    const series = `${form === 'float' ? 'float32' : 'int8'}, ${pictures} of ${dataset}`;
    return { name, gmacs, top1Percent: (100 * top1) / pictures, series };
  });
  return [...published.toSorted((a, b) => a.top1Percent - b.top1Percent), ...measured];
}

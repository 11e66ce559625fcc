import { textTable } from '../../text-table.ts';
import { formatEvaluation } from './evaluate.ts';
import type { FullEvaluation } from './full.ts';

/** Layers that a report names: where most was lost. */
const LAYERS_MAX = 8;

/** For people: the two graphs, the layers that hurt, the classes that are taken for each other. */
export function formatFull(evaluation: FullEvaluation, labels: readonly string[]): string {
  const { layers, confused } = evaluation;
  const losses = layers.toSorted((a, b) => b.lossDb - a.lossDb).slice(0, LAYERS_MAX);
  // ImageNet's names go on with synonyms.
  const nameOf = (index: number) => labels[index]?.split(',')[0] ?? `class ${index}`;
  return [
    formatEvaluation(evaluation),
    '',
    textTable(
      ['layer, by what it loses', 'SQNR dB', 'loss dB'],
      losses.map(({ layer, sqnrDb, lossDb }) => [layer, sqnrDb.toFixed(1), lossDb.toFixed(1)]),
    ),
    '',
    textTable(
      ['int8 takes', 'for', 'pictures'],
      confused.map(({ truth, named, pictures }) => {
        return [nameOf(truth), nameOf(named), String(pictures)];
      }),
    ),
  ].join('\n');
}

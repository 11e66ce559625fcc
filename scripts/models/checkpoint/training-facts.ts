import type { Style } from '../network/architecture.ts';
import { itemsOf, lookUp, type PickleValue } from './pickle-value.ts';

/** What mmpretrain writes beside the weights that a graph or its card needs. */
export interface TrainingFacts {
  readonly classes: readonly string[] | undefined;
  readonly style: Style | undefined;
}

export function trainingFacts(meta: PickleValue | undefined): TrainingFacts {
  return { classes: classNames(meta), style: configuredStyle(meta) };
}

/** mmpretrain's order: dataset_meta.classes, then CLASSES. */
function classNames(meta: PickleValue | undefined): readonly string[] | undefined {
  const candidates = [lookUp(lookUp(meta, 'dataset_meta'), 'classes'), lookUp(meta, 'CLASSES')];
  for (const candidate of candidates) {
    const names = itemsOf(candidate)?.filter((name) => typeof name === 'string');
    if (names !== undefined && names.length > 0) return names;
  }
  return undefined;
}

/** The config is there as text, under `cfg` or before 1.0 `config`: style='pytorch'. */
function configuredStyle(meta: PickleValue | undefined): Style | undefined {
  const config = lookUp(meta, 'cfg') ?? lookUp(meta, 'config');
  if (typeof config !== 'string') return undefined;
  const matches = config.matchAll(/\bstyle\s*=\s*['"](pytorch|caffe)['"]/g);
  const [style, ...others] = new Set([...matches].map(([, name]) => name));
  // Two networks of two styles in one config: then the user is asked.
  if (others.length > 0) return undefined;
  return style === 'pytorch' || style === 'caffe' ? style : undefined;
}

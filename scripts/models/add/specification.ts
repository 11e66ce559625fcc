import { basename } from 'node:path';
import type { Preprocess } from '../../../src/image/preprocess.ts';
import { type CatalogueEntry, type ModelCard, modelName } from '../../../src/model/card.ts';
import type { LabelList } from '../../../src/model/labels.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import type { Style } from '../network/architecture.ts';
import {
  parseSource,
  type SourceFailure,
  sourceOfEntry,
  type WeightSource,
} from '../pull/source.ts';
import { findLabelList, type LabelListFailure, readLabelFile } from './label-list.ts';
import { type PreprocessFailure, parsePreprocess } from './preprocess-argument.ts';

/** What the user said; all but the name may be missing. */
export interface Wish {
  readonly name: string;
  readonly from?: string | undefined;
  readonly sha256?: string | undefined;
  readonly style?: Style | undefined;
  readonly preprocess?: string | undefined;
  readonly labels?: string | undefined;
  readonly licence?: string | undefined;
}

/** All that is known of a model before its weights are read. */
export interface Specification {
  readonly name: string;
  readonly entry: CatalogueEntry | undefined;
  readonly weights: WeightSource;
  /** Undefined: only a bottleneck needs one, and the weights will tell whether it is one. */
  readonly style: Style | undefined;
  readonly preprocess: Preprocess;
  /** Undefined: the checkpoint may hold its class names. */
  readonly labels: LabelList | undefined;
  readonly licence: string;
  readonly source: Omit<ModelCard['source'], 'sha256'>;
}

/** `option` is what would tell. */
export type OptionNeeded = {
  readonly code: 'option_needed';
  readonly option: '--from' | '--labels' | '--preprocess' | '--style';
  readonly why: string;
};

export type SpecificationFailure =
  | OptionNeeded
  | SourceFailure
  | PreprocessFailure
  | LabelListFailure
  | { readonly code: 'bad_model_name'; readonly name: string }
  | { readonly code: 'bad_digest'; readonly sha256: string };

/** Puts a wish and the catalogue's entry, where there is one, together; the wish wins. */
export function specify(
  wish: Wish,
  entry: CatalogueEntry | undefined,
  toPath: (path: string) => string,
): Result<Specification, SpecificationFailure> {
  const { name, sha256 } = wish;
  if (!modelName.safeParse(name).success) return fail({ code: 'bad_model_name', name });
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/.test(sha256)) {
    return fail({ code: 'bad_digest', sha256 });
  }
  const weights = weightsOf(wish, entry, toPath);
  if (!weights.ok) return weights;
  const preprocess = preprocessOf(wish, entry, toPath);
  if (!preprocess.ok) return preprocess;
  const labels = labelsOf(wish, entry, toPath);
  if (!labels.ok) return labels;
  return ok({
    name,
    entry,
    weights: weights.value,
    style: wish.style ?? entry?.architecture.style,
    preprocess: preprocess.value,
    labels: labels.value,
    licence: wish.licence ?? entry?.licence ?? 'unknown',
    source: sourceOf(wish, entry, weights.value),
  });
}

function weightsOf(
  { name, from, sha256 }: Wish,
  entry: CatalogueEntry | undefined,
  toPath: (path: string) => string,
): Result<WeightSource, OptionNeeded | SourceFailure> {
  if (from !== undefined) return parseSource(from, toPath, sha256);
  if (entry === undefined) {
    const why = `${name} is not in the catalogue: where are its weights?`;
    return fail({ code: 'option_needed', option: '--from', why });
  }
  const weights = sourceOfEntry(entry);
  return ok(weights.from === 'url' && sha256 !== undefined ? { ...weights, sha256 } : weights);
}

function preprocessOf(
  wish: Wish,
  entry: CatalogueEntry | undefined,
  toPath: (path: string) => string,
): Result<Preprocess, OptionNeeded | PreprocessFailure> {
  if (wish.preprocess !== undefined) return parsePreprocess(wish.preprocess, toPath);
  if (entry !== undefined) return ok(entry.preprocess);
  const why = 'weights do not say how pictures were resized and normalised for them';
  return fail({ code: 'option_needed', option: '--preprocess', why });
}

function labelsOf(
  wish: Wish,
  entry: CatalogueEntry | undefined,
  toPath: (path: string) => string,
): Result<LabelList | undefined, LabelListFailure> {
  if (wish.labels !== undefined) {
    const known = findLabelList(wish.labels);
    return known === undefined ? readLabelFile(toPath(wish.labels), wish.name) : ok(known);
  }
  return ok(entry === undefined ? undefined : findLabelList(entry.labels));
}

/** As the card will tell it. */
function sourceOf(
  wish: Wish,
  entry: CatalogueEntry | undefined,
  weights: WeightSource,
): Omit<ModelCard['source'], 'sha256'> {
  const title = entry?.source.title ?? `${wish.name}, a model of the user's own`;
  const note = entry !== undefined && entry.notes.length > 0 ? { note: entry.notes.join(' ') } : {};
  if (weights.from === 'url') return { title, url: weights.url.href, ...note };
  if (weights.from === 'npm') {
    const { name, version } = weights.package;
    return { title, url: `https://www.npmjs.com/package/${name}/v/${version}`, ...note };
  }
  return { title, note: `From ${basename(weights.path)}. ${note.note ?? ''}`.trim() };
}

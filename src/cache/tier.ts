import type { ResultEntry, ResultKey } from './entry.ts';

/** One place where results are kept. May fail or be slow: `layered.ts` is what bears that. */
export interface ResultTier {
  /** As answers name it in Cache-Status: `isolate`, `datacentre`, `worldwide`. */
  readonly name: string;
  /** Undefined when there is none, or none that is sound. */
  get(key: ResultKey, classes: number): Promise<ResultEntry | undefined>;
  put(entry: ResultEntry): Promise<void>;
}

/** The key as a path: `<graph>/<preprocessing>/[<cascade>/][tensor-]<sha256>[.<scope>]`. */
export function pathOf(key: ResultKey): string {
  const kind = key.kind === 'tensor' ? 'tensor-' : '';
  const scope = key.scope === '' ? '' : `.${encodeURIComponent(key.scope)}`;
  const cascade = key.cascade === undefined ? '' : `${key.cascade}/`;
  return `${key.graph}/${key.preprocessing}/${cascade}${kind}${key.sha256}${scope}`;
}

import type { Run } from './api.ts';

/** Sizes as people say them; decimal, like a file manager. */
export function sayBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

export function sayPercent(share: number): string {
  const percent = share * 100;
  return percent > 0 && percent < 0.05 ? '< 0.1 %' : `${percent.toFixed(1)} %`;
}

export function sayMs(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

export function sayUsd(usd: number): string {
  return `$${usd.toFixed(2)}`;
}

const BECAUSE: Readonly<Record<string, string>> = {
  asked: 'because it was asked for',
  model_setting: "because the model's card says so",
  resident: 'because the model was in memory',
  no_origin: 'because there is no other place here',
  origin_resting: 'because the origin has failed lately',
  origin_cannot: 'because the origin cannot take this picture',
  origin_failed: 'because the origin did not answer',
  model_too_large: 'because the model does not fit at the edge',
  picture_too_large: 'because the picture does not fit at the edge',
  cold: 'because the model was not in memory here yet',
  busy: 'because there was much to do here',
  edge_failed: 'because it failed at the edge',
  kept: 'because the answer was kept',
};

export function sayWhere({ place, because }: Run): string {
  const where = place === 'edge' ? 'At the edge' : 'At the origin';
  const why = BECAUSE[because];
  return why === undefined ? where : `${where}, ${why}`;
}

export function sayCache({ cache, cache_key: key }: Run): string {
  if (cache === 'miss') return 'worked out now, and kept';
  if (cache === 'bypass') return 'worked out again, as asked';
  return key === 'tensor' ? 'the same pixels were seen before' : 'kept from before';
}

import { sha256 } from '../digest.ts';
import type { Preprocess } from './preprocess.ts';

/**
 * A short name for cache keys, as in "v1-3f0c...": the version, and 16 hexadecimal digits of the
 * SHA-256 of every field in a fixed order. Equal values give equal names however they were built.
 */
export async function preprocessId(preprocess: Preprocess): Promise<string> {
  const { version, resize, interpolation, crop, mean, std, channels } = preprocess;
  const size = resize.rule === 'exact' ? [resize.height, resize.width] : [resize.size];
  const fields = [
    version,
    resize.rule,
    ...size,
    interpolation,
    crop.height,
    crop.width,
    ...mean,
    ...std,
    channels,
  ];
  const digest = await sha256(new TextEncoder().encode(JSON.stringify(fields)));
  return `v${version}-${digest.slice(0, 16)}`;
}

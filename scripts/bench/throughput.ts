import { performance } from 'node:perf_hooks';
import { atOnce } from '../limits/load.ts';
import type { Kind } from './measure.ts';

/** Answers a second with `width` requests under way at any time. */
export async function measureThroughput(
  kind: Kind,
  width: number,
  requests: number,
): Promise<number> {
  const items = Array.from({ length: requests }, () => kind);
  const begin = performance.now();
  await atOnce(items, width, ({ send }) => send());
  return (requests * 1000) / (performance.now() - begin);
}

import type { Digest } from '../../digest.ts';
import {
  GRAPH_BYTES_MAX,
  HELD_PER_GRAPH_BYTE,
  LINEAR_BYTES_MAX,
  PEAK_PER_GRAPH_BYTE,
  RUNTIME_BYTES,
} from './limits.ts';

export interface HeldGraph {
  readonly digest: Digest;
  readonly graphBytes: number;
}

export type LoadPlan =
  | { readonly to: 'load'; readonly evict: readonly Digest[] }
  | { readonly to: 'refuse' };

/**
 * Which sessions must go before a graph of `graphBytes` may be loaded, so that linear memory stays
 * under its lid. `held` is ordered, longest unused first. A graph that would not fit into an empty
 * isolate is refused, and nothing is evicted for it.
 */
export function planLoad(held: readonly HeldGraph[], graphBytes: number): LoadPlan {
  if (graphBytes > GRAPH_BYTES_MAX) return { to: 'refuse' };
  let peakBytes = RUNTIME_BYTES + graphBytes * PEAK_PER_GRAPH_BYTE;
  if (peakBytes > LINEAR_BYTES_MAX) return { to: 'refuse' };
  for (const graph of held) peakBytes += graph.graphBytes * HELD_PER_GRAPH_BYTE;
  const evict: Digest[] = [];
  for (const graph of held) {
    if (peakBytes <= LINEAR_BYTES_MAX) break;
    peakBytes -= graph.graphBytes * HELD_PER_GRAPH_BYTE;
    evict.push(graph.digest);
  }
  return { to: 'load', evict };
}

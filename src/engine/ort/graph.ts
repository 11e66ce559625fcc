import { type Digest, sha256 } from '../../digest.ts';
import { fail, ok, type Result } from '../../result.ts';
import type { EngineFailure } from '../engine.ts';

/**
 * Reads a graph of known size whole and believes nothing of the sender: the stream may have been
 * cut on its way, and its end may come late. Never holds more than `bytes`.
 */
export async function readGraph(
  stream: ReadableStream<Uint8Array>,
  bytes: number,
  digest: Digest,
): Promise<Result<Uint8Array, EngineFailure>> {
  const graph = new Uint8Array(bytes);
  const filled = await fill(graph, stream);
  if (!filled || (await sha256(graph)) !== digest) return fail({ code: 'graph_unreadable' });
  return ok(graph);
}

/** True when the stream held exactly as many bytes as `target` has room for. */
async function fill(target: Uint8Array, stream: ReadableStream<Uint8Array>): Promise<boolean> {
  const reader = stream.getReader();
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return length === target.length;
      if (length + value.length > target.length) {
        await reader.cancel();
        return false;
      }
      target.set(value, length);
      length += value.length;
    }
  } catch {
    // A stream fails for one reason only that matters here: its bytes do not come.
    return false;
  }
}

import { type Digest, sha256 } from '../../digest.ts';
import { fail, ok, type Result } from '../../result.ts';
import type { EngineFailure } from '../engine.ts';

/**
 * Reads a graph of known size whole and believes nothing of the sender: the stream may have been
 * cut on its way, and its end may come late. Never holds more than `bytes`: the stream fills the
 * one buffer, since chunks of its own would be as much garbage again until a collection.
 */
export async function readGraph(
  stream: ReadableStream<Uint8Array>,
  bytes: number,
  digest: Digest,
): Promise<Result<Uint8Array<ArrayBuffer>, EngineFailure>> {
  const graph = await fill(stream, bytes);
  if (graph === undefined || (await sha256(graph)) !== digest) {
    return fail({ code: 'graph_unreadable' });
  }
  return ok(graph);
}

/** The stream's bytes, if it holds exactly so many. What came over RPC is a byte stream. */
async function fill(
  stream: ReadableStream<Uint8Array>,
  bytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const reader = stream.getReader({ mode: 'byob' });
  try {
    const read = await reader.readAtLeast(bytes, new Uint8Array(bytes));
    if (read.value?.length !== bytes) return undefined;
    const beyond = await reader.read(new Uint8Array(1));
    if (beyond.done) return read.value as Uint8Array<ArrayBuffer>;
    await reader.cancel();
    return undefined;
  } catch {
    // A stream fails for one reason only that matters here: its bytes do not come.
    return undefined;
  }
}

/** Gives the buffer's memory back at once; to the collector, 26 MB are no reason to hurry. */
export function freeGraph(graph: Uint8Array<ArrayBuffer>): void {
  graph.buffer.transfer(0);
}

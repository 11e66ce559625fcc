// One model's way into memory, in a thread of its own whose heap bench:memory watches: load from
// the graph or from its pack, then some runs. Files come in pieces, as from an object store.
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { ByteSource, GraphFacts } from '../../src/engine/engine.ts';
import { createSimdEngine } from '../../src/engine/simd/engine.ts';

export interface MemoryTask {
  readonly kernels: string;
  readonly facts: GraphFacts;
  readonly graphPath: string;
  /** Null: load from the graph. */
  readonly packPath: string | null;
}

export type MemoryPhase = 'idle' | 'loaded' | 'done';

const RUNS = 5;
const CHUNK_BYTES = 4096;
const task = workerData as MemoryTask;
if (parentPort === null) throw new Error('memory-worker: not in a thread');
const port = parentPort;
const module = await WebAssembly.compile(new Uint8Array(readFileSync(task.kernels)));
const { packPath } = task;
const pack = packPath === null ? null : toSource(packPath);
const engine = createSimdEngine(module, async () => pack);
await tell('idle', 0);
const loaded = await engine.load(toSource(task.graphPath), task.facts);
if (!loaded.ok) throw new Error(JSON.stringify(loaded.failure));
await tell('loaded', loaded.value.bytes);
const { height, width } = task.facts.input;
const data = new Float32Array(3 * height * width);
for (let i = 0; i < RUNS; i++) {
  const ran = await loaded.value.run({ data, shape: [1, 3, height, width] });
  if (!ran.ok) throw new Error(JSON.stringify(ran.failure));
}
await tell('done', loaded.value.bytes);
port.close();

/** Goes on when the watcher has taken note. */
function tell(phase: MemoryPhase, bytes: number): Promise<void> {
  const answered = new Promise<void>((resolve) => port.once('message', () => resolve()));
  port.postMessage({ phase, bytes });
  return answered;
}

/** A byte stream, as R2's are: it fills the reader's own buffer. */
function toSource(path: string): ByteSource {
  return {
    bytes: statSync(path).size,
    async open() {
      const file = openSync(path, 'r');
      const value = new ReadableStream({
        type: 'bytes',
        autoAllocateChunkSize: CHUNK_BYTES,
        pull(controller) {
          const request = controller.byobRequest;
          if (request?.view == null) return;
          const { buffer, byteOffset, byteLength } = request.view;
          const count = readSync(file, new Uint8Array(buffer, byteOffset, byteLength));
          if (count === 0) {
            closeSync(file);
            controller.close();
          }
          request.respond(count);
        },
      });
      return { ok: true, value: value as ReadableStream<Uint8Array> };
    },
  };
}

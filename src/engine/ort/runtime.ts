import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm';
import * as ort from 'onnxruntime-web/wasm';
import { toOrtFault } from './failure.ts';
import { takeSnapshot } from './rewind.ts';

/** ONNX Runtime inside this isolate, with an eye on its memory and a lid on it. */
export interface Runtime {
  create(graph: Uint8Array): Promise<ort.InferenceSession>;
  tensor(data: Float32Array, shape: readonly number[]): ort.Tensor;
  /** Linear memory: it never shrinks. */
  memoryBytes(): number;
  /** JavaScript heap that `rewind` needs. */
  readonly snapshotBytes: number;
  /** Back to a runtime without any session, whatever happened. No session may be touched again. */
  rewind(): void;
}

/** Once per isolate: ONNX Runtime is one global thing, and an attempt that failed is final. */
export async function openRuntime(memoryBytesMax: number): Promise<Runtime> {
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.proxy = false;
  ort.env.wasm.wasmBinary = new ArrayBuffer(8);
  ort.env.logLevel = 'error';
  const instantiated = interceptInstantiate(memoryBytesMax);
  await initialise();
  const memory = instantiated();
  const snapshot = takeSnapshot(memory);
  return {
    create: (graph) => ort.InferenceSession.create(graph),
    tensor: (data, shape) => new ort.Tensor('float32', data, shape),
    memoryBytes: () => memory.buffer.byteLength,
    snapshotBytes: snapshot.bytes,
    rewind: snapshot.restore,
  };
}

/** The public interface initialises with the first session only; an empty graph makes none. */
async function initialise(): Promise<void> {
  try {
    await ort.InferenceSession.create(new Uint8Array(1));
  } catch (thrown) {
    if (toOrtFault(thrown).kind !== 'refused') throw thrown;
  }
}

/**
 * workerd compiles no WebAssembly at run time, and ONNX Runtime has no option to take a compiled
 * module. So the bytes it is given are a dummy that stops every fetch, and for the one call that
 * would compile them, `WebAssembly.instantiate` hands out the module that came with the Worker.
 * Answers a way to the memory that this call brought.
 */
function interceptInstantiate(memoryBytesMax: number): () => WebAssembly.Memory {
  let memory: WebAssembly.Memory | undefined;
  const instantiate = WebAssembly.instantiate;
  async function instantiateOnce(
    source: unknown,
    imports: WebAssembly.Imports,
  ): Promise<WebAssembly.Instance | InstantiatedSource> {
    if (source instanceof WebAssembly.Module) return instantiate(source, imports);
    WebAssembly.instantiate = instantiate;
    memory = findMemory(imports);
    limitGrowth(memory, memoryBytesMax);
    return { module: wasm, instance: await instantiate(wasm, imports) };
  }
  Object.assign(WebAssembly, { instantiate: instantiateOnce });
  return () => {
    if (memory === undefined) throw new Error('ONNX Runtime did not instantiate its module');
    return memory;
  };
}

interface InstantiatedSource {
  readonly module: WebAssembly.Module;
  readonly instance: WebAssembly.Instance;
}

function findMemory(imports: WebAssembly.Imports): WebAssembly.Memory {
  for (const namespace of Object.values(imports)) {
    for (const value of Object.values(namespace)) {
      if (value instanceof WebAssembly.Memory) return value;
    }
  }
  throw new Error('ONNX Runtime was built without an imported memory: its lid cannot be set');
}

/**
 * workerd on a laptop allows gigabytes; in production the isolate dies. ONNX Runtime's allocator
 * asks this method for more and takes an error for an answer: its session then fails as
 * `std::bad_alloc`, the others stand.
 */
function limitGrowth(memory: WebAssembly.Memory, bytesMax: number): void {
  const grow = memory.grow.bind(memory);
  memory.grow = function growBelowLid(pages: number): number {
    const bytes = memory.buffer.byteLength + pages * 65_536;
    if (bytes > bytesMax) throw new RangeError(`memory: ${bytes} bytes, lid ${bytesMax}`);
    return grow(pages);
  };
}

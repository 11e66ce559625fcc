import worker, { OrtEngine as RealOrtEngine } from '../../../src/engine/ort/worker.ts';

let memory: WebAssembly.Memory | undefined;

// The real hook calls this one in its turn, and so shows it ONNX Runtime's memory.
const instantiate = WebAssembly.instantiate;
Object.assign(WebAssembly, {
  instantiate(module: WebAssembly.Module, imports: WebAssembly.Imports) {
    for (const value of Object.values(imports).flatMap((namespace) => Object.values(namespace))) {
      if (value instanceof WebAssembly.Memory) memory = value;
    }
    return instantiate(module, imports);
  },
});

/** As after a bug of the worst kind: every pointer in the heap leads out of it. */
export class OrtEngine extends RealOrtEngine {
  async spoil(): Promise<void> {
    if (memory !== undefined) new Uint8Array(memory.buffer).fill(0xff, 1_000_000);
  }
}

export default worker;

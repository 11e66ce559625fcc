import kernels from '../../../build/simd.wasm';
import { createSimdEngine } from '../../../src/engine/simd/engine.ts';
import { ENGINE_VERSION } from '../../../src/engine/simd/pack.ts';
import { findPack } from '../../../src/model/packs.ts';
import { createAnswerer } from './answer.ts';

export default createAnswerer(async (objects) => {
  return createSimdEngine(kernels, ({ graph }) => findPack(objects, graph, ENGINE_VERSION));
});

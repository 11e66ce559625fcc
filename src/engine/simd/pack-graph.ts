import type { Digest } from '../../digest.ts';
import { checkModel } from '../../onnx/check.ts';
import { onnxReason } from '../../onnx/failure.ts';
import { readModel } from '../../onnx/read.ts';
import type { Result } from '../../result.ts';
import { fail, ok } from '../../result.ts';
import { instantiate } from './kernels.ts';
import { lowerGraph } from './lower.ts';
import { writePack } from './pack.ts';
import { prepare } from './prepare.ts';

/** An ONNX file as a pack; a reason where this engine does not cover it. For publishing. */
export function packGraph(
  module: WebAssembly.Module,
  onnx: Uint8Array,
  graph: Digest,
): Result<Uint8Array, string> {
  const model = readModel(onnx);
  if (!model.ok) return fail(onnxReason(model.failure));
  const checked = checkModel(model.value);
  if (!checked.ok) return fail(onnxReason(checked.failure));
  const lowered = lowerGraph(checked.value);
  if (!lowered.ok) return lowered;
  const kernels = instantiate(module);
  const prepared = prepare(kernels, lowered.value);
  return prepared.ok ? ok(writePack(kernels, prepared.value, graph)) : prepared;
}

import type { ModelCard } from '../../../src/model/card.ts';
import type { OnnxModel } from '../../../src/onnx/graph.ts';
import { writeOnnx } from '../../../src/onnx/write.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import { toFloatForm } from './float-form.ts';
import { LABELS_FILE, type TritonOptions, toModelConfig } from './model-config.ts';
import { modelConfigText } from './model-config-text.ts';
import type { FolderFiles } from './place-folder.ts';

export interface ExportedModel {
  readonly card: ModelCard;
  /** As it is stored, and read. */
  readonly file: Uint8Array;
  readonly model: OnnxModel;
  readonly labels: readonly string[];
}

export type RepositoryFailure =
  /** The graph computes one picture at a time, so a server could not batch. */
  | { readonly code: 'fixed_batch'; readonly dims: readonly (number | string)[] }
  | { readonly code: 'labels_mismatch'; readonly labels: number; readonly classes: number };

/**
 * One model of a Triton repository: config.pbtxt, labels.txt (a line a class) and 1/model.onnx,
 * which is the stored file, byte for byte (`int8`), or its float form (`fp16`).
 */
export function modelRepository(
  exported: ExportedModel,
  options: TritonOptions,
): Result<FolderFiles, RepositoryFailure> {
  const { card, file, model, labels } = exported;
  for (const { dims } of [...model.graph.inputs, ...model.graph.outputs]) {
    if (typeof dims[0] === 'number') return fail({ code: 'fixed_batch', dims });
  }
  if (labels.length !== card.classes) {
    return fail({ code: 'labels_mismatch', labels: labels.length, classes: card.classes });
  }
  const lines = labels.map((label) => `${label.replaceAll(/[\r\n]+/g, ' ')}\n`);
  return ok(
    new Map<string, Uint8Array | string>([
      ['config.pbtxt', modelConfigText(toModelConfig(card, model, options))],
      [LABELS_FILE, lines.join('')],
      ['1/model.onnx', options.precision === 'int8' ? file : writeOnnx(toFloatForm(model))],
    ]),
  );
}

import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../../src/digest.ts';
import { cardSchema, type ModelCard, modelName } from '../../../src/model/card.ts';
import type { OnnxModel } from '../../../src/onnx/graph.ts';
import { readModel } from '../../../src/onnx/read.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import { modelFolder, readyFolder } from '../add/added-model.ts';
import { openProducts } from '../add/products.ts';
import { scriptOnnxLimits } from '../limits.ts';
import { RECIPES } from '../recipes.ts';
import { type FloatModelFailure, loadFloatModel } from './float-model.ts';
import { CACHE, MODELS, ROOT } from './paths.ts';

/** A model to judge: its card, the int8 graph and the float graph that it came from. */
export interface Subject {
  readonly card: ModelCard;
  readonly cardPath: string;
  readonly float: OnnxModel;
  readonly int8: OnnxModel;
}

export type SubjectFailure =
  | FloatModelFailure
  | { readonly code: 'not_made'; readonly name: string; readonly looked: readonly string[] }
  | { readonly code: 'no_graph'; readonly path: string; readonly why: string }
  /** The folder's graph is not the one that its card names. */
  | { readonly code: 'not_the_cards_graph'; readonly graph: string }
  | { readonly code: 'option_needed'; readonly option: '--checkpoint'; readonly why: string };

/** An embedded model, or one that `add` made; another graph or checkpoint where given. */
export async function openSubject(
  name: string,
  graphPath: string | undefined,
  checkpoint: string | undefined,
): Promise<Result<Subject, SubjectFailure>> {
  const folders = [MODELS, readyFolder(CACHE, name)];
  // A name is part of paths.
  const named = modelName.safeParse(name).success;
  const folder = folders.find((one) => named && existsSync(join(one, `${name}.json`)));
  if (folder === undefined) return fail({ code: 'not_made', name, looked: folders });
  const cardPath = join(folder, `${name}.json`);
  // Ours, or what add wrote: one that breaks the schema is our own bug.
  const card = cardSchema.parse(JSON.parse(readFileSync(cardPath, 'utf8')));
  const path = graphPath ?? join(folder, `${name}.onnx`);
  const file = await readFile(path).catch(() => undefined);
  if (file === undefined) return fail({ code: 'no_graph', path, why: 'it cannot be read' });
  if (graphPath === undefined && (await sha256(new Uint8Array(file))) !== card.graph) {
    return fail({ code: 'not_the_cards_graph', graph: path });
  }
  const int8 = readModel(file, scriptOnnxLimits);
  if (!int8.ok) return fail({ code: 'no_graph', path, why: int8.failure.code });
  const float = await openFloat(card, checkpoint);
  return float.ok ? ok({ card, cardPath, float: float.value, int8: int8.value }) : float;
}

async function openFloat(
  { name, architecture, preprocess }: ModelCard,
  checkpoint: string | undefined,
): Promise<Result<OnnxModel, SubjectFailure>> {
  const kept = openProducts(modelFolder(CACHE, name)).latest('float');
  if (checkpoint === undefined && kept !== undefined) {
    const read = readModel(readFileSync(kept), scriptOnnxLimits);
    if (read.ok) return ok(read.value);
  }
  const recipe = RECIPES.find((one) => one.name === name);
  const path = checkpoint ?? (recipe && join(ROOT, recipe.checkpoint));
  if (path === undefined || (checkpoint === undefined && !existsSync(path))) {
    const why = 'the float32 weights that the graph was made from are not here';
    return fail({ code: 'option_needed', option: '--checkpoint', why });
  }
  const loaded = await loadFloatModel(path, { style: architecture.style, size: preprocess.crop });
  return loaded.ok ? ok(loaded.value.model) : loaded;
}

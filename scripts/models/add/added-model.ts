import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../../src/digest.ts';
import { cardSchema } from '../../../src/model/card.ts';
import { labelListSchema } from '../../../src/model/labels.ts';
import type { Publication } from '../../../src/model/publish.ts';
import { fail, ok, type Result } from '../../../src/result.ts';

export type AddedModelFailure =
  | { readonly code: 'not_made'; readonly name: string; readonly looked: readonly string[] }
  | { readonly code: 'bad_model_files'; readonly path: string; readonly why: string };

/** Everything that was made of a model, under the cache. */
export function modelFolder(cache: string, name: string): string {
  return join(cache, 'models', name);
}

/** Where `add` leaves what `push` takes: card, graph and labels, swapped in as one folder. */
export function readyFolder(cache: string, name: string): string {
  return join(modelFolder(cache, name), 'ready');
}

export function keepReady(cache: string, { card, graph, labels }: Publication): void {
  const folder = readyFolder(cache, card.name);
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(join(partial, 'labels'), { recursive: true });
  writeFileSync(join(partial, `${card.name}.onnx`), graph);
  writeFileSync(join(partial, 'labels', `${labels.name}.json`), json(labels));
  writeFileSync(join(partial, `${card.name}.json`), json(card));
  rmSync(folder, { recursive: true, force: true });
  renameSync(partial, folder);
}

/** A model out of the first of these folders that has it: `<name>.json`, `.onnx`, `labels/`. */
export async function readAdded(
  name: string,
  folders: readonly string[],
): Promise<Result<Publication, AddedModelFailure>> {
  const folder = folders.find((one) => existsSync(join(one, `${name}.onnx`)));
  if (folder === undefined) return fail({ code: 'not_made', name, looked: folders });
  const path = join(folder, `${name}.json`);
  try {
    const card = cardSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    const list = join(folder, 'labels', `${card.labels}.json`);
    const labels = labelListSchema.parse(JSON.parse(readFileSync(list, 'utf8')));
    const graph = new Uint8Array(readFileSync(join(folder, `${name}.onnx`)));
    if ((await sha256(graph)) === card.graph) return ok({ card, graph, labels });
    return fail({ code: 'bad_model_files', path, why: 'the graph is not the one it names' });
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return fail({ code: 'bad_model_files', path, why });
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

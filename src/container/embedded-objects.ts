import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cardSchema } from '../model/card.ts';
import { cardKey, graphKey, labelsKey, modelKey } from '../model/keys.ts';
import type { ObjectStore } from '../model/objects.ts';
import { ok } from '../result.ts';
import { createFolderObjects } from './folder-objects.ts';

/** The models that come with the project (models/), as they would lie in a bucket. */
export function createEmbeddedObjects(folder: string): ObjectStore {
  const paths = new Map<string, string>();
  const names: string[] = [];
  const files = readdirSync(folder);
  for (const file of files.filter((name) => name.endsWith('.json'))) {
    const name = file.slice(0, -'.json'.length);
    if (!files.includes(`${name}.onnx`)) continue;
    const card = cardSchema.parse(JSON.parse(readFileSync(join(folder, file), 'utf8')));
    names.push(modelKey(name));
    paths.set(modelKey(name), file);
    paths.set(cardKey(card.graph), file);
    paths.set(graphKey(card.graph), `${name}.onnx`);
    paths.set(labelsKey(card.labels), join('labels', `${card.labels}.json`));
  }
  return {
    ...createFolderObjects(folder, (key) => paths.get(key)),
    list: async (prefix, keysMax) =>
      ok(
        names
          .filter((key) => key.startsWith(prefix))
          .sort()
          .slice(0, keysMax),
      ),
  };
}

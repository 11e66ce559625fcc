import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalModel } from './facts.ts';

/** The embedded models: a card and its graph side by side. */
export function listLocalModels(folder: string): readonly LocalModel[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.onnx'))
    .map((file) => file.slice(0, -'.onnx'.length))
    .filter((name) => existsSync(join(folder, `${name}.json`)))
    .map((name) => {
      const card = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
      return { name, graph: String((card as { graph?: unknown }).graph) };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CatalogueEntry, catalogueEntrySchema } from '../../src/model/card.ts';
import { fail, ok, type Result } from '../../src/result.ts';
import { MODELS } from './commands/paths.ts';

export const CATALOGUE = join(MODELS, 'catalog');

export interface UnknownEntry {
  readonly code: 'unknown_model';
  readonly name: string;
  readonly known: readonly string[];
}

/** All entries, by name. The folder is ours: one that breaks the schema is our own bug. */
export function readCatalogue(folder: string = CATALOGUE): readonly CatalogueEntry[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return files
    .toSorted()
    .map((file) =>
      catalogueEntrySchema.parse(JSON.parse(readFileSync(join(folder, file), 'utf8'))),
    );
}

export function findEntry(name: string): Result<CatalogueEntry, UnknownEntry> {
  const entries = readCatalogue();
  const entry = entries.find((one) => one.name === name);
  if (entry !== undefined) return ok(entry);
  return fail({ code: 'unknown_model', name, known: entries.map((one) => one.name) });
}

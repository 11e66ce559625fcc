import { type CatalogueEntry, catalogueEntrySchema } from './card.ts';
import { CATALOGUE_TABLE } from './catalogue-table.ts';

/** All models that can be added. Parsed when asked for: a start-up has no work but wiring. */
export function listEntries(): readonly CatalogueEntry[] {
  return CATALOGUE_TABLE.map((entry) => catalogueEntrySchema.parse(entry));
}

/** Whether the catalogue has a model of this name. */
export function isCatalogued(name: string): boolean {
  return CATALOGUE_TABLE.some((entry) => entry.name === name);
}

/** What brings a model of the catalogue here. */
export function addCommand(name: string): string {
  return `npm run models -- add ${name}`;
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineCommand } from 'citty';
import * as z from 'zod';
import { type LabelList, labelListSchema } from '../../../src/model/labels.ts';
import { CATALOGUE } from '../catalogue.ts';
import { pageRow, toEntry } from '../page-row.ts';
import { JSON_ARGUMENT } from './arguments.ts';
import { printResult } from './outcome.ts';
import { fromCaller, MODELS, writeWhole } from './paths.ts';

const catalogFacts = z.object({ models: z.array(pageRow) });
const labelFacts = z.object({
  datasets: z.record(z.string(), z.object({ classes: z.array(z.string()) })),
});

/** Lists of these are made here; ImageNet's and CIFAR-10's came with the embedded models. */
const LISTS = ['cifar100', 'cub200'];

export const catalogue = defineCommand({
  meta: {
    name: 'catalogue',
    description: 'models/catalog and its label lists anew, from the facts of the page',
    hidden: true,
  },
  args: {
    facts: {
      type: 'positional',
      required: true,
      description: 'Folder of catalog.json, labels.json',
    },
    json: JSON_ARGUMENT,
  },
  run({ args }) {
    const facts = (file: string): unknown =>
      JSON.parse(readFileSync(join(fromCaller(args.facts), file), 'utf8'));
    const entries = catalogFacts.parse(facts('catalog.json')).models.map(toEntry);
    for (const entry of entries) {
      writeWhole(join(CATALOGUE, `${entry.name}.json`), `${JSON.stringify(entry, null, 2)}\n`);
    }
    const { datasets } = labelFacts.parse(facts('labels.json'));
    for (const name of LISTS) {
      const labels = (datasets[name]?.classes ?? []).map((label) => ({ name: label }));
      writeWhole(join(MODELS, 'labels', `${name}.json`), labelText({ name, labels }));
    }
    const names = entries.map(({ name }) => name);
    printResult(args.json, { entries: names, lists: LISTS }, `${names.length} entries`);
  },
});

/** A line a class. */
function labelText(list: LabelList): string {
  const { name, labels } = labelListSchema.parse(list);
  const lines = labels.map((label) => `    { "name": ${JSON.stringify(label.name)} }`);
  return `{\n  "name": ${JSON.stringify(name)},\n  "labels": [\n${lines.join(',\n')}\n  ]\n}\n`;
}

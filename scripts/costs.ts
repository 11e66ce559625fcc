// `npm run costs [model...]`: what a million pictures cost, by model, place and share of kept
// answers. Prices stand in costs/prices.ts, what was measured in costs/figures.ts and on the cards.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cardSchema, type ModelCard } from '../src/model/card.ts';
import { toData, toReport } from './costs/report.ts';

const HELP = `Usage: npm run costs [-- [model...] [--json]]

  model     of those in models/; all of them where none is named`;

const MODELS = join(import.meta.dirname, '..', 'models');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const cards = readCards();
const unknown = positionals.filter((name) => !cards.some((card) => card.name === name));
if (unknown.length > 0) {
  console.error(`No such model here: ${unknown.join(', ')}.\n\n${HELP}`);
  process.exit(2);
}
const chosen = positionals.length === 0 ? cards : cards.filter(isChosen);
console.log(values.json ? JSON.stringify(toData(chosen)) : toReport(chosen));

function isChosen({ name }: ModelCard): boolean {
  return positionals.includes(name);
}

/** The larger first. */
function readCards(): ModelCard[] {
  return readdirSync(MODELS)
    .filter((file) => file.endsWith('.json'))
    .map((file) => cardSchema.parse(JSON.parse(readFileSync(join(MODELS, file), 'utf8'))))
    .toSorted((a, b) => b.bytes - a.bytes);
}

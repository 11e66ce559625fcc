// `npm run costs [model...]`: what a million pictures cost, by model, place and share of kept
// answers. Prices stand in costs/prices.ts, what was measured in costs/figures.ts and on the cards.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cardSchema, type ModelCard } from '../src/model/card.ts';
import { toData, toReport } from './costs/report.ts';

const HELP = `Usage: npm run costs [-- [model...] [--cpu-ms N] [--json]]

  model       of those in models/; all of them where none is named
  --cpu-ms N  of an inference, instead of what the cards say: your own measurement`;

/** The longest that a request may compute on Workers Paid, five minutes. */
const CPU_MS_MAX = 300_000;

const MODELS = join(import.meta.dirname, '..', 'models');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'cpu-ms': { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
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
const cpuMs = Number(values['cpu-ms'] ?? 1);
if (!(cpuMs > 0 && cpuMs <= CPU_MS_MAX)) {
  console.error(`--cpu-ms takes a number of milliseconds, up to ${CPU_MS_MAX}.\n\n${HELP}`);
  process.exit(2);
}
const chosen = (positionals.length === 0 ? cards : cards.filter(isChosen)).map(measured);
console.log(values.json ? JSON.stringify(toData(chosen)) : toReport(chosen));

function isChosen({ name }: ModelCard): boolean {
  return positionals.includes(name);
}

function measured(card: ModelCard): ModelCard {
  if (values['cpu-ms'] === undefined) return card;
  return { ...card, cost: card.cost.map((figure) => ({ ...figure, cpu_ms: cpuMs })) };
}

/** The larger first. */
function readCards(): ModelCard[] {
  return readdirSync(MODELS)
    .filter((file) => file.endsWith('.json'))
    .map((file) => cardSchema.parse(JSON.parse(readFileSync(join(MODELS, file), 'utf8'))))
    .toSorted((a, b) => b.bytes - a.bytes);
}

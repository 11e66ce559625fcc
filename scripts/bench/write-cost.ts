import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cardSchema, type ModelCard } from '../../src/model/card.ts';

export type Cost = ModelCard['cost'][number];

/** Puts a measurement in the place of the same engine's last one, and leaves all else. */
export function replaceCost(card: ModelCard, cost: Cost): ModelCard {
  const others = card.cost.filter(({ engine }) => engine !== cost.engine);
  return cardSchema.parse({ ...card, cost: [...others, cost] });
}

export function writeCost(modelsDir: string, model: string, cost: Cost): void {
  const path = join(modelsDir, `${model}.json`);
  const card = cardSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  writeFileSync(path, `${JSON.stringify(replaceCost(card, cost), null, 2)}\n`);
}

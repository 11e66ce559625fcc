import * as z from 'zod';
import { cardSchema, type ModelCard, modelName } from '../../../src/model/card.ts';
import type { ModelFailure } from '../../../src/model/failure.ts';
import { cardKey, graphKey, labelsKey, MODELS_PREFIX, modelKey } from '../../../src/model/keys.ts';
import { readDocument } from '../../../src/model/store.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import { cardsSearchedMax } from './limits.ts';
import type { ManagedObjects } from './managed-objects.ts';

export interface Removed {
  readonly name: string;
  readonly keys: readonly string[];
  /** What other cards still need. */
  readonly kept: readonly string[];
}

const CARDS_PREFIX = 'cards/';

/** Names what is going, so that an interrupted removal can be ended by the next. */
const removal = z.strictObject({ name: modelName, keys: z.array(z.string()).readonly() });

function removalKey(name: string): string {
  return `removing/${name}.json`;
}

/**
 * Takes a model out of a bucket: the card under its name first, so that no reader finds a model
 * whose graph is going; then its graphs, the one served and those it superseded, each after its
 * card by digest, their packs, and its labels; all that no other card names. Not to be run beside
 * a `push` of the same graph under another name: that card is not there yet.
 */
export async function removeModel(
  objects: ManagedObjects,
  name: string,
): Promise<Result<Removed, ModelFailure>> {
  const begun = await readDocument(objects, removalKey(name), removal);
  if (!begun.ok && begun.failure.code !== 'model_invalid') return begun;
  const cards = await readCards(objects);
  if (!cards.ok) return cards;
  const mine = cards.value.filter(({ card }) => card.name === name).map(({ card }) => card);
  const leftover = begun.ok && begun.value !== undefined ? begun.value.keys : [];
  const present = await objects.head(modelKey(name));
  if (!present.ok) return present;
  const packs = await listPacks(objects, mine);
  if (!packs.ok) return packs;
  const others = livingCards(cards.value, name);
  const needed = new Set(others.flatMap(needsOf));
  for (const { graph } of others) for (const key of packs.value.get(graph) ?? []) needed.add(key);
  const wanted = [...mine.flatMap(needsOf), ...[...packs.value.values()].flat(), ...leftover];
  const keys = [...new Set([modelKey(name), ...wanted])].filter((key) => !needed.has(key));
  if (keys.length === 1 && present.value === undefined) {
    return fail({ code: 'unknown_model', reference: name });
  }
  const noted = { name, keys };
  const written = await objects.put(removalKey(name), Buffer.from(JSON.stringify(noted)));
  if (!written.ok) return written;
  for (const key of [...keys, removalKey(name)]) {
    const removed = await objects.remove(key);
    if (!removed.ok) return removed;
  }
  return ok({ name, keys, kept: [...new Set(wanted)].filter((key) => needed.has(key)) });
}

/** In the order in which they go: the card by digest before its graph. */
function needsOf(card: ModelCard): readonly string[] {
  return [cardKey(card.graph), graphKey(card.graph), labelsKey(card.labels)];
}

async function listPacks(
  objects: ManagedObjects,
  cards: readonly ModelCard[],
): Promise<Result<ReadonlyMap<string, readonly string[]>, ModelFailure>> {
  const packs = new Map<string, readonly string[]>();
  for (const graph of new Set(cards.map((card) => card.graph))) {
    const listed = await objects.list(`packs/${graph}/`, cardsSearchedMax);
    if (!listed.ok) return listed;
    packs.set(graph, listed.value);
  }
  return ok(packs);
}

interface StoredCard {
  readonly key: string;
  readonly card: ModelCard;
}

/**
 * Other models' cards, as far as their name is still published: who shares a graph shares its
 * card by digest, which names only the first of them.
 */
function livingCards(cards: readonly StoredCard[], removed: string): readonly ModelCard[] {
  const published = new Set(cards.map(({ key }) => key).filter((key) => !isCopy(key)));
  return cards
    .map(({ card }) => card)
    .filter(({ name }) => name !== removed && published.has(modelKey(name)));
}

function isCopy(key: string): boolean {
  return key.startsWith(CARDS_PREFIX);
}

/** Every readable card, by name and by digest. One that cannot be read needs nothing. */
async function readCards(
  objects: ManagedObjects,
): Promise<Result<readonly StoredCard[], ModelFailure>> {
  const found: StoredCard[] = [];
  for (const prefix of [MODELS_PREFIX, CARDS_PREFIX]) {
    const keys = await objects.list(prefix, cardsSearchedMax);
    if (!keys.ok) return keys;
    for (const key of keys.value) {
      const read = await readDocument(objects, key, cardSchema);
      if (!read.ok && read.failure.code !== 'model_invalid') return read;
      if (read.ok && read.value !== undefined) found.push({ key, card: read.value });
    }
  }
  return ok(found);
}

import { sha256 } from '../digest.ts';
import { fail, ok, type Result } from '../result.ts';
import { cardSchema, type ModelCard } from './card.ts';
import type { ModelFailure } from './failure.ts';
import { cardKey, graphKey, labelsKey, modelKey } from './keys.ts';
import { type LabelList, labelListSchema } from './labels.ts';
import type { ObjectStore } from './objects.ts';
import { readDocument } from './store.ts';

export interface Publication {
  readonly card: ModelCard;
  readonly graph: Uint8Array;
  readonly labels: LabelList;
}

/**
 * Writes a model so that readers see it whole or not at all: the graph and the labels first, the
 * card under its name last. An interrupted one is simply published again.
 */
export async function publish(
  objects: ObjectStore,
  { card, graph, labels }: Publication,
): Promise<Result<ModelCard, ModelFailure>> {
  const sound = await checkPublication({ card, graph, labels });
  if (!sound.ok) return sound;
  const before = await readDocument(objects, modelKey(card.name), cardSchema);
  // A card that cannot be read supersedes nothing; it is what this publication repairs.
  if (!before.ok && before.failure.code !== 'model_invalid') return before;
  const replaced = before.ok ? before.value : undefined;
  const published = supersede(card, replaced);

  // Written even where it is: the same bytes under the same key, unless that copy is damaged.
  const graphWritten = await objects.put(graphKey(card.graph), graph);
  if (!graphWritten.ok) return graphWritten;
  const listed = await objects.put(labelsKey(labels.name), toBytes(labels));
  if (!listed.ok) return listed;
  const kept = await objects.putOnce(cardKey(card.graph), toBytes(published));
  if (!kept.ok) return kept;
  const served = await objects.put(modelKey(card.name), toBytes(published));
  return served.ok ? ok(published) : served;
}

async function checkPublication({
  card,
  graph,
  labels,
}: Publication): Promise<Result<void, ModelFailure>> {
  const parsed = cardSchema.safeParse(card);
  if (!parsed.success) return fail({ code: 'model_invalid', detail: parsed.error.message });
  const listed = labelListSchema.safeParse(labels);
  if (!listed.success) return fail({ code: 'model_invalid', detail: listed.error.message });
  if (card.labels !== labels.name || card.classes !== labels.labels.length) {
    const given = `${labels.labels.length} of ${labels.name}`;
    const detail = `${card.classes} classes of ${card.labels}, not ${given}`;
    return fail({ code: 'model_invalid', detail });
  }
  if (card.bytes !== graph.length || card.graph !== (await sha256(graph as BufferSource))) {
    return fail({ code: 'model_damaged', detail: 'the graph is not the one that its card names' });
  }
  return ok(undefined);
}

/** Keeps the line of graphs: a corrected card of the same graph supersedes what that one did. */
function supersede(card: ModelCard, replaced: ModelCard | undefined): ModelCard {
  if (replaced === undefined) return card;
  const supersedes = replaced.graph === card.graph ? replaced.supersedes : replaced.graph;
  if (supersedes === undefined || supersedes === card.graph) return card;
  return { ...card, supersedes };
}

function toBytes(json: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(json, null, 2)}\n`);
}

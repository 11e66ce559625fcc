import { ENGINE_VERSION } from '../../../src/engine/simd/pack.ts';
import type { ModelCard } from '../../../src/model/card.ts';
import type { ModelFailure } from '../../../src/model/failure.ts';
import { hashWithNode } from '../../../src/model/hasher.node.ts';
import { cardKey, graphKey, labelsKey, modelKey, packKey } from '../../../src/model/keys.ts';
import type { ObjectStore } from '../../../src/model/objects.ts';
import { createStore, type ModelStore } from '../../../src/model/store.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import type { Packer } from './publish-model.ts';

/** One object of a model and what was found. */
export interface Checked {
  readonly key: string;
  /** `absent` is no damage: the graph is packed at load then. */
  readonly state: 'sound' | 'damaged' | 'missing' | 'unreachable' | 'absent';
  readonly why?: string;
}

export interface Verdict {
  readonly name: string;
  readonly sound: boolean;
  readonly objects: readonly Checked[];
}

/**
 * Reads everything that serving a model needs, as the Worker would, and judges each: the card and
 * its copy by digest, the label list against the card, the graph by its SHA-256, the pack by
 * packing the graph once more.
 */
export async function verifyModel(
  objects: ObjectStore,
  name: string,
  pack: Packer,
): Promise<Result<Verdict, ModelFailure>> {
  const store = createStore(objects, hashWithNode);
  const card = await store.card({ by: 'name', name });
  if (!card.ok) {
    if (card.failure.code !== 'model_invalid') return card;
    const damaged = { key: modelKey(name), state: 'damaged', why: card.failure.detail } as const;
    return ok({ name, sound: false, objects: [damaged] });
  }
  const graph = await readGraph(store, card.value);
  const found = [
    { key: modelKey(name), state: 'sound' } as const,
    await checkCopy(store, card.value),
    await checkLabels(store, card.value),
    graph.checked,
    await checkPack(objects, card.value, graph.bytes, pack),
  ];
  const sound = found.every(({ state }) => state === 'sound' || state === 'absent');
  return ok({ name, sound, objects: found });
}

async function checkCopy(store: ModelStore, card: ModelCard): Promise<Checked> {
  const key = cardKey(card.graph);
  const copy = await store.card({ by: 'digest', graph: card.graph });
  return copy.ok ? { key, state: 'sound' } : toChecked(key, copy.failure);
}

async function checkLabels(store: ModelStore, card: ModelCard): Promise<Checked> {
  const key = labelsKey(card.labels);
  const labels = await store.labels(card.labels);
  if (!labels.ok) return toChecked(key, labels.failure);
  const count = labels.value.labels.length;
  if (count === card.classes) return { key, state: 'sound' };
  return { key, state: 'damaged', why: `${count} names for ${card.classes} classes` };
}

function toChecked(key: string, failure: ModelFailure): Checked {
  if (failure.code === 'unknown_model' || failure.code === 'model_not_added') {
    return { key, state: 'missing' };
  }
  if (failure.code === 'bad_model_name') return { key, state: 'damaged', why: failure.saw };
  const missing = failure.detail === `${key} is missing`;
  if (missing) return { key, state: 'missing' };
  const state = failure.code === 'model_unavailable' ? 'unreachable' : 'damaged';
  return { key, state, why: failure.detail };
}

async function readGraph(
  store: ModelStore,
  card: ModelCard,
): Promise<{ readonly checked: Checked; readonly bytes?: Uint8Array }> {
  const key = graphKey(card.graph);
  const source = store.graph(card);
  const opened = await source.open();
  const bytes = opened.ok ? await collect(opened.value) : opened;
  if (bytes.ok) return { checked: { key, state: 'sound' }, bytes: bytes.value };
  const why = source.fault() ?? 'interrupted';
  if (why === 'missing') return { checked: { key, state: 'missing' } };
  const passes = why === 'unavailable' || why === 'interrupted';
  return { checked: { key, state: passes ? 'unreachable' : 'damaged', why } };
}

async function checkPack(
  objects: ObjectStore,
  card: ModelCard,
  graph: Uint8Array | undefined,
  pack: Packer,
): Promise<Checked> {
  const key = packKey(card.graph, ENGINE_VERSION);
  const found = await objects.get(key);
  if (!found.ok) return { key, state: 'unreachable', why: found.failure.detail };
  if (found.value === undefined) return { key, state: 'absent', why: 'packed at load' };
  const stored = await collect(found.value.body);
  if (!stored.ok) return { key, state: 'unreachable', why: 'interrupted' };
  if (graph === undefined) return { key, state: 'damaged', why: 'no sound graph to compare with' };
  const expected = pack({ card, graph });
  if (expected !== undefined && Buffer.compare(stored.value, expected) === 0) {
    return { key, state: 'sound' };
  }
  return { key, state: 'damaged', why: 'not what the graph packs to' };
}

async function collect(
  body: ReadableStream<Uint8Array>,
): Promise<Result<Uint8Array, { readonly code: 'interrupted' }>> {
  try {
    return ok(new Uint8Array(await new Response(body).arrayBuffer()));
  } catch {
    return fail({ code: 'interrupted' });
  }
}

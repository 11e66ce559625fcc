import type { Digest } from '../digest.ts';
import type { Engine, EngineFailure } from '../engine/engine.ts';
import { fail, ok, type Result } from '../result.ts';
import type { ModelCard } from './card.ts';
import { createCardBook } from './cards.ts';
import { addCommand, isCatalogued } from './catalogue.ts';
import type { ModelFailure } from './failure.ts';
import type { LabelList } from './labels.ts';
import { createMemory } from './memory.ts';
import { parseReference } from './reference.ts';
import { createResidentSet, type Lease } from './resident.ts';
import type { GraphFault, ModelStore, PublishedModel } from './store.ts';

/** A model that a request asked for, and which of its graphs serves now. */
export interface FoundModel {
  readonly card: ModelCard;
  /** A name follows what is published; a digest means this graph and no other. */
  readonly by: 'name' | 'digest';
}

/** A model at work. Its card may be an older one than was found: take all facts from it. */
export interface ReadyModel extends Lease {
  readonly card: ModelCard;
}

export type ModelHealth =
  | { readonly state: 'ready'; readonly graph: Digest }
  /** It serves `graph`, but what is published now could not be used. */
  | {
      readonly state: 'degraded';
      readonly graph: Digest;
      readonly code: ModelFailure['code'];
      readonly detail: string;
    }
  | { readonly state: 'absent'; readonly code: ModelFailure['code']; readonly detail: string };

export interface Models {
  find(reference: string): Promise<Result<FoundModel, ModelFailure>>;
  session(found: FoundModel): Promise<Result<ReadyModel, ModelFailure | EngineFailure>>;
  labels(card: ModelCard): Promise<Result<LabelList, ModelFailure>>;
  cards(): Promise<Result<readonly PublishedModel[], ModelFailure>>;
  /** Whether a session of this graph is in memory: no load, no wait. */
  resident(graph: Digest): boolean;
  /** Whether this isolate could hold a session of it at all, by the engine's estimate. */
  fits(card: ModelCard): boolean;
  /** Loads its session, for whoever comes next. A failure is the next request's to meet. */
  warm(found: FoundModel): Promise<void>;
  /** WASM memory of sessions in this isolate: now, and the most so far. */
  residentBytes(): { readonly bytes: number; readonly peak_bytes: number };
  /** As far as this isolate knows; it loads no session to find out. */
  health(name: string): Promise<ModelHealth>;
}

export interface ModelsOptions {
  readonly store: ModelStore;
  readonly engine: Engine;
  readonly residentBytesMax: number;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** How long a card, a label list or a known damage is believed without another look. */
  readonly refreshMs: number;
  readonly keepAlive: (work: Promise<unknown>) => void;
  /** Other names that the operator serves a model by; each is looked up once, not in a chain. */
  readonly aliases?: ReadonlyMap<string, string>;
}

export function createModels(options: ModelsOptions): Models {
  const { store, engine, residentBytesMax: bytesMax, clock, refreshMs, keepAlive } = options;
  const book = createCardBook(store, clock, refreshMs);
  const residents = createResidentSet({ engine, bytesMax, clock, keepAlive });

  async function open(card: ModelCard): Promise<Result<ReadyModel, OpenFailure>> {
    const graph = store.graph(card);
    const lease = await residents.acquire(card, graph);
    if (lease.ok) return ok({ card, ...lease.value });
    return fail({ engine: lease.failure, model: toModelFailure(lease.failure, graph.fault()) });
  }

  async function find(text: string): Promise<Result<FoundModel, ModelFailure>> {
    const reference = parseReference(options.aliases?.get(text) ?? text);
    if (!reference.ok) return reference;
    const { by } = reference.value;
    const card = await book.find(reference.value);
    if (card.ok) return ok({ card: card.value, by });
    return reference.value.by === 'name' ? fail(orNotAdded(card.failure)) : card;
  }

  async function session({
    card,
    by,
  }: FoundModel): Promise<Result<ReadyModel, ModelFailure | EngineFailure>> {
    const known = by === 'name' ? book.knownDamage(card) : undefined;
    if (known !== undefined) return fail(known);
    const first = await open(card);
    if (first.ok) {
      if (by === 'name') book.noteGood(card);
      return first;
    }
    const { engine, model } = first.failure;
    if (model === undefined) return fail(engine);
    if (by === 'digest') return fail(engine.code === 'graph_refused' ? engine : model);
    const standIn = await book.noteDamage(card, model);
    const second = standIn === undefined ? first : await open(standIn);
    if (second.ok) return second;
    return fail(engine.code === 'graph_refused' ? engine : model);
  }

  return {
    find,
    session,
    labels: createLabelBook(store, clock, refreshMs),
    cards: () => store.cards(),
    resident: (graph) => residents.has(graph),
    fits: (card) => engine.estimateBytes(card) <= bytesMax,
    async warm(found) {
      const ready = await session(found);
      if (ready.ok) ready.value.release();
    },
    residentBytes: () => ({ bytes: residents.bytes(), peak_bytes: residents.peakBytes() }),
    async health(name) {
      const found = await find(name);
      if (!found.ok) return { state: 'absent', ...tell(found.failure) };
      const { graph } = found.value.card;
      const trouble = book.trouble(name);
      if (trouble === undefined) return { state: 'ready', graph };
      return { state: 'degraded', graph, ...tell(trouble) };
    },
  };
}

/** Lists as they were last read; an old one serves on while the store does not answer. */
function createLabelBook(
  store: ModelStore,
  clock: () => number,
  refreshMs: number,
): Models['labels'] {
  const lists = createMemory<{ readonly list: LabelList; readonly readMsEpoch: number }>();
  return async function labels(card) {
    const known = lists.get(card.labels);
    if (known !== undefined && clock() - known.readMsEpoch < refreshMs) return ok(known.list);
    const read = await store.labels(card.labels);
    const list = read.ok ? read.value : known?.list;
    if (list === undefined) return read;
    if (list.labels.length !== card.classes) {
      const detail = `${card.labels} has ${list.labels.length} names, not ${card.classes}`;
      return fail({ code: 'model_invalid', detail });
    }
    lists.set(card.labels, { list, readMsEpoch: clock() });
    return ok(list);
  };
}

/** `model`: what this says of the published graph; absent when the engine alone is to blame. */
interface OpenFailure {
  readonly engine: EngineFailure;
  readonly model: ModelFailure | undefined;
}

/** Of a name that nothing is published under, the catalogue may know more. */
function orNotAdded(failure: ModelFailure): ModelFailure {
  if (failure.code !== 'unknown_model' || !isCatalogued(failure.reference)) return failure;
  const name = failure.reference;
  return { code: 'model_not_added', name, command: addCommand(name) };
}

function toModelFailure(
  failure: EngineFailure,
  fault: GraphFault | undefined,
): ModelFailure | undefined {
  if (failure.code === 'graph_refused') return { code: 'model_invalid', detail: failure.reason };
  if (failure.code !== 'graph_unreadable') return undefined;
  // Without a fault of ours it was cut on its way to the engine.
  const why = fault ?? 'interrupted';
  const passes = why === 'unavailable' || why === 'interrupted';
  return { code: passes ? 'model_unavailable' : 'model_damaged', detail: `graph: ${why}` };
}

function tell(failure: ModelFailure): { code: ModelFailure['code']; detail: string } {
  if (failure.code === 'unknown_model') return { code: failure.code, detail: failure.reference };
  if (failure.code === 'model_not_added') return { code: failure.code, detail: failure.command };
  if (failure.code === 'bad_model_name') return { code: failure.code, detail: failure.saw };
  return { code: failure.code, detail: failure.detail };
}

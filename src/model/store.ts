import type { z } from 'zod';
import type { Digest } from '../digest.ts';
import type { ByteSource, GraphFacts } from '../engine/engine.ts';
import { fail, ok, type Result } from '../result.ts';
import { cardSchema, type ModelCard } from './card.ts';
import type { ModelFailure } from './failure.ts';
import type { Hasher } from './hasher.ts';
import { cardKey, graphKey, labelsKey, MODELS_PREFIX, modelKey } from './keys.ts';
import { type LabelList, labelListSchema } from './labels.ts';
import { CARDS_MAX, DOCUMENT_BYTES_MAX } from './limits.ts';
import type { ObjectStore } from './objects.ts';
import type { ModelReference } from './reference.ts';
import { type Damage, verifyStream } from './verify.ts';

/** What is published, as it is stored; nothing is remembered here. */
export interface ModelStore {
  card(reference: ModelReference): Promise<Result<ModelCard, ModelFailure>>;
  /** Every published name, each with its card or what is wrong with it. */
  cards(): Promise<Result<readonly PublishedModel[], ModelFailure>>;
  labels(name: string): Promise<Result<LabelList, ModelFailure>>;
  graph(facts: GraphFacts): GraphSource;
}

export interface PublishedModel {
  readonly name: string;
  readonly card: Result<ModelCard, ModelFailure>;
}

export interface GraphSource extends ByteSource {
  /** Why the last `open`, or the stream it gave, failed. An engine only says that it did. */
  fault(): GraphFault | undefined;
}

/** `unavailable` and `interrupted` may pass; the others stay until somebody publishes. */
export type GraphFault = Damage | 'missing' | 'unavailable';

export function createStore(objects: ObjectStore, hasher: Hasher): ModelStore {
  return {
    card: (reference) => readCard(objects, reference),
    cards: () => readCards(objects),
    async labels(name) {
      const read = await readDocument(objects, labelsKey(name), labelListSchema);
      if (!read.ok) return read;
      if (read.value === undefined) return missing(labelsKey(name));
      if (read.value.name !== name) return misplaced(labelsKey(name), read.value.name);
      return ok(read.value);
    },
    graph: (facts) => createGraphSource(objects, hasher, facts),
  };
}

async function readCard(
  objects: ObjectStore,
  reference: ModelReference,
): Promise<Result<ModelCard, ModelFailure>> {
  const key = reference.by === 'name' ? modelKey(reference.name) : cardKey(reference.graph);
  const read = await readDocument(objects, key, cardSchema);
  if (!read.ok) return read;
  const card = read.value;
  if (card === undefined) return unknown(reference);
  if (reference.by === 'name') {
    return card.name === reference.name ? ok(card) : misplaced(key, card.name);
  }
  if (card.graph !== reference.graph) return misplaced(key, card.graph);
  const named = reference.name === undefined || reference.name === card.name;
  return named ? ok(card) : unknown(reference);
}

async function readCards(
  objects: ObjectStore,
): Promise<Result<readonly PublishedModel[], ModelFailure>> {
  const keys = await objects.list(MODELS_PREFIX, CARDS_MAX);
  if (!keys.ok) return keys;
  const names = keys.value
    .filter((key) => key.endsWith('.json'))
    .map((key) => key.slice(MODELS_PREFIX.length, -'.json'.length));
  const reads = names.map(async (name) => {
    return { name, card: await readCard(objects, { by: 'name', name }) };
  });
  return ok(await Promise.all(reads));
}

/** Reads a JSON object under a limit; `undefined` when there is none. */
export async function readDocument<T>(
  objects: ObjectStore,
  key: string,
  schema: z.ZodType<T>,
): Promise<Result<T | undefined, ModelFailure>> {
  const found = await objects.get(key);
  if (!found.ok) return found;
  if (found.value === undefined) return ok(undefined);
  const { bytes, body } = found.value;
  if (bytes > DOCUMENT_BYTES_MAX) {
    await body.cancel();
    return invalid(key, `${bytes} bytes, more than ${DOCUMENT_BYTES_MAX}`);
  }
  const text = await readText(body);
  if (text === undefined) return fail({ code: 'model_unavailable', detail: `${key}: interrupted` });
  const json = parseJson(text);
  if (json === undefined) return invalid(key, 'not JSON');
  const parsed = schema.safeParse(json);
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  return invalid(key, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

function createGraphSource(objects: ObjectStore, hasher: Hasher, facts: GraphFacts): GraphSource {
  let fault: GraphFault | undefined;
  function unreadable(why: GraphFault): ReturnType<typeof fail<{ code: 'graph_unreadable' }>> {
    fault = why;
    return fail({ code: 'graph_unreadable' });
  }
  return {
    bytes: facts.bytes,
    fault: () => fault,
    async open() {
      fault = undefined;
      const found = await objects.get(graphKey(facts.graph));
      if (!found.ok) return unreadable('unavailable');
      if (found.value === undefined) return unreadable('missing');
      const { bytes, body } = found.value;
      if (bytes !== facts.bytes) {
        await body.cancel();
        return unreadable('length');
      }
      const expected = { bytes: facts.bytes, digest: facts.graph };
      return ok(verifyStream(body, expected, hasher(), (damage) => unreadable(damage)));
    },
  };
}

async function readText(body: ReadableStream<Uint8Array>): Promise<string | undefined> {
  try {
    return await new Response(body).text();
  } catch {
    return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unknown(reference: ModelReference): {
  readonly ok: false;
  readonly failure: ModelFailure;
} {
  const text = reference.by === 'name' ? reference.name : `sha256:${reference.graph}`;
  return fail({ code: 'unknown_model', reference: text });
}

function missing(key: string): { readonly ok: false; readonly failure: ModelFailure } {
  return fail({ code: 'model_invalid', detail: `${key} is missing` });
}

function misplaced(
  key: string,
  saw: string | Digest,
): { readonly ok: false; readonly failure: ModelFailure } {
  return invalid(key, `it is that of ${saw}`);
}

function invalid(
  key: string,
  detail: string,
): { readonly ok: false; readonly failure: ModelFailure } {
  return fail({ code: 'model_invalid', detail: `${key}: ${detail}` });
}

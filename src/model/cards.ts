import { fail, ok, type Result } from '../result.ts';
import type { ModelCard } from './card.ts';
import type { ModelFailure } from './failure.ts';
import { createMemory, type Memory, type Remembered } from './memory.ts';
import type { ModelReference } from './reference.ts';
import type { ModelStore } from './store.ts';

/** The cards that an isolate knows, and which of them to serve when the newest will not do. */
export interface CardBook {
  /** The card to serve now: the newest, or while its graph is known as damaged, its stand-in. */
  find(reference: ModelReference): Promise<Result<ModelCard, ModelFailure>>;
  /** What makes it pointless to try this card's graph again so soon. */
  knownDamage(card: ModelCard): ModelFailure | undefined;
  noteGood(card: ModelCard): void;
  /** Answers the stand-in, if there is one. */
  noteDamage(card: ModelCard, failure: ModelFailure): Promise<ModelCard | undefined>;
  /** Why what is published under this name is not what is served. */
  trouble(name: string): ModelFailure | undefined;
}

export function createCardBook(
  store: ModelStore,
  clock: () => number,
  refreshMs: number,
): CardBook {
  const names = createMemory<Remembered>();
  // By digest: what stands there never changes.
  const pinned = createMemory<ModelCard>();

  async function findPinned(
    reference: ModelReference & { readonly by: 'digest' },
  ): Promise<Result<ModelCard, ModelFailure>> {
    const known = pinned.get(reference.graph);
    const suits = reference.name === undefined || reference.name === known?.name;
    if (known !== undefined && suits) return ok(known);
    const read = await store.card(reference);
    if (read.ok) pinned.set(reference.graph, read.value);
    return read;
  }

  async function findStandIn(known: Remembered): Promise<ModelCard | undefined> {
    const { newest, good } = known;
    if (good !== undefined && good.graph !== newest.graph) return good;
    if (newest.supersedes === undefined) return undefined;
    const graph = newest.supersedes as ModelCard['graph'];
    const older = await findPinned({ by: 'digest', graph, name: newest.name });
    return older.ok ? older.value : undefined;
  }

  return {
    async find(reference) {
      if (reference.by === 'digest') return findPinned(reference);
      const known = await refresh(store, names, reference.name, clock(), refreshMs);
      if (!known.ok) return known;
      const { newest, damage } = known.value;
      if (damage === undefined || clock() >= damage.untilMsEpoch) return ok(newest);
      return ok((await findStandIn(known.value)) ?? newest);
    },
    knownDamage(card) {
      const damage = names.get(card.name)?.damage;
      if (damage?.graph !== card.graph || clock() >= damage.untilMsEpoch) return undefined;
      // What may pass by itself is worth another try at once.
      return damage.failure.code === 'model_unavailable' ? undefined : damage.failure;
    },
    noteGood(card) {
      const known = names.get(card.name);
      if (known === undefined) return;
      known.good = card;
      if (known.damage?.graph === card.graph) known.damage = undefined;
    },
    async noteDamage(card, failure) {
      const known = names.get(card.name);
      if (known === undefined) return undefined;
      if (known.newest.graph === card.graph) {
        known.damage = { graph: card.graph, failure, untilMsEpoch: clock() + refreshMs };
      }
      if (known.good?.graph === card.graph) known.good = undefined;
      const standIn = await findStandIn(known);
      return standIn?.graph === card.graph ? undefined : standIn;
    },
    trouble(name) {
      const known = names.get(name);
      return known?.damage?.failure ?? known?.stale;
    },
  };
}

/** Looks at the store when the last look is too old; a failing look keeps the card it had. */
async function refresh(
  store: ModelStore,
  names: Memory<Remembered>,
  name: string,
  now: number,
  refreshMs: number,
): Promise<Result<Remembered, ModelFailure>> {
  const known = names.get(name);
  if (known !== undefined && now - known.checkedMsEpoch < refreshMs) return ok(known);
  // Set before the look: concurrent requests go on with what is known.
  if (known !== undefined) known.checkedMsEpoch = now;
  const read = await store.card({ by: 'name', name });
  if (read.ok) return ok(remember(names, name, read.value, known, now));
  if (read.failure.code === 'unknown_model') names.forget(name);
  if (known === undefined || read.failure.code === 'unknown_model') return fail(read.failure);
  known.stale = read.failure;
  return ok(known);
}

function remember(
  names: Memory<Remembered>,
  name: string,
  newest: ModelCard,
  known: Remembered | undefined,
  checkedMsEpoch: number,
): Remembered {
  const damage = known?.damage?.graph === newest.graph ? known.damage : undefined;
  const remembered = { newest, checkedMsEpoch, stale: undefined, good: known?.good, damage };
  names.set(name, remembered);
  return remembered;
}

import { type Digest, sha256 } from '../digest.ts';
import { preprocessId } from '../image/image.ts';
import type { ModelCard } from '../model/card.ts';
import type { ModelFailure } from '../model/failure.ts';
import type { FoundModel, Models } from '../model/models.ts';
import { fail, ok, type Result } from '../result.ts';
import type { StageRule } from './cascade.ts';

export interface CascadeStage extends StageRule {
  /** As the card names it. */
  readonly reference: string;
  readonly model: Result<FoundModel, ModelFailure>;
}

/** A card's cascade and what its stages are now. */
export interface Cascade {
  /** The card that names it. */
  readonly card: ModelCard;
  readonly stages: readonly CascadeStage[];
  /** Of all that its answers depend on; undefined while a stage cannot be found. */
  readonly identity: Digest | undefined;
}

/**
 * Undefined for a model without one, and for one that was asked for by its digest: that means this
 * graph and no other. A stage's own cascade is not followed.
 *
 * Fails with `model_invalid` where the stages do not speak of the same classes.
 */
export async function findCascade(
  models: Models,
  { card, by }: FoundModel,
): Promise<Result<Cascade | undefined, ModelFailure>> {
  if (card.cascade === undefined || by === 'digest') return ok(undefined);
  const stages: CascadeStage[] = [];
  for (const { model: reference, threshold, temperature } of card.cascade.stages) {
    const model = await models.find(reference);
    if (model.ok && !sameClasses(model.value.card, card)) {
      const { classes, labels } = model.value.card;
      const detail = `cascade: ${reference} has ${classes} classes of ${labels}`;
      return fail({ code: 'model_invalid', detail });
    }
    stages.push({ reference, threshold, temperature, model });
  }
  return ok({ card, stages, identity: await identify(stages) });
}

function sameClasses(a: ModelCard, b: ModelCard): boolean {
  return a.classes === b.classes && a.labels === b.labels;
}

/** SHA-256 of each stage's graph, preprocessing, threshold and temperature, in their order. */
async function identify(stages: readonly CascadeStage[]): Promise<Digest | undefined> {
  const facts: unknown[] = [];
  for (const { model, threshold, temperature } of stages) {
    if (!model.ok) return undefined;
    const { graph, preprocess } = model.value.card;
    facts.push([graph, await preprocessId(preprocess), threshold, temperature]);
  }
  return sha256(new TextEncoder().encode(JSON.stringify(facts)));
}

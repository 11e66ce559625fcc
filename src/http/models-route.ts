import type { CatalogueEntry, ModelCard } from '../model/card.ts';
import { addCommand, listEntries } from '../model/catalogue.ts';
import { json, problem, toProblem } from './respond.ts';
import type { AppContext, Services } from './services.ts';

/**
 * GET /v1/models: `models` are cards, which can be asked for; `catalogue` has the entries without a
 * graph, each with the command that adds it. `results` says where answers are kept, and for whom.
 */
export async function modelsRoute(c: AppContext, services: Services): Promise<Response> {
  const published = await services.models.cards();
  if (!published.ok) return problem(c, published.failure);
  // A card that cannot be read is listed as what it is: an operator should see it here.
  const models = published.value.map(({ name, card }) =>
    card.ok ? publicCard(card.value) : { name, error: toProblem(card.failure) },
  );
  const names = new Set(published.value.map(({ name }) => name));
  const catalogue = listEntries()
    .filter(({ name }) => !names.has(name))
    .map((entry) => ({ ...entry, command: addCommand(entry.name) }));
  const { defaultModel, resultScope: scope } = services.settings;
  const results = { tiers: services.classifier.tiers, scope };
  return json(c, { default: defaultModel, results, models, catalogue });
}

/** GET /v1/models/{name}: one card, by name or by its graph's digest. */
export async function modelRoute(c: AppContext, services: Services): Promise<Response> {
  const found = await services.models.find(c.req.param('model') ?? '');
  return found.ok ? json(c, publicCard(found.value.card)) : problem(c, found.failure);
}

/** A card as it is told, with how much work a picture is where the catalogue knows the network. */
export type PublicCard = Omit<ModelCard, 'golden'> & Partial<Pick<CatalogueEntry, 'computed'>>;

/** The golden picture is for readiness, and would be most of the document's bytes. */
function publicCard(card: ModelCard): PublicCard {
  const { golden: _golden, ...rest } = card;
  const entry = listEntries().find(({ name }) => name === card.name);
  return entry === undefined ? rest : { ...rest, computed: entry.computed };
}

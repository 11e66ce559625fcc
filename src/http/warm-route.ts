import { findCascade } from '../classify/cascade-stages.ts';
import type { FoundModel, Models } from '../model/models.ts';
import { ok, type Result } from '../result.ts';
import type { Failure } from './problem.ts';
import { problem } from './respond.ts';
import type { AppContext, Services } from './services.ts';

/** What POST /v1/models/{name}/warm answers. */
export interface Warmed {
  readonly model: string;
  readonly model_digest: string;
  readonly engine: string;
  /** Its session was in this isolate's memory before anybody asked. */
  readonly was_warm: boolean;
  /** All sessions of this isolate together, WebAssembly memory. */
  readonly resident_bytes: number;
}

/**
 * POST /v1/models/{name}/warm: the session is in this isolate's memory when the answer leaves.
 * Callers at the same time wait for one load.
 */
export async function warmRoute(c: AppContext, services: Services): Promise<Response> {
  const { models } = services;
  const found = await findFirst(models, c.req.param('model') ?? '');
  if (!found.ok) return problem(c, found.failure);
  const wasResident = models.resident(found.value.card.graph);
  const ready = await models.session(found.value);
  if (!ready.ok) return problem(c, ready.failure);
  const { card, engine, release } = ready.value;
  release();
  const warmed: Warmed = {
    model: card.name,
    model_digest: card.graph,
    engine,
    // Where an older graph stands in, it was loaded when the newest could not be.
    was_warm: wasResident && card.graph === found.value.card.graph,
    resident_bytes: models.residentBytes().bytes,
  };
  c.header('cache-control', 'no-store');
  return c.json(warmed);
}

/** Of a cascade the stage that every picture asks; the others are warmed by their own names. */
async function findFirst(models: Models, name: string): Promise<Result<FoundModel, Failure>> {
  const found = await models.find(name);
  if (!found.ok) return found;
  const cascade = await findCascade(models, found.value);
  if (!cascade.ok) return cascade;
  return cascade.value?.stages[0]?.model ?? ok(found.value);
}

import type { FoundModel } from '../../model/models.ts';
import { fail, type Result } from '../../result.ts';
import type { Failure } from '../problem.ts';
import type { AppContext, Services } from '../services.ts';
import { oipError } from './respond.ts';
import { PLATFORM, toSpec, VERSION } from './spec.ts';

export const EXTENSIONS = ['binary_tensor_data', 'classification'] as const;

/** The model that a path names, in the one version that there is. */
export async function findModel(
  c: AppContext,
  services: Services,
): Promise<Result<FoundModel, Failure>> {
  const version = c.req.param('version');
  const model = c.req.param('model') ?? '';
  if (version !== undefined && version !== VERSION) {
    return fail({ code: 'unknown_model', reference: `${model}, version ${version}` });
  }
  return services.models.find(model);
}

/** GET /v2/models/{model} */
export async function metadata(c: AppContext, services: Services): Promise<Response> {
  const found = await findModel(c, services);
  if (!found.ok) return oipError(c, found.failure);
  const { inputs, outputs } = toSpec(found.value.card);
  const { name } = found.value.card;
  return c.json({ name, versions: [VERSION], platform: PLATFORM, inputs, outputs });
}

/** GET /v2/models/{model}/ready: it loads no session to find out. */
export async function modelReady(c: AppContext, services: Services): Promise<Response> {
  const found = await findModel(c, services);
  if (!found.ok) return oipError(c, found.failure);
  const { name } = found.value.card;
  const health = await services.models.health(name);
  const ready = health.state !== 'absent';
  return c.json({ name, ready }, ready ? 200 : 503);
}

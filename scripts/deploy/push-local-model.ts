import { fail, ok, type Result } from '../../src/result.ts';
import { readAdded, readyFolder } from '../models/add/added-model.ts';
import { describeFailure } from '../models/commands/outcome.ts';
import { CACHE, MODELS } from '../models/commands/paths.ts';
import { describePush, pushDeployed } from '../models/commands/push.ts';

/** `npm run models -- push <name> --env <environment>`, in this process. */
export async function pushLocalModel(
  name: string,
  environment: string,
): Promise<Result<string, string>> {
  const publication = await readAdded(name, [readyFolder(CACHE, name), MODELS]);
  if (!publication.ok) return fail(describeFailure(publication.failure));
  const pushed = await pushDeployed(environment, publication.value);
  if (!pushed.ok) return fail(describeFailure(pushed.failure));
  return ok(describePush(pushed.value.place, pushed.value.card));
}

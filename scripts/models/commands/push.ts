import { defineCommand } from 'citty';
import type { ModelCard } from '../../../src/model/card.ts';
import type { ModelFailure } from '../../../src/model/failure.ts';
import type { Publication } from '../../../src/model/publish.ts';
import { ok, type Result } from '../../../src/result.ts';
import type { DeployFailure } from '../../deploy/failure.ts';
import { readAdded, readyFolder } from '../add/added-model.ts';
import type { LockFailure } from '../pull/lock.ts';
import { createPacker, publishModel } from '../store/publish-model.ts';
import type { S3SettingsFailure } from '../store/s3-settings.ts';
import { JSON_ARGUMENT } from './arguments.ts';
import { BUCKET_ARGUMENT, withBucket, withDeployedBucket } from './bucket.ts';
import { printFailure, printResult } from './outcome.ts';
import { CACHE, fromCaller, MODELS } from './paths.ts';

export const push = defineCommand({
  meta: { name: 'push', description: 'A model that add made, or an embedded one, to a bucket' },
  args: {
    name: { type: 'positional', required: true, description: "The model's name" },
    bucket: BUCKET_ARGUMENT,
    env: {
      type: 'string',
      description: "A deployed environment's bucket, by wrangler's login: staging or production",
    },
    folder: {
      type: 'string',
      description: 'Where <name>.json, <name>.onnx and labels/ are (default: what add made)',
    },
    json: JSON_ARGUMENT,
  },
  async run({ args }) {
    const { name, bucket, env, folder } = args;
    const folders =
      folder === undefined ? [readyFolder(CACHE, name), MODELS] : [fromCaller(folder)];
    const publication = await readAdded(name, folders);
    if (!publication.ok) return printFailure(args.json, publication.failure);
    const pushed =
      env === undefined
        ? await pushModel(bucket, publication.value)
        : await pushDeployed(env, publication.value);
    if (!pushed.ok) return printFailure(args.json, pushed.failure);
    const { place, card } = pushed.value;
    const { graph, bytes } = card;
    printResult(args.json, { name, graph, bytes, place }, describePush(place, card));
  },
});

export type PushFailure = ModelFailure | S3SettingsFailure | LockFailure;

export interface Pushed {
  readonly place: string;
  readonly card: ModelCard;
}

export async function pushModel(
  bucket: string | undefined,
  publication: Publication,
): Promise<Result<Pushed, PushFailure>> {
  const packer = await createPacker();
  return withBucket(bucket, async (objects): Promise<Result<Pushed, ModelFailure>> => {
    const published = await publishModel(objects, publication, packer);
    return published.ok ? ok({ place: objects.place, card: published.value }) : published;
  });
}

/** To the models' bucket of a deployed environment. */
export async function pushDeployed(
  environment: string,
  publication: Publication,
): Promise<Result<Pushed, ModelFailure | DeployFailure>> {
  const packer = await createPacker();
  return withDeployedBucket(environment, async (objects): Promise<Result<Pushed, ModelFailure>> => {
    const published = await publishModel(objects, publication, packer);
    return published.ok ? ok({ place: objects.place, card: published.value }) : published;
  });
}

export function describePush(place: string, { name, graph }: ModelCard): string {
  return `pushed      ${name} to the ${place}, graph ${graph.slice(0, 16)}…`;
}

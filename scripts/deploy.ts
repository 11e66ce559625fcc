// `npm run deploy`: from nothing to a Worker that answers, on Cloudflare. What is there is left
// alone; after a failure the same command goes on. docs/deploy.md explains each step.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fail, ok, type Result } from '../src/result.ts';
import { deploy, type World } from './deploy/deployment.ts';
import { explainFailure } from './deploy/explain-failure.ts';
import type { DeployFailure } from './deploy/failure.ts';
import { listLocalModels } from './deploy/local-models.ts';
import { type CommandLine, parseCommandLine, USAGE } from './deploy/options.ts';
import { findPerson } from './deploy/person.ts';
import { pushLocalModel } from './deploy/push-local-model.ts';
import type { Outcome } from './deploy/run-steps.ts';
import { createRunWrangler } from './deploy/run-wrangler.ts';
import { runSmokeTest } from './deploy/smoke.ts';
import { readTarget, type Target } from './deploy/target.ts';
import { KEY_BYTES, makeKey, readKeys, secretsFile, writeKeys } from './keys/key-file.ts';
import { MODELS, ROOT } from './models/commands/paths.ts';

/** At least 128 bits, however it was made. */
const STRONG = /^[\x21-\x7e]{32,512}$/;
const SAMPLE = join(MODELS, 'samples', 'coffee.png');

async function main(args: readonly string[]): Promise<Result<undefined, DeployFailure>> {
  const parsed = parseCommandLine(args);
  if (!parsed.ok) return parsed;
  const line = parsed.value;
  if (line.help) {
    console.log(USAGE);
    return ok(undefined);
  }
  const target = readTarget(ROOT, line.environment, process.env.WRANGLER_CI_OVERRIDE_NAME);
  if (!target.ok) return target;
  const { RAZORBILL_API_KEY: key = '' } = process.env;
  if (key !== '' && !STRONG.test(key)) {
    const fix = 'give 32 to 512 printable characters without spaces, such as openssl rand -hex 32';
    return fail({ code: 'bad_option', option: 'RAZORBILL_API_KEY', fix });
  }
  const done = await deploy(target.value, line, createWorld(target.value, line));
  if (!done.ok) return done;
  if (done.value !== undefined) showOutcome(target.value, done.value);
  return ok(undefined);
}

function createWorld(target: Target, { yes }: CommandLine): World {
  const { CLOUDFLARE_ACCOUNT_ID, RAZORBILL_API_KEY, WORKERS_CI } = process.env;
  // Workers Builds runs this where a push to the repository deploys: nobody is there to ask.
  const confirmed = yes || WORKERS_CI === '1';
  const person = confirmed ? undefined : findPerson();
  const keyGiven = RAZORBILL_API_KEY === '' ? undefined : RAZORBILL_API_KEY;
  return {
    wrangler: (settings) => createRunWrangler(ROOT, settings),
    models: listLocalModels(MODELS),
    folder: ROOT,
    push: (model, environment) => pushLocalModel(model, environment),
    makeKey: (id, environment) => keepFirstKey(id, environment, keyGiven),
    smoke: (url, key, versionId) =>
      runSmokeTest({
        url,
        key,
        door: target.door,
        ...(versionId !== undefined && { version: { worker: target.worker, id: versionId } }),
        picture: new Uint8Array(readFileSync(SAMPLE)),
        fetch: (address, init) => fetch(address, init),
        sleep: (ms) => sleep(ms),
      }),
    tell: (text) => console.log(text),
    confirmed,
    ...(CLOUDFLARE_ACCOUNT_ID !== undefined && { accountGiven: CLOUDFLARE_ACCOUNT_ID }),
    ...(keyGiven !== undefined && { keyGiven }),
    ...(person !== undefined && { person }),
  };
}

/** The hash into the environment's file. A key that was given is known: it is not shown. */
function keepFirstKey(id: string, environment: string, given: string | undefined): string {
  const file = join(ROOT, secretsFile(environment));
  const { key, kept } = makeKey(id, randomBytes(KEY_BYTES), given);
  writeKeys(file, [...readKeys(file), kept]);
  if (given === undefined)
    console.log(`\n    ${key}\n\n    is the API key. It is shown once: keep it.`);
  return key;
}

function showOutcome(target: Target, { url, key, left }: Outcome): void {
  console.log(`\n${target.worker} is deployed${url === undefined ? '' : `: ${url}`}`);
  if (left > 0) console.log(`${left} steps found their work done.`);
  if (url === undefined) return;
  const bearer = key === undefined ? '<key>' : '$KEY';
  console.log(`
    curl -s -H "Authorization: Bearer ${bearer}" --data-binary @photo.jpg ${url}/v1/classify`);
  if (url.endsWith('.workers.dev')) {
    console.log(
      '\nThe Cache API does nothing at a workers.dev address: give it --domain for more.',
    );
  }
}

const args = process.argv.slice(2);
const done = await main(args);
if (!done.ok) {
  const again = ['npm run deploy', ...(args.length > 0 ? ['--', ...args] : [])].join(' ');
  console.error(`\n${explainFailure(done.failure, again)}`);
  process.exitCode = ['bad_option', 'unknown_environment', 'not_confirmed'].includes(
    done.failure.code,
  )
    ? 2
    : 1;
}

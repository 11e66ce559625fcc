import { parseArgs } from 'node:util';
import { fail, ok, type Result } from '../../src/result.ts';
import type { Options } from './deployment.ts';
import type { DeployFailure } from './failure.ts';

export const USAGE = `npm run deploy -- [options]

  --env <name>       staging or production (default: production)
  --dry-run          print the plan with its commands and build both Workers; no login, no network
  --yes              do what the plan says without asking (CI)
  --gradual <n>      upload a version and give it n percent of the requests
  --domain <name>    a custom domain of a zone in the account, beside the workers.dev address
  --url <https://…>  where the smoke test finds the Worker, if not where wrangler says
  --secrets          send .dev.vars.<env> even where the Worker has those secrets
  --models           push the models even where they are

CLOUDFLARE_API_TOKEN logs in without a browser, CLOUDFLARE_ACCOUNT_ID chooses among accounts,
RAZORBILL_API_KEY is the key for the smoke test, and the first one where there is none.`;

export interface CommandLine extends Options {
  readonly environment: string;
  readonly yes: boolean;
  readonly help: boolean;
}

const OPTIONS = {
  env: { type: 'string', default: 'production' },
  'dry-run': { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
  gradual: { type: 'string' },
  domain: { type: 'string' },
  url: { type: 'string' },
  secrets: { type: 'boolean', default: false },
  models: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** A mistyped option is refused: it would do nothing, silently. */
export function parseCommandLine(args: readonly string[]): Result<CommandLine, DeployFailure> {
  const read = readOptions(args);
  if (!read.ok) return read;
  const { env, yes, help, gradual, domain, url, secrets, models, 'dry-run': dryRun } = read.value;
  const percent = gradual === undefined ? undefined : Number(gradual);
  if (percent !== undefined && !(Number.isInteger(percent) && percent >= 1 && percent <= 99)) {
    return refuse('--gradual', 'write a whole percentage, 1 to 99');
  }
  if (domain !== undefined && !/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(domain)) {
    return refuse('--domain', 'write a name in lower case, without scheme or path');
  }
  if (percent !== undefined && domain !== undefined) {
    return refuse('--domain', 'a version changes no routes: deploy without --gradual');
  }
  if (url !== undefined && !isOrigin(url)) {
    return refuse('--url', 'write https:// and the name, nothing behind it');
  }
  return ok({
    environment: env,
    ...{ dryRun, yes, help, sendSecrets: secrets, pushModels: models },
    ...(percent !== undefined && { gradual: percent }),
    ...(domain !== undefined && { domain }),
    ...(url !== undefined && { url }),
  });
}

/** A key goes there: over https alone, or to this machine. */
function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  const here = url?.protocol === 'http:' && ['127.0.0.1', 'localhost'].includes(url.hostname);
  return url?.origin === text && (url.protocol === 'https:' || here);
}

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

function readOptions(args: readonly string[]): Result<Values, DeployFailure> {
  try {
    return ok(parseArgs({ args: [...args], options: OPTIONS, strict: true }).values);
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return refuse('options', why.split('. ')[0] ?? why);
  }
}

function refuse(option: string, fix: string): Result<never, DeployFailure> {
  return fail({ code: 'bad_option', option, fix });
}

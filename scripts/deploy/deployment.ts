import { fail, ok, type Result } from '../../src/result.ts';
import { readSecretNames, secretsFile } from '../keys/key-file.ts';
import { checkBundles, showBundles } from './check-bundles.ts';
import { askFacts, type LocalModel } from './facts.ts';
import type { Account, DeployFailure } from './failure.ts';
import { askLogin, chooseAccount } from './login.ts';
import { type Facts, planDeployment, type Wish } from './plan.ts';
import { type Given, type Outcome, runSteps, type Work } from './run-steps.ts';
import type { RunWrangler } from './run-wrangler.ts';
import { showPlan } from './show-plan.ts';
import type { Step } from './step.ts';
import type { Target } from './target.ts';

export interface Options {
  readonly dryRun: boolean;
  readonly sendSecrets: boolean;
  readonly pushModels: boolean;
  readonly domain?: string;
  readonly url?: string;
  readonly gradual?: number;
}

/** What a deployment touches beside the account. */
export interface World extends Omit<Work, 'wrangler'> {
  /** wrangler with settings beside the environment's: the account that was chosen. */
  readonly wrangler: (settings: Readonly<Record<string, string>>) => RunWrangler;
  readonly models: readonly LocalModel[];
  /** Where the environment's secrets lie. */
  readonly folder: string;
  readonly accountGiven?: string;
  /** RAZORBILL_API_KEY: for the smoke test, and the first key where there is none. */
  readonly keyGiven?: string;
  /** Nobody sits there: undefined. */
  readonly person?: Person;
  /** Said with --yes: nobody has to. */
  readonly confirmed: boolean;
}

export interface Person {
  readonly login: () => Promise<boolean>;
  readonly account: (accounts: readonly Account[]) => Promise<string | undefined>;
  readonly confirm: (message: string) => Promise<boolean>;
}

type Done<T> = Promise<Result<T, DeployFailure>>;

/** Plans, says, asks, does. With `dryRun` it asks nobody: no login, no network. */
export async function deploy(
  target: Target,
  options: Options,
  world: World,
): Done<Outcome | undefined> {
  const wish = toWish(target, options, world);
  if (options.dryRun) return describe(target, wish, world);
  const account = await openAccount(world);
  if (!account.ok) return account;
  const wrangler = world.wrangler({ CLOUDFLARE_ACCOUNT_ID: account.value });
  const asked = await askFacts(target, world.models, wrangler);
  if (!asked.ok) return asked;
  const facts = options.pushModels ? { ...asked.value, models: new Set<string>() } : asked.value;
  const steps = planDeployment(target, facts, wish);
  const refused = refuse(target, facts, options);
  if (refused !== undefined) return fail(refused);
  world.tell(`\n${showPlan(steps)}\n`);
  if (!(await isConfirmed(steps, world))) return fail({ code: 'not_confirmed' });
  const built = await build(target, wrangler, world);
  if (!built.ok) return built;
  const { domain, url } = options;
  const given: Given = {
    target,
    ...(domain !== undefined && { domain }),
    ...(url !== undefined && { url }),
    ...(world.keyGiven !== undefined && { key: world.keyGiven }),
  };
  return runSteps(steps, given, { ...world, wrangler });
}

function toWish({ environment }: Target, options: Options, { models, folder }: World): Wish {
  const { domain, gradual, sendSecrets } = options;
  return {
    models: models.map(({ name }) => name),
    secretsHere: new Set(readSecretNames(`${folder}/${secretsFile(environment)}`)),
    sendSecrets,
    ...(domain !== undefined && { domain }),
    ...(gradual !== undefined && { gradual }),
  };
}

async function describe(target: Target, wish: Wish, world: World): Done<undefined> {
  const steps = planDeployment(target, undefined, wish);
  world.tell(
    `Nothing is asked of the account, and nothing is done. The plan for ${target.worker}:`,
  );
  world.tell(`\n    npx wrangler whoami      # or CLOUDFLARE_API_TOKEN; else npx wrangler login`);
  world.tell(`${showPlan(steps)}\n`);
  const built = await build(target, world.wrangler({}), world);
  return built.ok ? ok(undefined) : built;
}

async function build(target: Target, wrangler: RunWrangler, { tell }: World): Done<void> {
  tell('Building both Workers …');
  const bundles = await checkBundles(target, wrangler);
  if (!bundles.ok) return bundles;
  tell(`${showBundles(bundles.value)}\n`);
  return ok(undefined);
}

/** The account's id; a person is asked to log in, or which one, where that is open. */
async function openAccount(world: World): Done<string> {
  const { person, tell, accountGiven } = world;
  const wrangler = world.wrangler({});
  let login = await askLogin(wrangler);
  if (!login.ok && login.failure.code === 'not_logged_in' && (await person?.login())) {
    login = await askLogin(wrangler);
  }
  if (!login.ok) return login;
  const { accounts, email } = login.value;
  const account = chooseAccount(login.value, accountGiven) ?? (await person?.account(accounts));
  if (account === undefined) return fail({ code: 'account_not_chosen', accounts });
  const name = accounts.find(({ id }) => id === account)?.name ?? account;
  tell(`Logged in${email === undefined ? '' : ` as ${email}`}, account ${name}.`);
  return ok(account);
}

function refuse(target: Target, facts: Facts, { gradual }: Options): DeployFailure | undefined {
  if (gradual === undefined || facts.secrets !== undefined) return undefined;
  return { code: 'gradual_needs_a_worker', worker: target.worker };
}

async function isConfirmed(steps: readonly Step[], { confirmed, person }: World): Promise<boolean> {
  if (confirmed) return true;
  const todo = steps.filter(({ state }) => state === 'todo').length;
  return (await person?.confirm(`Do these ${todo} steps?`)) === true;
}

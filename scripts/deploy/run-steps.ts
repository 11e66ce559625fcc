import { fail, ok, type Result } from '../../src/result.ts';
import { type DeployFailure, said } from './failure.ts';
import { findUrl, readDeployed, readServing, readUploaded } from './outputs.ts';
import type { RunWrangler } from './run-wrangler.ts';
import type { SmokeFailure, SmokeReport } from './smoke.ts';
import { type Command, type Step, showCommand } from './step.ts';
import type { Target } from './target.ts';

export interface Work {
  readonly wrangler: RunWrangler;
  /** Publishes a model that is here; the failure as a person reads it. */
  readonly push: (model: string, environment: string) => Promise<Result<string, string>>;
  /** Makes the key, keeps its hash, shows it; it is kept in memory for the smoke test. */
  readonly makeKey: (id: string, environment: string) => string;
  readonly smoke: (
    url: string,
    key: string | undefined,
    versionId: string | undefined,
  ) => Promise<Result<SmokeReport, SmokeFailure>>;
  readonly tell: (line: string) => void;
}

export interface Known {
  /** Who may be let in: given, or made on the way. */
  key?: string;
  /** Where it is, once that is known. */
  url?: string;
  /** The version that was just deployed or uploaded. */
  versionId?: string;
}

export interface Given extends Known {
  readonly target: Target;
  readonly domain?: string;
}

export interface Outcome extends Known {
  /** Steps whose work had been done before. */
  readonly left: number;
  readonly label?: string;
}

type Did = Result<string | undefined, string>;

/**
 * One step after the other. The first failure ends it: what was done stays, and the same command
 * finds it there and goes on.
 */
export async function runSteps(
  steps: readonly Step[],
  given: Given,
  work: Work,
): Promise<Result<Outcome, DeployFailure>> {
  const { target, domain, ...start } = given;
  const known: Known = { ...start };
  let left = 0;
  let label: string | undefined;
  for (const [i, step] of steps.entries()) {
    const head = `${i + 1}/${steps.length} ${step.what}`;
    if (step.state === 'there') {
      left++;
      work.tell(`${head}\n    is there, left alone`);
      continue;
    }
    work.tell(head);
    for (const command of step.commands) {
      const shown = showCommand(command, known.url).join('\n    $ ');
      work.tell(`    $ ${shown}`);
      const did = await runCommand(command, { known, target, domain }, work);
      if (!did.ok) return failed(step, shown, did.failure);
      if (did.value !== undefined) work.tell(`    ${did.value}`);
      if (command.run === 'smoke') label = did.value;
    }
  }
  return ok({ ...known, left, ...(label !== undefined && { label }) });
}

interface Circumstances {
  readonly known: Known;
  readonly target: Target;
  readonly domain: string | undefined;
}

async function runCommand(command: Command, at: Circumstances, work: Work): Promise<Did> {
  const { known } = at;
  switch (command.run) {
    case 'wrangler':
      return runWrangler(command.args, at, work);
    case 'push':
      return work.push(command.model, command.environment);
    case 'key':
      known.key = work.makeKey(command.id, command.environment);
      return ok(undefined);
    case 'split':
      return splitTraffic(command, at, work);
    case 'smoke': {
      if (known.url === undefined) return ok('not tried: its address is not known, give --url');
      const tested = await work.smoke(known.url, known.key, known.versionId);
      if (!tested.ok) return fail(`${tested.failure.asked}: ${tested.failure.got}`);
      return ok(
        tested.value.label ?? 'ready; no picture tried: no key is known (RAZORBILL_API_KEY)',
      );
    }
  }
}

/** R2, Queues and D1 say so of a name that is taken by this account itself. */
const IS_THERE = /\[code: (10004|11009)\]|database with that name already exists/;

async function runWrangler(
  args: readonly string[],
  { known, target, domain }: Circumstances,
  { wrangler }: Work,
): Promise<Did> {
  const ran = await wrangler(args);
  if (ran.status !== 0) {
    return IS_THERE.test(ran.stdout + ran.stderr) ? ok('was there already') : fail(said(ran));
  }
  const versionId = readUploaded(ran.output);
  if (versionId !== undefined) known.versionId = versionId;
  const isMain = args[0] === 'deploy' && args.includes('wrangler.toml');
  if (!isMain) return ok(undefined);
  const deployed = readDeployed(ran.output);
  const url = known.url ?? findUrl(deployed.targets, domain, target.hosts);
  if (url !== undefined) known.url = url;
  if (deployed.versionId !== undefined) known.versionId = deployed.versionId;
  return ok(deployed.targets.join('; '));
}

/** The new version beside the one that serves now. */
async function splitTraffic(
  { percent, where }: Extract<Command, { run: 'split' }>,
  { known, target }: Circumstances,
  { wrangler }: Work,
): Promise<Did> {
  const status = await wrangler(['deployments', 'status', '--name', target.worker, '--json']);
  const serving = status.status === 0 ? readServing(status.stdout) : undefined;
  if (serving === undefined || known.versionId === undefined) return fail(said(status));
  const versions = [`${known.versionId}@${percent}%`, `${serving}@${100 - percent}%`];
  const ran = await wrangler(['versions', 'deploy', ...versions, ...where, '--yes']);
  return ran.status === 0 ? ok(versions.join(' beside ')) : fail(said(ran));
}

function failed(step: Step, command: string, saidIt: string): Result<never, DeployFailure> {
  const { what, remedy } = step;
  return fail({ code: 'step_failed', step: what, command, said: saidIt, remedy });
}

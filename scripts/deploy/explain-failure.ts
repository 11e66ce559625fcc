import type { DeployFailure } from './failure.ts';

/** What went wrong, what to do, and how to go on, for a terminal. */
export function explainFailure(failure: DeployFailure, again: string): string {
  switch (failure.code) {
    case 'unknown_environment':
      return `${failure.saw} is no environment of wrangler.toml: ${failure.known.join(', ')}`;
    case 'bad_option':
      return `${failure.option}: ${failure.fix}`;
    case 'not_logged_in':
      return `wrangler is not logged in. With a browser: npx wrangler login. Without: set
CLOUDFLARE_API_TOKEN to a token (dash.cloudflare.com/profile/api-tokens) that may edit
Workers Scripts, Workers R2 Storage, Queues and D1. Then again: ${again}`;
    case 'account_not_chosen':
      return `There is more than one account. Set CLOUDFLARE_ACCOUNT_ID to one of
${failure.accounts.map(({ id, name }) => `  ${id}  ${name}`).join('\n')}`;
    case 'wrangler_failed':
      return `${failure.command} failed before anything was changed:\n${indent(failure.said)}`;
    case 'bundle_too_large':
      return `The Worker has ${failure.bytes} bytes, its budget is ${failure.bytesMax}.
Nothing was changed.`;
    case 'gradual_needs_a_worker':
      return `There is no ${failure.worker} yet, so no version to share requests with.
Deploy without --gradual first.`;
    case 'not_confirmed':
      return 'Nothing was done. Without a terminal, --yes does what the plan says.';
    case 'step_failed':
      return `This step failed: ${failure.step}
    $ ${failure.command}
${indent(failure.said)}

${failure.remedy}
What was done before stays and is found again. To go on: ${again}`;
  }
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}

import * as z from 'zod';
import { fail, ok, type Result } from '../../src/result.ts';
import { type Account, type DeployFailure, said } from './failure.ts';
import type { RunWrangler } from './run-wrangler.ts';

export interface Login {
  readonly email: string | undefined;
  readonly accounts: readonly Account[];
}

const schema = z.object({
  loggedIn: z.boolean(),
  email: z.string().optional(),
  accounts: z.array(z.object({ id: z.string(), name: z.string() })).default([]),
});

/** Who wrangler is, by `wrangler login` or CLOUDFLARE_API_TOKEN. */
export async function askLogin(wrangler: RunWrangler): Promise<Result<Login, DeployFailure>> {
  const ran = await wrangler(['whoami', '--json']);
  const read = readLogin(ran.stdout);
  if (read?.loggedIn === false) return fail({ code: 'not_logged_in' });
  if (ran.status === 0 && read !== undefined) {
    return ok({ email: read.email, accounts: read.accounts });
  }
  return fail({ code: 'wrangler_failed', command: 'wrangler whoami --json', said: said(ran) });
}

function readLogin(text: string): z.infer<typeof schema> | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The account that is meant; undefined where a person has to say it. */
export function chooseAccount({ accounts }: Login, given: string | undefined): string | undefined {
  if (given !== undefined && given !== '') return given;
  return accounts.length === 1 ? accounts[0]?.id : undefined;
}

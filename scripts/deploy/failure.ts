import { stripVTControlCharacters } from 'node:util';
import { SAID_CHARACTERS_MAX } from './limits.ts';
import type { Ran } from './run-wrangler.ts';

/** Why a deployment did not come about, or stopped. */
export type DeployFailure =
  | {
      readonly code: 'unknown_environment';
      readonly saw: string;
      readonly known: readonly string[];
    }
  | { readonly code: 'bad_option'; readonly option: string; readonly fix: string }
  | { readonly code: 'not_logged_in' }
  | { readonly code: 'account_not_chosen'; readonly accounts: readonly Account[] }
  | { readonly code: 'wrangler_failed'; readonly command: string; readonly said: string }
  | { readonly code: 'bundle_too_large'; readonly bytes: number; readonly bytesMax: number }
  | { readonly code: 'gradual_needs_a_worker'; readonly worker: string }
  | { readonly code: 'not_confirmed' }
  | {
      readonly code: 'step_failed';
      readonly step: string;
      readonly command: string;
      readonly said: string;
      readonly remedy: string;
    };

export interface Account {
  readonly id: string;
  readonly name: string;
}

/** The end of what a command said: where wrangler puts its error. */
export function said({ stdout, stderr }: Pick<Ran, 'stdout' | 'stderr'>): string {
  const text = stripVTControlCharacters(`${stdout}\n${stderr}`);
  return text
    .replaceAll(/\n\s*\n/g, '\n')
    .trim()
    .slice(-SAID_CHARACTERS_MAX);
}

import type { Scheme } from '../../src/webhook/verify/keys.ts';
import { SCHEMES } from '../../src/webhook/verify/keys.ts';
import { Mistake } from './mistake.ts';

export const SCHEME = {
  type: 'string',
  default: 'standard',
  description: SCHEMES.join(', '),
} as const;

export const SECRET = {
  type: 'string',
  description: 'Secret or secrets (default: those of the local source "demo")',
} as const;

export const NOW = {
  type: 'string',
  description: 'Unix seconds to judge by (default: the clock)',
} as const;

export function readScheme(text: string): Scheme {
  const scheme = SCHEMES.find((known) => known === text);
  if (scheme === undefined) throw new Mistake(`--scheme is one of ${SCHEMES.join(', ')}`);
  return scheme;
}

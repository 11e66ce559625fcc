import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** An API key as the Worker knows it: never the key, only its hash. */
export interface KeptKey {
  readonly id: string;
  readonly sha256: string;
}

export const KEYS_SETTING = 'API_KEYS';
export const KEY_ID = /^[A-Za-z0-9_-]{1,64}$/;
/** 192 random bits: no list of guesses gets there. */
export const KEY_BYTES = 24;

/** Secrets of a laptop, or of a deployed environment: its owner alone reads the file. */
export function secretsFile(environment?: string): string {
  return environment === undefined ? '.dev.vars' : `.dev.vars.${environment}`;
}

/**
 * `random` has KEY_BYTES bytes. The key is shown once and kept nowhere; one that is `given` is
 * taken as it is.
 */
export function makeKey(
  id: string,
  random: Buffer,
  given?: string,
): { readonly key: string; readonly kept: KeptKey } {
  const key = given ?? `rzb_${id}_${random.toString('base64url')}`;
  const sha256 = createHash('sha256').update(key).digest('hex');
  return { key, kept: { id, sha256 } };
}

export function readKeys(file: string): KeptKey[] {
  const value = readLines(file).find((line) => line.startsWith(`${KEYS_SETTING}=`)) ?? '';
  return value
    .slice(KEYS_SETTING.length + 1)
    .replaceAll('"', '')
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((entry) => {
      const [id = '', sha256 = ''] = entry.split(':');
      return { id, sha256 };
    });
}

export function writeKeys(file: string, keys: readonly KeptKey[]): void {
  const others = readLines(file).filter((line) => !line.startsWith(`${KEYS_SETTING}=`));
  const value = keys.map(({ id, sha256 }) => `${id}:${sha256}`).join(',');
  const lines = [...others, `${KEYS_SETTING}="${value}"`];
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
}

/** Names of everything that the file sets to something. */
export function readSecretNames(file: string): string[] {
  return readLines(file).flatMap(
    (line) => /^([A-Z][A-Z0-9_]*)=(?!(""|'')?$)/.exec(line)?.[1] ?? [],
  );
}

function readLines(file: string): string[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}

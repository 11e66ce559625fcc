import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

/** As wrangler would read it by itself; with a file of ours it reads no other. */
const OWN = '.dev.vars';

/**
 * Writes settings and those of `.dev.vars` behind them to a file that only its owner reads, for
 * `wrangler dev --env-file`: on a command line everybody on this machine could read secrets.
 */
export function writeSettings(state: string, vars: Readonly<Record<string, string>>): string {
  const own = existsSync(OWN) ? parseEnv(readFileSync(OWN, 'utf8')) : {};
  const lines = Object.entries({ ...own, ...vars }).map(
    ([name, value]) => `${name}=${quote(value ?? '')}\n`,
  );
  mkdirSync(state, { recursive: true });
  const path = join(state, 'settings.env');
  writeFileSync(path, lines.join(''), { mode: 0o600 });
  return path;
}

/** Wrangler expands `$NAME`; no value of ours means that. */
function quote(value: string): string {
  const mark = value.includes("'") ? '`' : "'";
  return mark + value.replaceAll('$', '\\$') + mark;
}

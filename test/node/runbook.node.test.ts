// docs/operations.md is read in the night: its commands and queries are ones that exist.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { ROOT } from './workers.ts';

const PAGE = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');

/** What follows `npx wrangler` up to the code's end or a comment. */
const COMMANDS = [...PAGE.matchAll(/npx wrangler ([^`\n]*)/g)].map(([, text = '']) => {
  const line = text.split(/ {2,}#/)[0]?.trim() ?? '';
  const words = line.split(' --')[0]?.split(' ') ?? [];
  const two = ['deployments', 'versions', 'queues', 'd1', 'secret'].includes(words[0] ?? '');
  const options = [...line.replaceAll(/"[^"]*"|'[^']*'/g, '').matchAll(/ (--[a-z-]+)/g)];
  return {
    line,
    verb: words.slice(0, two ? 2 : 1),
    options: options.map(([, name]) => name ?? ''),
  };
});
const VERBS = [...new Set(COMMANDS.map(({ verb }) => verb.join(' ')))];

describe('commands of wrangler in the runbook', () => {
  it('are several', () => {
    expect(VERBS.length).toBeGreaterThanOrEqual(6);
  });

  it.each(VERBS)('wrangler %s takes the options that it is given', (verb) => {
    const wrangler = join(ROOT, 'node_modules/.bin/wrangler');
    const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true' };
    const shown = spawnSync(wrangler, [...verb.split(' '), '--help'], { encoding: 'utf8', env });
    const help = shown.stdout;
    expect(help).toMatch(new RegExp(`^wrangler ${verb}\\b`, 'm'));
    const used = COMMANDS.filter((command) => command.verb.join(' ') === verb);
    for (const option of used.flatMap(({ options }) => options)) {
      expect(help, option).toMatch(new RegExp(`(^|\\s)${option}\\b`, 'm'));
    }
  });

  it.each(COMMANDS)(
    'npx wrangler $line names an environment, queue or database there is',
    (one) => {
      const config = readFileSync(join(ROOT, 'wrangler.toml'), 'utf8');
      const environment = / --env (\S+)/.exec(one.line)?.[1];
      if (environment !== undefined) expect(config).toContain(`[env.${environment}]`);
      for (const [name] of one.line.matchAll(/razorbill-[\w-]+/g))
        expect(config).toContain(`"${name}"`);
    },
  );
});

describe('queries of the runbook', () => {
  const database = new DatabaseSync(':memory:');
  for (const file of readdirSync(join(ROOT, 'migrations')).toSorted()) {
    database.exec(readFileSync(join(ROOT, 'migrations', file), 'utf8'));
  }
  const queries = [...PAGE.matchAll(/--command "([^"]+)"/g)].map(([, sql = '']) => sql);

  it.each(queries)('%s', (sql) => {
    expect(database.prepare(sql).all()).toEqual([]);
  });

  it('are several', () => {
    expect(queries.length).toBeGreaterThanOrEqual(3);
  });

  it.each([...new Set([...PAGE.matchAll(/`([a-z-]+\.sql)`/g)].map(([, file]) => file ?? ''))])(
    'deploy/analytics/%s is there',
    (file) => {
      expect(existsSync(join(ROOT, 'deploy/analytics', file))).toBe(true);
    },
  );
});

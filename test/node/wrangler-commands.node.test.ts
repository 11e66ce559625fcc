// Commands of wrangler that the documents and the deployment's plan name are held against
// wrangler's own definitions: a flag that was renamed would fail only on somebody's account.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { experimental_getWranglerCommands as getCommands } from 'wrangler';
import { planDeployment } from '../../scripts/deploy/plan.ts';
import { showCommand } from '../../scripts/deploy/step.ts';
import { readTarget } from '../../scripts/deploy/target.ts';
import { ROOT } from './workers.ts';

interface Flag {
  readonly type?: string;
  readonly alias?: string | readonly string[];
  readonly demandOption?: boolean;
  readonly array?: boolean;
}

interface Definition {
  readonly type: string;
  readonly args?: Readonly<Record<string, Flag>>;
  readonly positionalArgs?: readonly string[];
}

interface Node {
  readonly definition?: Definition;
  readonly subtree: ReadonlyMap<string, Node>;
}

const { registry, globalFlags } = getCommands() as {
  registry: Node;
  globalFlags: Record<string, Flag>;
};

/** What is wrong with a command, or nothing. */
function findFault(command: string): string | undefined {
  const words = command.match(/'[^']*'|"[^"]*"|\S+/g) ?? [];
  const isNamed = words.at(-1) === NAMED;
  if (isNamed) words.pop();
  let node = registry;
  let depth = 0;
  for (; node.subtree.has(words[depth] ?? ''); depth++) {
    node = node.subtree.get(words[depth] ?? '') ?? node;
  }
  const { definition } = node;
  if (definition?.type !== 'command') return `no command: ${words.slice(0, depth + 1).join(' ')}`;
  const flags = { ...globalFlags, ...definition.args };
  const positionals: string[] = [];
  for (let i = depth; i < words.length; i++) {
    const [word = '', value] = words[i]?.split('=') ?? [];
    if (!word.startsWith('-')) {
      positionals.push(word);
      continue;
    }
    const flag = findFlag(flags, word.replace(/^--?/, ''));
    if (flag === undefined) return `no flag ${word}`;
    if (flag.type !== 'boolean' && value === undefined) i++;
  }
  const named = definition.positionalArgs ?? [];
  const many = named.some((name) => flags[name]?.array === true);
  if (!many && positionals.length > named.length) return `one too many: ${positionals.at(-1)}`;
  if (isNamed) return undefined;
  const needed = named.filter((name) => flags[name]?.demandOption === true);
  return positionals.length < needed.length ? `${needed.at(-1)} is missing` : undefined;
}

function findFlag(flags: Readonly<Record<string, Flag>>, name: string): Flag | undefined {
  return Object.entries(flags).find(([called, { alias }]) => {
    const shorts = called === 'config' ? ['c'] : called === 'env' ? ['e'] : [];
    return [called, ...shorts, ...(alias === undefined ? [] : [alias].flat())].includes(name);
  })?.[1];
}

/** In a block as it is typed, or named in a sentence; comments and what follows a pipe stay out. */
function commandsIn(text: string): string[] {
  const lines = [...text.matchAll(/(^ {4})?(?:npx )wrangler ([^`\n]+)/gm)];
  return lines.map(([, block, line = '']) => {
    const command = line.replace(/\s+[|;&#].*$/, '').trim();
    return block === undefined ? `${command} ${NAMED}` : command;
  });
}

/** A sentence names a command: what it would be given is not there. */
const NAMED = '…';

const FILES = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((file) => `docs/${file}`)];
const WRITTEN = FILES.filter((file) => file.endsWith('.md')).flatMap((file) =>
  commandsIn(readFileSync(join(ROOT, file), 'utf8')).map((command) => [file, command] as const),
);

function planned(gradual?: number): string[] {
  const target = readTarget(ROOT, 'production', 'given-name');
  if (!target.ok) throw new Error(target.failure.code);
  const wish = { models: ['a'], secretsHere: new Set<string>(), sendSecrets: true };
  const domain = gradual === undefined ? { domain: 'auk.example.com' } : { gradual };
  const steps = planDeployment(target.value, undefined, { ...wish, ...domain });
  const lines = steps.flatMap(({ commands }) => commands.flatMap((c) => showCommand(c)));
  return lines.flatMap((line) => commandsIn(`    ${line}`));
}

describe('commands of wrangler', () => {
  it('are found in the documents', () => {
    expect(WRITTEN.length).toBeGreaterThan(20);
    expect(WRITTEN.filter(([file]) => file === 'docs/deploy.md').length).toBeGreaterThan(10);
  });

  it.each(WRITTEN)('%s: wrangler %s', (_file, command) => {
    expect(findFault(command)).toBeUndefined();
  });

  it.each([...planned(), ...planned(10)])('the plan: wrangler %s', (command) => {
    expect(findFault(command)).toBeUndefined();
  });

  it.each([
    ['deploi', 'no command: deploi'],
    ['r2 bucket', 'no command: r2 bucket'],
    ['r2 bucket create', 'name is missing'],
    ['queues create a b', 'one too many: b'],
    ['d1 list --jsn', 'no flag --jsn'],
    ['deploy --env production --secret-file x', 'no flag --secret-file'],
  ])('a wrong one is found: %s', (command, fault) => {
    expect(findFault(command)).toBe(fault);
  });
});

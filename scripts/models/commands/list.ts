import { defineCommand } from 'citty';
import type { CatalogueEntry } from '../../../src/model/card.ts';
import { textTable } from '../../text-table.ts';
import { type LocalState, listOwnModels, readLocalState } from '../add/local-state.ts';
import { readCatalogue } from '../catalogue.ts';
import { JSON_ARGUMENT } from './arguments.ts';
import { printResult } from './outcome.ts';
import { CACHE } from './paths.ts';

export const list = defineCommand({
  meta: { name: 'list', description: 'Models that can be added, and those that were' },
  args: {
    pattern: { type: 'positional', required: false, description: 'Names, with * and ?' },
    json: JSON_ARGUMENT,
  },
  run({ args }) {
    const matches = toMatcher(args.pattern ?? '*');
    const entries = new Map(readCatalogue().map((entry) => [entry.name, entry]));
    const names = new Set([...entries.keys(), ...listOwnModels(CACHE)]);
    const found = [...names].filter(matches).map((name) => {
      return { name, entry: entries.get(name), local: readLocalState(CACHE, name) };
    });
    const rows = found.map(({ name, entry, local }) => [name, ...cells(entry), stateOf(local)]);
    const head = ['model', 'classes', 'input', 'parameters', 'top-1', 'here'];
    const text = found.length === 0 ? `no model is called ${args.pattern}` : textTable(head, rows);
    printResult(args.json, found, text);
    if (found.length === 0) process.exitCode = 1;
  },
});

function cells(entry: CatalogueEntry | undefined): readonly string[] {
  if (entry === undefined) return ['', '', '', ''];
  const { classes, input, computed, published } = entry;
  const top1 = published === undefined ? '' : `${published.top1_percent.toFixed(2)} %`;
  const parameters = `${(computed.parameters / 1e6).toFixed(2)} M`;
  return [`${classes}`, `${input.height} x ${input.width}`, parameters, top1];
}

function stateOf({ embedded, ready, int8, fp32, checkpoint, partial }: LocalState): string {
  const state = [
    [embedded, 'embedded'],
    [ready, 'added'],
    [int8, 'int8'],
    [fp32, 'fp32'],
    [checkpoint, 'checkpoint'],
    [partial, 'half a checkpoint'],
  ] as const;
  return state
    .filter(([there]) => Boolean(there))
    .map(([, word]) => word)
    .join(', ');
}

/** `*` is any text, `?` any character; all else stands for itself. */
export function toMatcher(pattern: string): (name: string) => boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  const expression = new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
  return (name) => expression.test(name);
}

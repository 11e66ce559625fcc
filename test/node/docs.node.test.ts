import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROBLEMS } from '../../src/http/problem.ts';
import { DOCUMENTS } from './documents.ts';
import { ROOT } from './workers.ts';

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

describe('docs/errors.md', () => {
  const sections = read('docs/errors.md').split('\n### ').slice(1);
  const explained = new Map(sections.map((s) => [s.split('\n')[0], s.split('\n')[1] ?? '']));

  it.each(Object.entries(PROBLEMS))('explains %s with its status', (code, { status }) => {
    expect(explained.get(code)).toMatch(new RegExp(`^${status}\\. .{10,}`));
  });

  it('explains nothing that does not exist', () => {
    expect([...explained.keys()].filter((code) => !Object.hasOwn(PROBLEMS, String(code)))).toEqual(
      [],
    );
  });
});

describe('links in the documents', () => {
  const links = DOCUMENTS.flatMap((file) =>
    [...read(file).matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(#[^)\s]+)?\)/g)].map(
      (match) => [file, match[1] ?? '', match[2] ?? ''] as const,
    ),
  );

  it.each(links)('%s links to %s%s', (file, path, anchor) => {
    const target = path === '' ? file : join(dirname(file), path);
    expect(existsSync(join(ROOT, target)), `${target} is not there`).toBe(true);
    if (anchor === '') return;
    const anchors = read(target)
      .split('\n')
      .filter((line) => line.startsWith('#'))
      .map(
        (line) =>
          `#${line
            .replace(/^#+ /, '')
            .toLowerCase()
            .replace(/[^\w -]/g, '')
            .replaceAll(' ', '-')}`,
      );
    expect(anchors).toContain(anchor);
  });
});

describe('commands in the documents', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const commands = DOCUMENTS.flatMap((file) =>
    [...read(file).matchAll(/\bnpm run ([a-z][a-z:-]*)/g)].map((m) => [file, m[1] ?? ''] as const),
  );

  it.each(commands)('%s names npm run %s', (_file, command) => {
    expect(Object.keys(scripts)).toContain(command);
  });
});

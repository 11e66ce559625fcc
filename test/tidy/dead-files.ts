import { resolveImport } from './imports.ts';
import { isTest } from './repository.ts';
import type { Finding, SourceFile } from './source.ts';
import { ENTRIES } from './words.ts';

/**
 * Files of src that nothing which is ever started imports. A test keeps no file alive; a
 * `*.node.ts` file is what Node code and tests use in place of a Worker's module.
 */
export function checkDeadFiles(files: readonly SourceFile[]): Finding[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  // Before there is a Worker everything under src is still waiting for it.
  if (!byPath.has('src/worker.ts')) return [];
  const alive = new Set<string>();
  const waiting = files.filter((file) => isStarted(file.path)).map(({ path }) => path);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (alive.has(path)) continue;
    alive.add(path);
    for (const { specifier } of byPath.get(path)?.imports ?? []) {
      const target = resolveImport(path, specifier);
      if (target !== undefined) waiting.push(target);
    }
  }
  return files
    .filter(({ path }) => path.startsWith('src/') && !path.endsWith('.d.ts') && !isTest(path))
    .filter(({ path }) => !alive.has(path))
    .map(({ path }) => ({
      file: path,
      line: 1,
      problem: 'no entry reaches this file',
      instead: 'import it where it is needed, or delete it with its tests',
    }));
}

function isStarted(path: string): boolean {
  if (isTest(path)) return false;
  return ENTRIES.has(path) || path.startsWith('scripts/') || path.endsWith('.node.ts');
}

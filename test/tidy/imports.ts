import { dirname, join } from 'node:path/posix';
import { isTest } from './repository.ts';
import type { Grant } from './rooms.ts';
import { ROOMS, roomOf } from './rooms.ts';
import type { Finding, Import, SourceFile } from './source.ts';

/** Imports that the table of rooms does not allow, and cycles between files or rooms. */
export function checkImports(files: readonly SourceFile[]): Finding[] {
  const judged = files.filter((file) => !isTest(file.path));
  return [...judged.flatMap(checkFile), ...checkCycles(judged)];
}

function checkFile(file: SourceFile): Finding[] {
  return file.imports.flatMap((imported): Finding[] => {
    const verdict = checkImport(file.path, imported);
    return verdict === undefined ? [] : [{ file: file.path, line: imported.line, ...verdict }];
  });
}

type Verdict = Pick<Finding, 'problem' | 'instead'> | undefined;

function checkImport(path: string, imported: Import): Verdict {
  const target = resolveImport(path, imported.specifier);
  if (target === undefined) return undefined;
  const [from, to] = [roomOf(path), roomOf(target)];
  if (from !== 'test' && to === 'test') {
    return { problem: 'imports from test/', instead: 'move what it needs beside its room' };
  }
  if (from === 'scripts' || from === 'test') return undefined;
  if (to === 'scripts') {
    return { problem: 'src imports a script', instead: 'move what both need into a room of src' };
  }
  if (from === 'worker' || to === 'leaf' || from === to) return undefined;
  if (from === 'leaf') {
    return { problem: `a leaf file imports ${target}`, instead: 'keep leaf files free of imports' };
  }
  if (to === 'config' || to === 'worker') {
    return { problem: `imports ${target}`, instead: 'let worker.ts hand plain values in' };
  }
  return checkGrant(from, to, imported.typeOnly);
}

function checkGrant(from: string, to: string, typeOnly: boolean): Verdict {
  const grants: readonly Grant[] | undefined = ROOMS[from];
  if (grants === undefined) {
    return { problem: `src/${from} is no room`, instead: 'add it to the table of rooms first' };
  }
  const grant = grants.find(({ room }) => room === to);
  if (grant?.what === 'all' || (grant?.what === 'types' && typeOnly)) return undefined;
  if (grant?.what === 'types') {
    return { problem: `${from} may import only types of ${to}`, instead: 'write "import type"' };
  }
  const known = grants.map(({ room }) => room).join(', ') || 'nothing of ours';
  return {
    problem: `${from} may not import ${to} (it may import: ${known})`,
    instead: 'take it as an argument that worker.ts wires, or move the code to its room',
  };
}

/** A path from the repository's root; undefined for packages. */
export function resolveImport(from: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? join(dirname(from), specifier) : undefined;
}

/** Types count too: files that need each other's types are one idea in two files. */
function checkCycles(files: readonly SourceFile[]): Finding[] {
  const between = new Map<string, Set<string>>();
  const betweenRooms = new Map<string, Set<string>>();
  for (const file of files) {
    for (const { specifier } of file.imports) {
      const target = resolveImport(file.path, specifier);
      if (target === undefined) continue;
      addArrow(between, file.path, target);
      const [from, to] = [roomOf(file.path), roomOf(target)];
      if (from !== to) addArrow(betweenRooms, from, to);
    }
  }
  const lineOf = (cycle: readonly string[]) => findLine(files, cycle);
  return [
    ...findCycles(between).map((cycle) => ({
      ...lineOf(cycle),
      problem: `files import each other: ${[...cycle, cycle[0]].join(' -> ')}`,
      instead: 'move what they share into a third file that imports neither',
    })),
    ...findCycles(betweenRooms).map((cycle) => ({
      file: `src/${cycle[0]}`,
      line: 1,
      problem: `rooms import each other: ${[...cycle, cycle[0]].join(' -> ')}`,
      instead: 'turn one arrow round: let the inner room own the type',
    })),
  ];
}

function addArrow(graph: Map<string, Set<string>>, from: string, to: string): void {
  const targets = graph.get(from) ?? new Set();
  graph.set(from, targets.add(to));
}

function findLine(
  files: readonly SourceFile[],
  cycle: readonly string[],
): Omit<Finding, 'problem' | 'instead'> {
  const [first = '', second = first] = cycle;
  const source = files.find(({ path }) => path === first);
  const arrow = source?.imports.find((i) => resolveImport(first, i.specifier) === second);
  return { file: first, line: arrow?.line ?? 1 };
}

/** One cycle for each arrow that closes one, each found once: depth first with three colours. */
export function findCycles(graph: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const done = new Set<string>();
  const trail: string[] = [];
  const cycles: string[][] = [];
  function visit(node: string): void {
    if (done.has(node)) return;
    const at = trail.indexOf(node);
    if (at !== -1) {
      cycles.push(trail.slice(at));
      return;
    }
    trail.push(node);
    for (const next of graph.get(node) ?? []) visit(next);
    trail.pop();
    done.add(node);
  }
  for (const node of graph.keys()) visit(node);
  return cycles;
}

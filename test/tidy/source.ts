import type { Comment, Program } from 'oxc-parser';
import { parseSync } from 'oxc-parser';

/** One file of the repository as the checks see it; `path` is relative to its root, with `/`. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
  readonly program: Program;
  readonly comments: readonly Comment[];
  readonly imports: readonly Import[];
}

export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** Nothing of it is left at run time. */
  readonly typeOnly: boolean;
}

export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly problem: string;
  /** What to do about it. */
  readonly instead: string;
}

/** A node of the tree, read without its exact type: the checks look at a handful of kinds. */
export type SyntaxNode = { readonly type: string; readonly start: number; readonly end: number } & {
  readonly [field: string]: unknown;
};

export function parseSource(path: string, text: string): SourceFile {
  const { program, comments, module, errors } = parseSync(path, text, { preserveParens: false });
  const first = errors[0];
  if (first !== undefined) throw new Error(`${path} does not parse: ${first.message}`);
  const line = (start: number) => lineAt(text, start);
  const imports: Import[] = [];
  for (const found of module.staticImports) {
    const names = found.entries;
    const typeOnly = names.length > 0 && names.every((name) => name.isType);
    imports.push({ specifier: found.moduleRequest.value, line: line(found.start), typeOnly });
  }
  for (const { entries, start } of module.staticExports) {
    const specifier = entries.find((entry) => entry.moduleRequest !== null)?.moduleRequest?.value;
    if (specifier === undefined) continue;
    const typeOnly = entries.every((entry) => entry.isType);
    imports.push({ specifier, line: line(start), typeOnly });
  }
  walk(program, (node) => {
    if (node.type !== 'ImportExpression' && node.type !== 'TSImportType') return;
    const source = node.source;
    if (!isNode(source) || typeof source.value !== 'string') return;
    const typeOnly = node.type === 'TSImportType';
    imports.push({ specifier: source.value, line: line(node.start), typeOnly });
  });
  return { path, text, lines: text.split('\n'), program, comments, imports };
}

/** Depth first, parents before children; `parents` ends with the nearest. */
export function walk(
  root: unknown,
  visit: (node: SyntaxNode, parents: readonly SyntaxNode[]) => void,
): void {
  const parents: SyntaxNode[] = [];
  function enter(value: unknown): void {
    if (Array.isArray(value)) {
      for (const item of value) enter(item);
      return;
    }
    if (!isNode(value)) return;
    visit(value, parents);
    parents.push(value);
    for (const field of Object.keys(value)) enter(value[field]);
    parents.pop();
  }
  enter(root);
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

/** Counted from 1. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let i = text.indexOf('\n'); i !== -1 && i < offset; i = text.indexOf('\n', i + 1)) line++;
  return line;
}

/** One line each, sorted by place: what a failing test prints. */
export function toReport(findings: readonly Finding[]): string[] {
  return findings
    .toSorted((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1))
    .map(({ file, line, problem, instead }) => `${file}:${line}: ${problem}; ${instead}`);
}

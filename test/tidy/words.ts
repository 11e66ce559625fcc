import { isTest } from './repository.ts';
import { roomOf } from './rooms.ts';
import type { Finding, SourceFile, SyntaxNode } from './source.ts';
import { isNode, lineAt, walk } from './source.ts';

type Verdict = Pick<Finding, 'problem' | 'instead'>;

/** What stands in a file and should not: house style, 4, 5 and 7. */
export function checkWords(file: SourceFile): Finding[] {
  const findings = checkComments(file);
  if (isTest(file.path)) return findings;
  walk(file.program, (node, parents) => {
    const verdict =
      checkTypes(node) ??
      (file.path.startsWith('src/') ? checkSrc(file, node, parents) : undefined);
    if (verdict === undefined) return;
    findings.push({ file: file.path, line: lineAt(file.text, node.start), ...verdict });
  });
  return findings;
}

function checkComments(file: SourceFile): Finding[] {
  return file.comments
    .filter(({ value }) => /\b(TODO|FIXME|XXX|HACK)\b(?!.*#\d)/.test(value))
    .map(({ start }) => ({
      file: file.path,
      line: lineAt(file.text, start),
      problem: 'a TODO without an issue number',
      instead: 'do it now, or file an issue and write TODO(#12)',
    }));
}

function checkTypes(node: SyntaxNode): Verdict | undefined {
  const { type } = node;
  if (type === 'TSAnyKeyword') {
    return { problem: '"any"', instead: 'write "unknown" and narrow it' };
  }
  if (type === 'TSEnumDeclaration') {
    return { problem: 'an enum', instead: 'write a union of string literals' };
  }
  const inner = node.expression;
  if (type === 'TSAsExpression' && isNode(inner) && inner.type === 'TSAsExpression') {
    const through = inner.typeAnnotation;
    if (isNode(through) && /^TS(Unknown|Never)Keyword$/.test(through.type)) {
      return { problem: '"as unknown as"', instead: 'check the value with a type predicate' };
    }
  }
  return undefined;
}

function checkSrc(
  file: SourceFile,
  node: SyntaxNode,
  parents: readonly SyntaxNode[],
): Verdict | undefined {
  if (node.type === 'ThrowStatement') return checkThrow(node.argument, parents);
  if (node.type === 'CatchClause') return checkCatch(node);
  if (/^Class(Declaration|Expression)$/.test(node.type) && extendsError(node.superClass)) {
    return { problem: 'an error class', instead: 'return a Result whose failure has a code' };
  }
  return checkAmbient(file.path, node);
}

const ASSERTIONS = new Set(['Error', 'RangeError', 'TypeError']);

/** `throw new RangeError(message)` says that we have a bug; a caught error may be passed on. */
function checkThrow(thrown: unknown, parents: readonly SyntaxNode[]): Verdict | undefined {
  if (!isNode(thrown)) return undefined;
  if (thrown.type === 'NewExpression') {
    const message = thrown.arguments;
    const known = ASSERTIONS.has(nameOf(thrown.callee));
    if (known && Array.isArray(message) && message.length > 0) return undefined;
  }
  const passedOn = thrown.type === 'Identifier' || thrown.type === 'MemberExpression';
  if (passedOn && parents.some(({ type }) => type === 'CatchClause')) return undefined;
  return {
    problem: 'throws what is no assertion',
    instead: 'return fail({ code }), or for a bug throw a RangeError, TypeError or Error(message)',
  };
}

function checkCatch(node: SyntaxNode): Verdict | undefined {
  const body = node.body;
  if (!isNode(body) || !Array.isArray(body.body) || body.body.length > 0) return undefined;
  return { problem: 'an empty catch', instead: 'return the failure, or count it and say "try"' };
}

function extendsError(superClass: unknown): boolean {
  return /Error$/.test(nameOf(superClass));
}

/** What differs from run to run is handed in by the entries, so that tests can hold it still. */
const AMBIENT = new Set([
  'Date.now',
  'performance.now',
  'Math.random',
  'crypto.randomUUID',
  'crypto.getRandomValues',
]);
const CONSOLE_FILE = 'src/telemetry/console.ts';

/** Files that a runtime starts, where the clock and randomness come from. */
export const ENTRIES: ReadonlySet<string> = new Set([
  'src/worker.ts',
  'src/engine/ort/worker.ts',
  'src/container/main.ts',
  'src/page/islands/models.tsx',
  'src/page/islands/playground.tsx',
  'src/page/islands/world.ts',
  // Rendered when the site is built.
  'src/page/pages.tsx',
  'src/page/reference/reference-page.tsx',
]);

function checkAmbient(path: string, node: SyntaxNode): Verdict | undefined {
  if (node.type === 'MemberExpression') {
    const [object, property] = [globalName(node.object), nameOf(node.property)];
    if (object === 'console' && path !== CONSOLE_FILE) {
      return { problem: 'console', instead: 'log through the Telemetry that is handed in' };
    }
    if (!AMBIENT.has(`${object}.${property}`) || ENTRIES.has(path)) return undefined;
    const room = roomOf(path);
    const instead = `let the entry hand a clock or randomness to ${room}`;
    return { problem: `${object}.${property} outside an entry`, instead };
  }
  const now = node.type === 'NewExpression' && nameOf(node.callee) === 'Date';
  if (!now || !Array.isArray(node.arguments) || node.arguments.length > 0) return undefined;
  if (ENTRIES.has(path)) return undefined;
  return { problem: 'new Date() outside an entry', instead: 'let the entry hand a clock in' };
}

/** `console` for `globalThis.console` too. */
function globalName(node: unknown): string {
  const viaGlobal = isNode(node) && /^(globalThis|self)$/.test(nameOf(node.object));
  return viaGlobal ? nameOf(node.property) : nameOf(node);
}

function nameOf(node: unknown): string {
  return isNode(node) && typeof node.name === 'string' ? node.name : '';
}

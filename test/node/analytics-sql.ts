/** What a query of Analytics Engine names: enough of its SQL to tell a slip from a column. */
export interface SqlNames {
  /** `blob1`, `double3`, … */
  readonly columns: readonly string[];
  readonly functions: readonly string[];
  readonly tables: readonly string[];
  /** Neither of these, nor a keyword, an alias, or a column that every dataset has. */
  readonly unknown: readonly string[];
}

/** Of a `SELECT` over one table, as the SQL reference has it: no JOIN, no UNION. */
const KEYWORDS: ReadonlySet<string> = new Set(
  `SELECT AS FROM WHERE AND OR NOT IN BETWEEN LIKE GROUP BY HAVING ORDER ASC DESC LIMIT
  INTERVAL SECOND MINUTE HOUR DAY FORMAT`.split(/\s+/),
);

const GIVEN: ReadonlySet<string> = new Set(['timestamp', '_sample_interval', 'index1', 'dataset']);

const TOKEN = /--[^\n]*|'(?:[^'\\]|\\.)*'|\$?[A-Za-z_][A-Za-z0-9_]*|\d+(?:\.\d+)?|\S/g;

export function readSql(text: string): SqlNames {
  const tokens = [...text.matchAll(TOKEN)]
    .map(([token]) => token)
    .filter((token) => !token.startsWith('--') && !token.startsWith("'"));
  const names = { columns: [], functions: [], tables: [], unknown: [] } as Record<string, string[]>;
  const after = (word: string) =>
    tokens.filter((_, i) => tokens[i - 1]?.toUpperCase() === word && /^\w/.test(tokens[i] ?? ''));
  const aliases = new Set(after('AS'));
  const tables = new Set(after('FROM'));
  for (const [i, token] of tokens.entries()) {
    if (!/^\$?[A-Za-z_]/.test(token) || KEYWORDS.has(token.toUpperCase()) || GIVEN.has(token))
      continue;
    if (tokens[i + 1] === '(') names.functions?.push(token);
    else if (/^(blob|double)\d+$/.test(token)) names.columns?.push(token);
    else if (tables.has(token)) names.tables?.push(token);
    else if (!aliases.has(token)) names.unknown?.push(token);
  }
  const unique = (kind: string) => [...new Set(names[kind])];
  return {
    columns: unique('columns'),
    functions: unique('functions'),
    tables: unique('tables'),
    unknown: unique('unknown'),
  };
}

/**
 * What our queries may call, of developers.cloudflare.com/analytics/analytics-engine/sql-reference
 * as read in November 2026. A real ClickHouse knows a thousand more, so it would not notice.
 */
export const FUNCTIONS: ReadonlySet<string> = new Set([
  'count',
  'sum',
  'avg',
  'min',
  'max',
  'countif',
  'sumif',
  'avgif',
  'quantileexactweighted',
  'if',
  'intdiv',
  'touint32',
  'now',
  'tostartofinterval',
  'todatetime',
]);

// Code in the documents is code: it parses, and a curl gets the answer that is printed under it.
import { spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { marked, type Token, type Tokens } from 'marked';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DOCUMENTS } from './documents.ts';
import { LARGE_MODEL, ROOT, type Service, SMALL_MODEL, startService } from './workers.ts';

interface Block {
  readonly file: string;
  /** Of a fenced block; '' of an indented one. */
  readonly language: string;
  readonly text: string;
  /** The code that follows, if it is the very next thing. */
  readonly answer: string | undefined;
}

function toBlocks(file: string): Block[] {
  const tokens = marked
    .lexer(readFileSync(join(ROOT, file), 'utf8'))
    .filter(({ type }) => type !== 'space');
  return tokens.flatMap((token, n) => {
    if (!isCode(token)) return [];
    const next = tokens[n + 1];
    const answer = next !== undefined && isCode(next) ? next.text : undefined;
    return [{ file, language: token.lang ?? '', text: token.text, answer }];
  });
}

function isCode(token: Token): token is Tokens.Code {
  return token.type === 'code';
}

const BLOCKS = DOCUMENTS.flatMap(toBlocks);
const nameOf = ({ file, text }: Block) => [file, text.split('\n')[0] ?? ''] as const;
const of = (...languages: string[]) =>
  BLOCKS.filter(({ language }) => languages.includes(language)).map(
    (block) => [...nameOf(block), block] as const,
  );

const COMMAND = /^(\$ )?(curl|npm|npx|echo|wrangler|docker|kubectl|[A-Z_]+=\S+ (curl|npm)) /;

describe('code in the documents', () => {
  it.each(of('json'))('%s: %s is JSON', (_file, _line, { text }) => {
    expect(() => JSON.parse(text)).not.toThrow();
  });

  it.each(of('js', 'ts', 'tsx'))('%s: %s is a module', (_file, _line, { text, language }) => {
    const loader = language === 'js' ? 'js' : 'tsx';
    expect(transformSync(text, { loader, format: 'esm' }).code).not.toBe('');
  });

  const shell = [...of('sh', 'bash'), ...of('').filter(([, line]) => COMMAND.test(line))];
  it.each(shell)('%s: %s is a command', (_file, _line, { text }) => {
    const { commands } = toCommands(text);
    const { status, stderr } = spawnSync('bash', ['-n'], { input: commands, encoding: 'utf8' });
    expect(status, stderr).toBe(0);
  });
});

/** With prompts ("$ "), only what stands behind them is typed, and the rest is the answer. */
function toCommands(text: string): { commands: string; printed: string | undefined } {
  if (!text.startsWith('$ ')) return { commands: text, printed: undefined };
  const [typed = '', ...printed] = text.slice(2).split('\n');
  return { commands: typed, printed: printed.length > 0 ? printed.join('\n') : undefined };
}

/** Where the documents' service answers. */
const ADDRESS = /(http:\/\/)?localhost:8787/g;
const CURLS = BLOCKS.filter(({ text }) => /\bcurl\b/.test(text) && text.match(ADDRESS) !== null);
const PYTHON = spawnSync('python3', ['--version']).status === 0;
const PROGRAMS = BLOCKS.filter(
  ({ language, text }) =>
    text.match(ADDRESS) !== null && (language === 'js' || (language === 'python' && PYTHON)),
);

describe('calls in the documents', () => {
  let service: Service;
  let folder: string;
  beforeAll(async () => {
    service = await startService({
      vars: { DEFAULT_MODEL: LARGE_MODEL },
      models: [SMALL_MODEL, LARGE_MODEL],
      jobs: true,
    });
    folder = mkdtempSync(join(tmpdir(), 'razorbill-docs-'));
    symlinkSync(join(ROOT, 'models'), join(folder, 'models'));
    copyFileSync(join(ROOT, 'models/samples/boats.jpg'), join(folder, 'photo.jpg'));
    // Eight bytes that say HEIC are all that is looked at.
    writeFileSync(join(folder, 'photo.heic'), '\0\0\0\x18ftypheic\0\0\0\0mif1heic');
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await service.close();
  });

  it('are many', () => {
    expect(CURLS.length).toBeGreaterThanOrEqual(6);
    expect(PROGRAMS.length).toBeGreaterThanOrEqual(PYTHON ? 2 : 1);
  });

  it.each(PROGRAMS.map((block) => [...nameOf(block), block] as const))(
    '%s: the program %s names the class',
    async (_file, _line, { text, language }) => {
      const program = join(folder, language === 'js' ? 'program.mjs' : 'program.py');
      writeFileSync(program, text.replaceAll(ADDRESS, service.url));
      const sent = await run(`${language === 'js' ? 'node' : 'python3'} ${program}`);
      expect(sent.code, sent.stderr).toBe(0);
      expect(sent.stdout).toMatch(/^\w.* 0\.\d+\n$/);
    },
    30_000,
  );

  it.each(CURLS.map((block) => [...nameOf(block), block] as const))(
    '%s: %s',
    async (_file, _line, { text, answer }) => {
      const { commands, printed } = toCommands(text);
      const sent = await run(commands.replaceAll(ADDRESS, service.url));
      const shown = toJson(printed ?? answer ?? '');
      expect(sent.code, sent.stderr).toBe(0);
      const received: unknown = JSON.parse(sent.stdout);
      if (shown === undefined) return expect(received).not.toHaveProperty('error');
      expect(toOutline(received)).toEqual(toOutline(shown));
    },
    30_000,
  );

  function run(command: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
    // Not spawnSync: the service answers from this process.
    const child = spawn('bash', ['-c', command], { cwd: folder });
    const text = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => {
      text.stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      text.stderr += chunk;
    });
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, ...text }));
    });
  }
});

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Digests and ids are printed cut; where an answer came from depends on who asked before. */
const VARIES = /digest|sha256|_id$|^cache$|^because$|^cpu_ms$|^usd_/;

/** Every field, with its value where that is the same each time; a score by its first digit. */
function toOutline(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toOutline);
  if (typeof value === 'number') return Number(value.toFixed(1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== 'cache_key')
      .map(([name, field]) => [name, VARIES.test(name) ? 'varies' : toOutline(field)]),
  );
}

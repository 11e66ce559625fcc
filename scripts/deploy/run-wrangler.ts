import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Ran {
  /** 0: it did what it was asked to. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What it wrote for machines (WRANGLER_OUTPUT_FILE_PATH): one JSON document a line. */
  readonly output: readonly unknown[];
}

/** Runs wrangler with these arguments. It is never asked to prompt: it has no terminal. */
export type RunWrangler = (args: readonly string[]) => Promise<Ran>;

/**
 * The wrangler that came with the packages, as a child. Workers Builds names one Worker for every
 * command of a build (WRANGLER_CI_OVERRIDE_NAME): here are two, so the name goes where it belongs
 * as an argument.
 */
export function createRunWrangler(
  cwd: string,
  settings: Readonly<Record<string, string>> = {},
): RunWrangler {
  return async function runWrangler(args) {
    const folder = mkdtempSync(join(tmpdir(), 'razorbill-wrangler-'));
    const file = join(folder, 'output.ndjson');
    const { WRANGLER_CI_OVERRIDE_NAME: _, FORCE_COLOR: __, ...own } = process.env;
    const env = { ...own, ...QUIET, ...settings, WRANGLER_OUTPUT_FILE_PATH: file };
    try {
      const ran = await run(args, cwd, env);
      return { ...ran, output: readLines(file) };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}

const QUIET = {
  NO_COLOR: '1',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_WRITE_LOGS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  // wrangler is 15 MB of JavaScript, and runs some thirty times.
  NODE_COMPILE_CACHE: join(tmpdir(), 'razorbill-compile-cache'),
};

function run(
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<Omit<Ran, 'output'>> {
  return new Promise((resolve) => {
    const shell = process.platform === 'win32';
    const child = spawn('wrangler', args, { cwd, env, shell, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.stderr += text;
    });
    child.on('error', ({ message }) => resolve({ ...said, status: 127, stderr: message }));
    child.on('close', (status) => resolve({ ...said, status: status ?? 1 }));
  });
}

function readLines(file: string): unknown[] {
  try {
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
  } catch {
    // A command that fails early, or has nothing to say, writes none.
    return [];
  }
}

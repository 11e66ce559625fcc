import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../../models/commands/paths.ts';

export interface Ended {
  readonly code: number | null;
  readonly stderr: string;
  /** What `--json` printed; undefined where nothing was. */
  readonly report: Report | undefined;
}

/** The parts of the report that tests look at. */
export interface Report {
  readonly ended: string;
  readonly pictures: number;
  readonly left: number;
  readonly requests: number;
  readonly told_to_wait: number;
  readonly models: ReadonlyArray<{
    readonly model: string;
    readonly was_warm?: boolean;
    readonly hit: number;
    readonly warmed: number;
    readonly known: number;
    readonly would_send: number;
    readonly failed: number;
    readonly done_before: number;
    readonly sent_bytes: number;
  }>;
  readonly sources: {
    readonly added: number;
    readonly again: number;
    readonly skipped: Readonly<Record<string, number>>;
    readonly failed: ReadonlyArray<{ readonly where: string; readonly why: string }>;
  };
  readonly kept: { readonly reach: string; readonly scope: string };
  readonly cost: Readonly<Record<string, number>>;
  readonly failures: ReadonlyArray<{ readonly picture: string; readonly code: string }>;
  readonly checkpoint: string | null;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export interface Surroundings {
  readonly cache: string;
  readonly stdin?: string;
  readonly key?: string;
  /** Where the local bucket is. */
  readonly state?: string;
}

/** `npm run warmup -- --json …` without npm: the real command in a process of its own. */
export function startWarmup(
  args: readonly string[],
  { cache, stdin = '', key, state = cache }: Surroundings,
): Started {
  const script = join(ROOT, 'scripts', 'warmup.ts');
  const command = ['--disable-warning=ExperimentalWarning', script, '--json', ...args];
  const places = { RAZORBILL_CACHE: cache, RAZORBILL_STATE: state, INVOKED_FROM: ROOT };
  const env = { ...process.env, ...places };
  const child = spawn(process.execPath, command, {
    cwd: ROOT,
    env: key === undefined ? env : { ...env, RAZORBILL_KEY: key },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const read = { stdout: '', stderr: '' };
  child.stdout.on('data', (piece) => {
    read.stdout += piece;
  });
  child.stderr.on('data', (piece) => {
    read.stderr += piece;
  });
  child.stdin.end(stdin);
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => {
      const report = read.stdout === '' ? undefined : (JSON.parse(read.stdout) as Report);
      resolve({ code, stderr: read.stderr, report });
    });
  });
  return { child, ended };
}

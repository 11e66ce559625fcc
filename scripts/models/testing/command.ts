import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../commands/paths.ts';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `npm run models -- …` without npm: the real command in a process of its own. */
export function startModels(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const script = join(ROOT, 'scripts', 'models.ts');
  const command = ['--disable-warning=ExperimentalWarning', script, ...args];
  const child = spawn(process.execPath, command, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const read = { stdout: '', stderr: '' };
  child.stdout.on('data', (piece) => {
    read.stdout += piece;
  });
  child.stderr.on('data', (piece) => {
    read.stderr += piece;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, ...read }));
  });
  return { child, ended };
}

export function runModels(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Ended> {
  return startModels(args, env).ended;
}

/** Kills it after so long, as a power cut would; false: it had ended by itself. */
export async function killAfter(
  ms: number,
  { child, ended }: ReturnType<typeof startModels>,
): Promise<boolean> {
  const timer = setTimeout(() => child.kill('SIGKILL'), ms);
  const { code } = await ended;
  clearTimeout(timer);
  return code === null;
}

import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './workers.ts';

/** The origin's own process, as its image runs it. */
export interface OriginProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** Exit code, once it has gone. */
  readonly ended: Promise<number>;
  readonly output: () => string;
}

export type OriginEnvironment = Readonly<Record<string, string>>;

/** Starts it on a free port; throws its output when it ends before it listens. */
export async function startOriginProcess(
  env: OriginEnvironment = {},
  folder: string = ROOT,
): Promise<OriginProcess> {
  const child = spawnOrigin(env, folder);
  let text = '';
  const port = await new Promise<number>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      text += chunk.toString();
      const listening = /"event":"listening","port":(\d+)/.exec(text)?.[1];
      if (listening !== undefined) resolve(Number(listening));
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.on('exit', (code) => reject(new Error(`the origin ended with ${code}\n${text}`)));
  });
  const ended = new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? -1)));
  return { url: `http://127.0.0.1:${port}`, child, ended, output: () => text };
}

export function spawnOrigin(env: OriginEnvironment, folder: string = ROOT): ChildProcess {
  const args = ['--disable-warning=ExperimentalWarning', join('src', 'container', 'main.ts')];
  const usual = { PORT: '0', ORIGIN_EXECUTION_PROVIDERS: 'cpu', DEFAULT_MODEL: SMALL };
  return spawn(process.execPath, args, {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', ...usual, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

const SMALL = 'resnet18_8xb16_cifar10';

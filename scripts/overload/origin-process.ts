import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Started {
  readonly url: string;
  readonly child: ChildProcess;
}

/** An origin on a free port, once it listens. The caller ends it. */
export async function startOrigin(env: Readonly<Record<string, string>>): Promise<Started> {
  const usual = { PORT: '0', ORIGIN_EXECUTION_PROVIDERS: 'cpu' };
  const args = ['--disable-warning=ExperimentalWarning', 'src/container/main.ts'];
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, ...usual, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for (let text = ''; ; ) {
    const [chunk] = await once(child.stdout, 'data');
    text += chunk;
    const port = /"event":"listening","port":(\d+)/.exec(text)?.[1];
    if (port === undefined) continue;
    child.stdout.resume();
    return { url: `http://127.0.0.1:${port}`, child };
  }
}

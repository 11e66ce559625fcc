import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { freePort } from './port.ts';
import { writeSettings } from './settings-file.ts';

export interface Server {
  /** Without a slash at the end. */
  readonly url: string;
  /** Resolves when the Worker has gone, however that came about. */
  readonly ended: Promise<number>;
  stop(): Promise<void>;
  /** As a power cut would, workerd too; for `killable` servers. */
  kill(): Promise<void>;
  /** Runs the scheduled handler, whose times workerd keeps in production only. */
  sweep(): Promise<void>;
}

export interface ServeOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** Folder of workerd's local R2, cache and D1; kept from run to run. */
  readonly state: string;
  /** Of the main Worker; wrangler.toml unless a test says otherwise. */
  readonly configPath?: string;
  /** In a process group of its own, which Ctrl-C does not reach. */
  readonly killable?: boolean;
  /** Beside those of wrangler.toml and .dev.vars, and before them. */
  readonly vars?: Readonly<Record<string, string>>;
}

const READY_WITHIN_MS = 90_000;
const POLL_MS = 100;

/** Both Workers on workerd, as production has them: the main one and onnxruntime-web's. */
export async function startServer(options: ServeOptions): Promise<Server> {
  const port = options.port === 0 ? await freePort() : options.port;
  const child = spawn(
    'wrangler',
    [
      'dev',
      ...['-c', options.configPath ?? 'wrangler.toml', '-c', 'src/engine/ort/wrangler.toml'],
      ...['--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0'],
      ...['--persist-to', options.state, '--log-level', 'info'],
      ...(options.vars === undefined || Object.keys(options.vars).length === 0
        ? []
        : ['--env-file', resolve(writeSettings(options.state, options.vars))]),
      '--show-interactive-dev-session=false',
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
      detached: options.killable === true,
    },
  );
  const ended = new Promise<number>((end) => child.on('exit', (code) => end(code ?? 0)));
  const url = `http://localhost:${port}`;
  const output = collectOutput(child);
  const failed = ended.then((code) => {
    throw new Error(`workerd ended with code ${code} before it answered\n${output()}`);
  });
  await Promise.race([waitUntilAlive(url, () => listens(output(), port)), failed]);
  failed.catch(() => undefined);
  return {
    url,
    ended,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
    async kill() {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      await ended;
    },
    async sweep() {
      await fetch(`${url}/cdn-cgi/local/scheduled?cron=*+*+*+*+*`);
    },
  };
}

/** Its own word, not an answer at the port: another server may be there that answers as well. */
function listens(output: string, port: number): boolean {
  return output.includes(`Ready on http://127.0.0.1:${port}`);
}

/** The Worker's log lines and wrangler's words: shown only when the start fails. */
function collectOutput(child: ChildProcess): () => string {
  const OUTPUT_CHARS_MAX = 8000;
  let text = '';
  const append = (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-OUTPUT_CHARS_MAX);
  };
  child.stdout?.on('data', append);
  child.stderr?.on('data', append);
  return () => text;
}

async function waitUntilAlive(url: string, ready: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadlineMs) {
    if (ready() && (await isAlive(url))) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`no answer from ${url}/livez within ${READY_WITHIN_MS / 1000} s`);
}

function isAlive(url: string): Promise<boolean> {
  return fetch(`${url}/livez`).then(
    (response) => response.ok,
    () => false,
  );
}

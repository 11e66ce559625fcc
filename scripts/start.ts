// `npm start`: the Worker on this machine. Without files it classifies a bundled photograph, shows
// the call that does the same and keeps serving; with files it classifies those and exits.
import { readFile } from 'node:fs/promises';
import { basename, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { ProblemAnswer } from '../src/http/openapi/answers/problem.ts';
import { type ClassifyQuery, classifyBytes, createClient } from '../src/http/openapi/client.ts';
import { migrateLocal } from './migrate.ts';
import { STATE } from './models/commands/paths.ts';
import { offerModel } from './models/offer-model.ts';
import { portProblem } from './port.ts';
import { seedModels } from './seed.ts';
import type { Server } from './serve.ts';
import { startServer } from './serve.ts';
import { toTable } from './table.ts';
import { demoVars } from './webhook/demo.ts';

const HELP = `Usage: npm start [-- [options] [photo ...]]

  --port N       port to serve on (default 8787; with photos any free one)
  --model NAME   model to ask (default: the Worker's own); one that isn't there is offered
  --top-k N      labels a picture (default 5)
  --json         answers as JSON lines on stdout, nothing else there
  --help`;

const SAMPLE = 'models/samples/coffee.png';
const DEFAULT_PORT = 8787;
const SWEEP_EVERY_MS = 60_000;

interface Wish {
  readonly files: readonly string[];
  readonly json: boolean;
  readonly port: number;
  readonly query: ClassifyQuery;
  readonly model: string | undefined;
}

function readArguments(): Wish | undefined {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        port: { type: 'string' },
        model: { type: 'string' },
        'top-k': { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(HELP);
      process.exit(0);
    }
    const port = Number(values.port ?? (positionals.length > 0 ? 0 : DEFAULT_PORT));
    if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error('--port is no port');
    const { model, json, 'top-k': topK } = values;
    const query = { ...(model !== undefined && { model }), ...(topK && { top_k: topK }) };
    // npm runs scripts in the project's folder; names are meant from where the user stands.
    const from = process.env.INVOKED_FROM ?? process.cwd();
    const files = positionals.map((file) => resolve(from, file));
    return { files, json, port, query, model };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
    return undefined;
  }
}

async function main(wish: Wish): Promise<number> {
  const problem = wish.port === 0 ? undefined : await portProblem(wish.port);
  if (problem !== undefined) {
    console.error(problem);
    return 2;
  }
  await seedModels({ configPath: 'wrangler.toml', persistPath: STATE, modelsDir: 'models' });
  if (wish.model !== undefined && !(await offerModel(wish.model))) return 2;
  await migrateLocal('wrangler.toml', STATE);
  const demo = demoVars(STATE);
  const server = await startServer({ port: wish.port, state: STATE, vars: demo });
  process.once('SIGINT', () => void server.stop());
  process.once('SIGTERM', () => void server.stop());
  // workerd keeps no times on a laptop, and its queues forget when it ends: without the sweep,
  // what was under way then would wait for ever.
  const trySweep = () => void server.sweep().catch(() => undefined);
  trySweep();
  setInterval(trySweep, SWEEP_EVERY_MS).unref();
  const hint = 'WEBHOOK_SOURCES' in demo ? WEBHOOK_HINT : '';
  if (wish.files.length === 0) return serve(server, wish, hint);
  let failures = 0;
  for (const file of wish.files) if (!(await classifyFile(server, file, wish))) failures += 1;
  await server.stop();
  return failures === 0 ? 0 : 1;
}

const WEBHOOK_HINT = `
As an event, with a signed callback (each in a terminal of its own):

  npm run webhook -- listen
  npm run webhook -- send ${SAMPLE}
`;

/** Serves until the process is told to end: so it is meant to end, and that counts as success. */
async function serve(server: Server, wish: Wish, hint: string): Promise<number> {
  await classifyFile(server, resolve(SAMPLE), wish);
  console.log(`
The same over HTTP:

  curl --data-binary @${SAMPLE} ${server.url}/v1/classify
${hint}
Serving on ${server.url} (Ctrl-C ends it)`);
  await server.ended;
  return 0;
}

async function classifyFile(server: Server, file: string, wish: Wish): Promise<boolean> {
  const name = relative(process.cwd(), file).startsWith('..')
    ? basename(file)
    : relative('.', file);
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => error);
  if (bytes instanceof Error) {
    console.error(`${name}: cannot be read (${bytes.code ?? bytes.message})`);
    return false;
  }
  const client = createClient(server.url);
  const outcome = await classifyBytes(client, new Uint8Array(bytes), wish.query);
  if (wish.json) console.log(outcome.text);
  else if (outcome.ok) console.log(toTable(name, outcome.answer));
  if (!outcome.ok) console.error(`${name}: ${describe(outcome.problem)}`);
  return outcome.ok;
}

function describe({ title, detail, code }: ProblemAnswer): string {
  return [title, detail, `(${code})`].filter(Boolean).join(' ');
}

const wish = readArguments();
process.exit(wish === undefined ? 2 : await main(wish));

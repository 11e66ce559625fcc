import { mkdirSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { defineCommand } from 'citty';
import { INBOUND_BODY_BYTES_MAX } from '../../src/webhook/limits.ts';
import { STATE } from '../models/commands/paths.ts';
import { SECRET } from './arguments.ts';
import { LISTEN_PORT, readDemoSecrets } from './demo.ts';
import { Mistake, telling } from './mistake.ts';
import { type Outcome, toOutcomeText } from './print.ts';
import { formatSavedRequest, type SavedRequest } from './saved-request.ts';
import { judge } from './verify.ts';

export const listen = defineCommand({
  meta: { name: 'listen', description: 'Receive callbacks here and print them' },
  args: {
    port: { type: 'string', default: String(LISTEN_PORT), description: 'Port on 127.0.0.1' },
    secret: SECRET,
    status: {
      type: 'string',
      default: '204',
      description: 'What to answer: 503 shows retries, 410 disables the callback',
    },
    save: { type: 'string', description: 'Folder for the requests, as `verify` reads them' },
    json: { type: 'boolean', default: false, description: 'Bodies as JSON lines, nothing else' },
  },
  run: telling(async ({ args }) => {
    const secret = args.secret ?? readDemoSecrets(STATE)?.callback;
    if (secret === undefined) {
      throw new Mistake('no secret: run `npm start` once, or name one with --secret');
    }
    const folder = args.save && resolve(process.env.INVOKED_FROM ?? '.', args.save);
    if (folder) mkdirSync(folder, { recursive: true });
    const status = Number(args.status);
    let received = 0;
    const server = createServer(async (request, response) => {
      const saved = await readRequest(request);
      const verdict = await judge('standard', secret.split(/[\s,]+/), saved, Date.now() / 1000);
      received += 1;
      if (folder) {
        const file = join(folder, `${String(received).padStart(4, '0')}.http`);
        writeFileSync(file, formatSavedRequest(request.url ?? '/', saved));
      }
      const text = Buffer.from(saved.body).toString('utf8');
      console.log(args.json ? text : describe(request, verdict, text));
      // Who cannot prove itself is told so, as any receiver should.
      response.writeHead(verdict.startsWith('ok') ? status : 401).end();
    });
    server.listen(Number(args.port), '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      console.error(`Callbacks to http://127.0.0.1:${port}/ are printed here (Ctrl-C ends it)`);
    });
    await new Promise((_end, broken) => {
      server.on('error', () => broken(new Mistake(`port ${args.port} is in use already`)));
    });
  }),
});

async function readRequest(request: IncomingMessage): Promise<SavedRequest> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > INBOUND_BODY_BYTES_MAX) break;
    chunks.push(chunk);
  }
  const { rawHeaders } = request;
  const headers = Array.from(
    { length: rawHeaders.length / 2 },
    (_, i) => [rawHeaders[2 * i] ?? '', rawHeaders[2 * i + 1] ?? ''] as const,
  );
  return { headers, body: new Uint8Array(Buffer.concat(chunks)) };
}

interface Body {
  readonly type?: string;
  readonly data?: Partial<Outcome> & {
    readonly job?: string;
    readonly metadata?: unknown;
    readonly image?: { readonly reference: string };
  };
}

function describe(request: IncomingMessage, verdict: string, text: string): string {
  const id = request.headers['webhook-id'] ?? 'no id';
  const at = new Date().toISOString().slice(11, 19);
  const { type = 'no type', data } = parse(text);
  const head = `${at}  ${type}  signature ${verdict}\n          ${id}`;
  if (data?.image === undefined) return `${head}\n${text}\n`;
  const { image, job, metadata, answer, failure } = data;
  const outcome = { ...image, ...(answer && { answer }), ...(failure && { failure }) };
  return `${head}  ${job}  ${JSON.stringify(metadata)}\n${toOutcomeText(outcome)}\n`;
}

function parse(text: string): Body {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return {};
  }
}

// A sender, a receiver and a server of pictures around a real Worker with a clock to be set.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { Server } from '../../scripts/serve.ts';
import { makeClockedWorker } from './clocked-worker.ts';
import { readSample } from './workers.ts';

export const IN_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
export const OUT_SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;

export interface Heard {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly status: number;
  /** Real time. */
  readonly atMs: number;
}

export interface JobDocument {
  readonly id: string;
  readonly state: string;
  readonly cause?: string;
  readonly duplicates: number;
  readonly other_bodies: number;
  readonly tries: number;
  readonly images: ReadonlyArray<{
    readonly status?: string;
    readonly sha256?: string;
    readonly answer?: { readonly pred_class: string };
    readonly failure?: { readonly code: string };
  }>;
  readonly callbacks: ReadonlyArray<{
    readonly id: string;
    readonly state: string;
    readonly next?: string;
    readonly attempts: ReadonlyArray<{
      readonly attempt: number;
      readonly at: string;
      readonly outcome: string;
      readonly status?: number;
      readonly ms?: number;
    }>;
  }>;
}

/** What a path of the server answers instead of a picture. */
export type Serve = (response: ServerResponse, path: string) => void;

export interface RigOptions {
  readonly vars?: Readonly<Record<string, string>>;
  /** Sources beside `cms`; `home` is the receiver's origin. */
  sources?(home: string): Readonly<Record<string, unknown>>;
  /** Answers of the receiver: a status, at once or later. */
  receive?(path: string, body: string): number | Promise<number>;
  /** By path; every other GET is a photograph. */
  readonly pages?: Readonly<Record<string, Serve>>;
}

export interface PostOptions {
  readonly source?: string;
  readonly secret?: string;
  /** Milliseconds of the signature's timestamp. */
  readonly atMs?: number;
  readonly query?: string;
}

const HOUR_MS = 3_600_000;
const LOOK_MS = 250;
const LOOKS_AN_HOUR = 16;
const SETTLE_LOOKS_MAX = 400;

/** Stopped, or running on ahead of this machine's. */
export type Clock = { readonly at: number } | { readonly ahead: number };

export interface Rig {
  /** A path of the Worker. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  sweep(): Promise<void>;
  /** As a power cut would, and on again; the clock is kept. */
  killAndStart(): Promise<void>;
  readonly home: string;
  readonly heard: Heard[];
  /** Requests for pictures so far. */
  pictures(): number;
  post(id: string, payload: object, options?: PostOptions): Promise<Response>;
  read(job: string): Promise<JobDocument>;
  setClock(wish: Clock): Promise<void>;
  /** The job when it is no longer queued. What is tried again later is: hours pass meanwhile. */
  settle(job: string): Promise<JobDocument>;
  close(): Promise<void>;
}

export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const heard: Heard[] = [];
  const picture = readSample('chelsea.png');
  let pictures = 0;
  const server = createServer((request, response) => {
    const { url: path = '' } = request;
    if (request.method !== 'POST') {
      pictures += 1;
      const page = options.pages?.[path.split('?')[0] ?? ''];
      if (page !== undefined) return page(response, path);
      return void response.setHeader('content-type', 'image/png').end(picture);
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const body = Buffer.concat(chunks).toString();
      const atMs = Date.now();
      const status = (await options.receive?.(path, body)) ?? 204;
      heard.push({ path, headers: request.headers, body, status, atMs });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const home = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const worker = await makeClockedWorker({
    WEBHOOK_SOURCES: JSON.stringify({ ...toSources(home), ...options.sources?.(home) }),
    TRUSTED_ORIGINS: home,
    CMS_SECRET: IN_SECRET,
    CALLBACK_SECRET: OUT_SECRET,
    ...options.vars,
  });
  let running: Server = await worker.start();
  let clock: Clock = { ahead: 0 };
  const nowMs = () => ('at' in clock ? clock.at : Date.now() + clock.ahead);
  const ask = (path: string, init?: RequestInit) => fetch(`${running.url}${path}`, init);
  async function setClock(wish: Clock): Promise<void> {
    clock = wish;
    await ask('/test/clock', { method: 'PUT', body: JSON.stringify(wish) });
  }
  async function read(job: string): Promise<JobDocument> {
    return (await (await ask(`/v1/jobs/${job}`)).json()) as JobDocument;
  }
  return {
    home,
    heard,
    fetch: ask,
    sweep: () => running.sweep(),
    async killAndStart() {
      await running.kill();
      running = await worker.start();
      await setClock(clock);
    },
    pictures: () => pictures,
    post(id, payload, { source = 'cms', secret = IN_SECRET, atMs = nowMs(), query = '' } = {}) {
      const body = JSON.stringify(payload);
      const headers = {
        'webhook-id': id,
        'webhook-timestamp': `${Math.floor(atMs / 1000)}`,
        'webhook-signature': new Webhook(secret).sign(id, new Date(atMs), body),
      };
      return ask(`/v1/webhooks/${source}${query}`, { method: 'POST', body, headers });
    },
    read,
    setClock,
    async settle(job) {
      for (let looks = 1; looks <= SETTLE_LOOKS_MAX; looks++) {
        const document = await read(job);
        if (document.state !== 'queued') return document;
        if (looks % LOOKS_AN_HOUR === 0 && 'ahead' in clock) {
          await setClock({ ahead: clock.ahead + HOUR_MS });
          await running.sweep();
        }
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
      throw new Error(`${job} is not done`);
    },
    async close() {
      await running.stop();
      worker.remove();
      server.closeAllConnections();
      server.close();
    },
  };
}

/** What a callback says, if the package finds it signed as it should be, at its own time. */
export function readEvent({ headers, body }: Heard): unknown {
  const {
    'webhook-id': id,
    'webhook-timestamp': seconds,
    'webhook-signature': signature,
  } = headers as Record<string, string>;
  // `verify` would compare with this machine's clock, which is not the Worker's.
  const signed = new Webhook(OUT_SECRET).sign(id ?? '', new Date(Number(seconds) * 1000), body);
  if (signed !== signature) throw new Error(`${id} is not signed: ${signature}`);
  return JSON.parse(body);
}

function toSources(home: string): Readonly<Record<string, unknown>> {
  return {
    cms: {
      scheme: 'standard',
      secrets: ['CMS_SECRET'],
      images: '$.images[*]',
      callback: { url: `${home}/callback`, secrets: ['CALLBACK_SECRET'] },
    },
  };
}

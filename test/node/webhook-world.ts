import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { expect } from 'vitest';
import type { Service } from './workers.ts';

export const IN_SECRET: string = secretOf(7);
/** Of a source whose sender is changing its secret. */
export const NEW_SECRET: string = secretOf(8);
export const OUT_SECRET: string = secretOf(9);
export const SECRETS: Readonly<Record<string, string>> = {
  CMS_SECRET: IN_SECRET,
  CALLBACK_SECRET: OUT_SECRET,
};

/** A callback as it arrived. */
export interface Heard {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What GET /v1/jobs/{id} says, as far as tests look at it. */
export interface JobDocument {
  readonly id: string;
  readonly state: string;
  readonly cause?: string;
  readonly last_error?: string;
  readonly tries: number;
  readonly duplicates: number;
  readonly other_bodies: number;
  readonly images: ReadonlyArray<{
    readonly status?: string;
    readonly sha256?: string;
    readonly failure?: { readonly code: string };
    readonly answer?: { readonly pred_class: string };
  }>;
  readonly callbacks: ReadonlyArray<{
    readonly id: string;
    readonly state: string;
    readonly attempts: ReadonlyArray<{ readonly outcome: string; readonly status?: number }>;
  }>;
}

/** A host of pictures and a receiver of callbacks on this machine. */
export interface Neighbour {
  /** Its origin, without a slash at the end. */
  readonly home: string;
  readonly heard: readonly Heard[];
  /** What the receiver says. */
  status: number;
  close(): void;
}

/** GET is answered by `serve`; POST is heard. */
export async function startNeighbour(
  serve: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Neighbour> {
  const heard: Heard[] = [];
  const server: Server = createServer((request, response) => {
    if (request.method === 'GET') return serve(request, response);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      heard.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(neighbour.status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const neighbour: Neighbour = {
    home: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    status: 200,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return neighbour;
}

/** Settings of a Worker whose source `cms`, with `more` of its own, calls the neighbour back. */
export function cmsSettings(home: string, more: object = {}): Record<string, string> {
  const callback = { url: `${home}/callback`, secrets: ['CALLBACK_SECRET'] };
  const images = '$.images[*]';
  const cms = { scheme: 'standard', secrets: ['CMS_SECRET'], images, callback, ...more };
  return {
    WEBHOOK_SOURCES: JSON.stringify({ cms, uploads: { scheme: 'r2', callback } }),
    TRUSTED_ORIGINS: home,
  };
}

export interface EventOptions {
  readonly secret?: string;
  /** When it says that it was signed: now unless a test says otherwise. */
  readonly at?: Date;
  readonly query?: string;
}

/** POST /v1/webhooks/cms, signed. */
export function sendEvent(
  service: Pick<Service, 'fetch'>,
  id: string,
  payload: object,
  options: EventOptions = {},
): Promise<Response> {
  const { secret = IN_SECRET, at = new Date(), query = '' } = options;
  const body = JSON.stringify(payload);
  return service.fetch(`/v1/webhooks/cms${query}`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': `${Math.floor(at.getTime() / 1000)}`,
      'webhook-signature': new Webhook(secret).sign(id, at, body),
    },
  });
}

export async function readJob(service: Pick<Service, 'fetch'>, job: string): Promise<JobDocument> {
  return (await (await service.fetch(`/v1/jobs/${job}`)).json()) as JobDocument;
}

export async function jobOf(response: Response): Promise<string> {
  expect(response.status).toBe(202);
  return ((await response.json()) as { job: string }).job;
}

/** The job once it is in this state. */
export async function awaitJob(
  service: Pick<Service, 'fetch'>,
  job: string,
  state: 'done' | 'dead' = 'done',
): Promise<JobDocument> {
  await expect
    .poll(async () => (await readJob(service, job)).state, { timeout: 50_000, interval: 200 })
    .toBe(state);
  return readJob(service, job);
}

function secretOf(fill: number): string {
  return `whsec_${Buffer.alloc(32, fill).toString('base64')}`;
}

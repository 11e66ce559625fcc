import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to one request on its way. */
export type Fault =
  | 'none'
  /** The connection ends before the server hears of it. */
  | 'reset'
  /** Half of the body reaches the server, then the connection ends. */
  | 'cut-upload'
  /** The server does it, and the answer is lost. */
  | 'lost-answer'
  /** The server says that it is busy. */
  | 'busy'
  /** It says that its caller has used up its requests for this moment. */
  | 'limited'
  /** Half of the answer's body comes back. */
  | 'cut-answer';

export interface FaultyProxy {
  readonly origin: string;
  /** Requests seen. */
  requests(): number;
  close(): Promise<void>;
}

const BUSY = '<Error><Code>SlowDown</Code><Message>Please reduce your rate</Message></Error>';

const LIMITED = JSON.stringify({ code: 'rate_limited', title: 'Too many requests', status: 429 });

/** Hands requests on to a real server; `faultOf` is asked for the n-th, from 1 on. */
export async function startFaultyProxy(
  target: string,
  faultOf: (n: number, method: string, incoming: IncomingMessage) => Fault,
): Promise<FaultyProxy> {
  let count = 0;
  const server = createServer(async (incoming, outgoing) => {
    const fault = faultOf(++count, incoming.method ?? '', incoming);
    if (fault === 'reset') return void incoming.socket.destroy();
    const body = await readBody(incoming).catch(() => undefined);
    // The client is gone.
    if (body === undefined) return;
    if (fault === 'busy') return void outgoing.writeHead(503).end(BUSY);
    if (fault === 'limited') {
      return void outgoing.writeHead(429, { 'retry-after': '0' }).end(LIMITED);
    }
    forward(target, incoming, body, outgoing, fault);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => count,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function forward(
  target: string,
  incoming: IncomingMessage,
  body: Buffer,
  outgoing: ServerResponse,
  fault: Fault,
): void {
  const { method, url, headers } = incoming;
  // The host stays as it was signed.
  const onward = request(`${target}${url}`, { method: method!, headers }, async (answer) => {
    const content = await readBody(answer).catch(() => undefined);
    if (content === undefined) return void incoming.socket.destroy();
    if (fault === 'lost-answer') return void incoming.socket.destroy();
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    if (fault !== 'cut-answer') return void outgoing.end(content);
    outgoing.write(content.subarray(0, content.length / 2), () => incoming.socket.destroy());
  });
  onward.on('error', () => incoming.socket.destroy());
  if (fault !== 'cut-upload') return void onward.end(body);
  onward.write(body.subarray(0, body.length / 2), () => onward.destroy());
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of message) pieces.push(piece);
  return Buffer.concat(pieces);
}

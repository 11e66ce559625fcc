import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What goes wrong between a Worker and its origin. `reset`: the connection breaks before an answer.
 * `hang`: no answer ever. `half`: it ends within the answer, `half_reset`: by a reset,
 * `half_chunked`: of an answer that does not say how long it is. `slow`: the answer comes byte by
 * byte, later than anyone waits. `corrupt`: bytes here and there are other ones.
 */
export type Mood =
  | 'well'
  | 'reset'
  | 'hang'
  | 'half'
  | 'half_reset'
  | 'half_chunked'
  | 'slow'
  | 'html'
  | 'nan'
  | 'corrupt'
  | 'other_picture'
  | 'busy';

export interface FaultyProxy {
  readonly url: string;
  /** Where calls go; may change between two of them. */
  target: string;
  mood: Mood;
  calls: number;
  close(): void;
}

/** Passes requests on to `target` as they are, or spoils the answer as its mood says. */
export async function startProxy(target: string): Promise<FaultyProxy> {
  const server = createServer((given, response) => void answer(given, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const proxy: FaultyProxy = {
    url: `http://127.0.0.1:${port}`,
    target,
    mood: 'well',
    calls: 0,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };

  async function answer(given: IncomingMessage, response: ServerResponse): Promise<void> {
    proxy.calls++;
    const { mood } = proxy;
    const body = await collect(given).catch(() => undefined);
    // The caller has given up already.
    if (body === undefined) return;
    if (mood === 'reset') return void given.socket.destroy();
    if (mood === 'hang') return;
    if (mood === 'html') {
      return void response.setHeader('content-type', 'text/html').end('<h1>Welcome</h1>');
    }
    if (mood === 'busy') return void response.writeHead(503, { 'retry-after': '7' }).end();
    const passed = await pass(proxy.target, given, body);
    if (passed === undefined) return void given.socket.destroy();
    const spoilt = spoil(mood, passed.body);
    const length = mood === 'half_chunked' ? {} : { 'content-length': spoilt.length };
    const { 'content-length': _length, ...headers } = passed.headers;
    response.writeHead(passed.status, { ...headers, ...length });
    if (mood.startsWith('half')) {
      const cut = () =>
        mood === 'half_reset' ? given.socket.resetAndDestroy() : given.socket.destroy();
      response.write(spoilt.subarray(0, spoilt.length / 2), cut);
    } else if (mood === 'slow') drip(response, spoilt);
    else response.end(spoilt);
  }

  return proxy;
}

interface Passed {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Undefined where nobody is there, or its connection breaks. */
function pass(target: string, given: IncomingMessage, body: Buffer): Promise<Passed | undefined> {
  return new Promise((resolve) => {
    const { method, headers } = given;
    const { host: _host, connection: _connection, ...kept } = headers;
    const sent = request(`${target}${given.url}`, { method, headers: kept }, (answer) => {
      const { statusCode: status = 502, headers: received } = answer;
      const { 'transfer-encoding': _encoding, ...rest } = received;
      collect(answer).then(
        (whole) => resolve({ status, headers: rest, body: whole }),
        () => resolve(undefined),
      );
    });
    sent.on('error', () => resolve(undefined));
    sent.end(body);
  });
}

async function collect(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function spoil(mood: Mood, body: Buffer): Buffer {
  if (mood === 'nan') return Buffer.from(`${body}`.replace(/"logits":\[/, '"logits":[1e99,'));
  if (mood === 'other_picture') {
    return Buffer.from(`${body}`.replace(/"sha256":"..../, '"sha256":"0000'));
  }
  if (mood !== 'corrupt') return body;
  const damaged = Buffer.from(body);
  for (let at = 7; at < damaged.length; at += 97) damaged[at] = 0;
  return damaged;
}

const DRIP_MS = 100;

function drip(response: ServerResponse, body: Buffer): void {
  let at = 0;
  const timer = setInterval(() => {
    if (at >= body.length || response.destroyed) return void clearInterval(timer);
    response.write(body.subarray(at, at + 1));
    at++;
  }, DRIP_MS);
  response.on('close', () => clearInterval(timer));
}

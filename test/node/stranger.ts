import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

/** A server of the kind that a caller may point us at: each path misbehaves in its own way. */
export interface Stranger {
  readonly origin: string;
  /** What it was asked, in order. */
  readonly requests: readonly IncomingMessage[];
  /** Bytes that it managed to send on endless bodies. */
  readonly sentBytes: number;
  close(): Promise<void>;
}

export const PICTURE = Uint8Array.from({ length: 5000 }, (_, i) => (i * 37) & 0xff);
const BOMB = gzipSync(new Uint8Array(64 * 1024 * 1024));
const IMAGE = { 'content-type': 'image/png' };

type Handler = (response: ServerResponse, request: IncomingMessage) => void;

function redirect(location: string): Handler {
  return (response) => response.writeHead(302, { location, 'set-cookie': 'a=b' }).end('moved');
}

function status(code: number): Handler {
  return (response) => response.writeHead(code, IMAGE).end();
}

function typed(type: string): Handler {
  return (response) => response.writeHead(200, { 'content-type': type }).end(PICTURE);
}

export async function startStranger(): Promise<Stranger> {
  const requests: IncomingMessage[] = [];
  const timers = new Set<NodeJS.Timeout>();
  let sentBytes = 0;

  const paths: Readonly<Record<string, Handler>> = {
    '/picture': (response) => response.writeHead(200, IMAGE).end(PICTURE),
    '/no-type': (response) => response.writeHead(200).end(PICTURE),
    '/octets': typed('application/octet-stream'),
    '/s3': typed('binary/octet-stream'),
    '/page': typed('text/html; charset=utf-8'),
    '/json': typed('application/json'),
    '/odd-type': typed('<script>'),
    '/empty': (response) => response.writeHead(200, IMAGE).end(),
    '/chunked': (response) => {
      response.writeHead(200, IMAGE).write(PICTURE.subarray(0, 2000));
      response.end(PICTURE.subarray(2000));
    },
    '/gzip': (response) =>
      response.writeHead(200, { ...IMAGE, 'content-encoding': 'gzip' }).end(gzipSync(PICTURE)),
    '/bomb': (response) =>
      response.writeHead(200, { ...IMAGE, 'content-encoding': 'gzip' }).end(BOMB),
    '/damaged-gzip': (response) =>
      response
        .writeHead(200, { ...IMAGE, 'content-encoding': 'gzip' })
        .end(gzipSync(PICTURE).fill(0x55, 30, 200)),
    '/declared-huge': (response) =>
      response.writeHead(200, { ...IMAGE, 'content-length': 2 ** 40 }).flushHeaders(),
    '/short': (response) => {
      response.writeHead(200, { ...IMAGE, 'content-length': PICTURE.length });
      response.write(PICTURE.subarray(0, 100), () => response.socket?.end());
    },
    '/reset': (response) => response.socket?.resetAndDestroy(),
    '/silent': () => undefined,
    '/silent-body': (response) => response.writeHead(200, IMAGE).write('x'),
    '/drip': (response) => {
      response.writeHead(200, IMAGE);
      timers.add(setInterval(() => response.write('x'), 10));
    },
    '/endless': (response) => {
      response.writeHead(200, IMAGE);
      const block = new Uint8Array(65_536);
      const send = () => {
        while (!response.destroyed && response.write(block)) sentBytes += block.length;
      };
      response.on('drain', send);
      send();
    },
    '/moved': redirect('/picture'),
    '/moved-utf8': (response) => {
      const location = Buffer.from('/巣').toString('latin1');
      response.writeHead(302, { location }).end();
    },
    '/%E5%B7%A3': typed('image/png'),
    '/moved-silent': (response) => response.writeHead(302, { location: '/picture' }).write('x'),
    '/missing-silent': (response) => response.writeHead(404).write('x'),
    '/loop': redirect('/loop'),
    '/hops': (response, request) => {
      const hop = Number(new URL(request.url ?? '', 'http://x').searchParams.get('n')) + 1;
      redirect(`/hops?n=${hop}`)(response, request);
    },
    '/to-loopback': redirect('https://127.0.0.1/picture'),
    '/to-metadata': redirect('https://169.254.169.254/latest/'),
    '/to-http': redirect('http://example.com/x.png'),
    '/to-nowhere': (response) => response.writeHead(302).end(),
    '/204': status(204),
    '/404': status(404),
    '/500': status(500),
  };

  const server = createServer((request, response) => {
    requests.push(request);
    const path = new URL(request.url ?? '/', 'http://x').pathname;
    const handle = paths[path] ?? status(404);
    response.on('error', () => response.destroy());
    handle(response, request);
  });
  const port = await listen(server);
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    get sentBytes() {
      return sentBytes;
    },
    async close() {
      for (const timer of timers) clearInterval(timer);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

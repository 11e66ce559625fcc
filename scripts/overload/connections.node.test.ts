import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createRawServer } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createConnections } from './connections.ts';

const BODY = new Uint8Array([1, 2, 3]);
const seen: Array<{ readonly method: string; readonly body: string; readonly port: number }> = [];

const ANSWERS: Readonly<Record<string, (response: ServerResponse) => void>> = {
  '/good': (response) => response.end('four'),
  '/empty': (response) => response.writeHead(204, { 'content-length': 0 }).end(),
  '/busy': (response) => response.writeHead(503, { 'Retry-After': '1' }).end('busy'),
  '/long': (response) => response.end('x'.repeat(300_000)),
  '/chunks': (response) => {
    response.write('a first part');
    setTimeout(() => response.end('and the last'), 20);
  },
  '/last': (response) => response.setHeader('connection', 'close').end('bye'),
  '/broken': (response) => response.destroy(),
};

const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk.toString('hex');
  seen.push({ method: `${request.method}`, body, port: Number(request.socket.remotePort) });
  ANSWERS[`${request.url}`]?.(response);
});
let url = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close().closeAllConnections());

it.each([
  ['/good', 200, false],
  ['/empty', 204, false],
  ['/busy', 503, true],
  ['/long', 200, false],
  ['/chunks', 200, false],
  ['/last', 200, false],
  ['/broken', 0, false],
] as const)('%s is %i, with Retry-After: %s, and the next is answered', async (...row) => {
  const [path, status, retryAfter] = row;
  const { ask } = createConnections();
  expect(await ask({ url: `${url}${path}`, body: BODY })).toEqual({ status, retryAfter });
  expect(seen.at(-1)).toMatchObject({ method: 'POST', body: '010203' });
  expect(await ask({ url: `${url}/good`, body: BODY })).toMatchObject({ status: 200 });
});

it('uses a connection again, and opens as many as are needed at a time', async () => {
  const { ask } = createConnections();
  const target = { url: `${url}/chunks`, body: BODY };
  const portsOf = async (count: number): Promise<Set<number>> => {
    const from = seen.length;
    await Promise.all(Array.from({ length: count }, () => ask(target)));
    return new Set(seen.slice(from).map(({ port }) => port));
  };
  const first = await portsOf(3);
  expect(first.size).toBe(3);
  expect(await portsOf(3)).toEqual(first);
});

it('where nobody listens the connection broke', async () => {
  const raw = createRawServer();
  await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve));
  const { port } = raw.address() as AddressInfo;
  await new Promise<void>((resolve) => void raw.close(() => resolve()));
  const asked = createConnections().ask({ url: `http://127.0.0.1:${port}/`, body: BODY });
  expect(await asked).toEqual({ status: 0, retryAfter: false });
});

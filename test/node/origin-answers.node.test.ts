// Every answer of the suite's origin, sent by a real server over a real socket.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/digest.ts';
import { createOrigin } from '../../src/origin/client.ts';
import { createOipDialect } from '../../src/origin/dialect-oip.ts';
import { isRetryable } from '../../src/origin/failure.ts';
import type { OriginQuestion } from '../../src/origin/origin.ts';
import { ok } from '../../src/result.ts';
import { type OriginCase, readOipSuite, toMessage } from './oip-cases.ts';
import { sharedFolder } from './workers.ts';

const folder = sharedFolder('suites/oip');
if (folder === undefined) console.error("An origin's answers: skipped, the suite is absent");
const suite = folder === undefined ? undefined : readOipSuite(folder);

const TIMEOUT_MS = 300;

describe.skipIf(suite === undefined)('the answers of an origin', () => {
  let given: OriginCase | undefined;

  function answer(response: ServerResponse): void {
    if (given?.error === 'timeout' || suite === undefined) return;
    if (given?.error === 'connection_reset') return void response.socket?.resetAndDestroy();
    const { status = 500, headers = [], body } = given?.response ?? {};
    const message = toMessage(body, suite);
    for (const [name, value] of headers) response.setHeader(name, value);
    if (message.headerLength !== null) {
      response.setHeader('inference-header-content-length', message.headerLength);
    }
    response.writeHead(status).end(message.body);
  }

  const server = createServer((request, response) => {
    request.resume().on('end', () => answer(response));
  });
  let url = '';

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  function addressOf({ error }: OriginCase): string {
    if (error === 'dns') return 'http://no-such-host.invalid';
    // TLS spoken to a server that has none.
    if (error === 'tls') return url.replace('http:', 'https:');
    return url;
  }

  it.each((suite?.origin ?? []).map((c) => [`${c.id} ${c.title}`, c] as const))(
    '%s',
    async (_name, origin) => {
      given = origin;
      const digest = await sha256(Uint8Array.of(1));
      const data = Float32Array.from(suite?.tensors.a?.data ?? []);
      const question: OriginQuestion = {
        model: 'tiny',
        graph: digest,
        classes: 5,
        picture: { bytes: Uint8Array.of(1), sha256: digest },
        tensor: async () => ok({ data, shape: [1, 3, 8, 8] }),
        deadlineMsEpoch: Date.now() + 5000,
      };
      const client = createOrigin({
        dialect: createOipDialect({
          url: addressOf(origin),
          auth: { scheme: 'none' },
          fetch,
          clock: Date.now,
          newId: () => 'edge-1',
          input: 'input',
          output: 'logits',
        }),
        clock: Date.now,
        random: Math.random,
        attemptMsMax: TIMEOUT_MS,
        hedging: false,
      });
      const answered = await client.ask(question);
      const { verdict, logits = [], reason, retryable } = origin.expect;
      if (verdict === 'ok') {
        const scores = Float32Array.from(logits);
        expect(answered).toEqual(ok({ scores, engine: 'oip' }));
      } else {
        expect(answered).toMatchObject({ ok: false, failure: { code: reason } });
        if (!answered.ok) expect(isRetryable(answered.failure)).toBe(retryable);
        expect(JSON.stringify(answered)).not.toContain('secret detail');
      }
    },
  );
});

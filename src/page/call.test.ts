import { describe, expect, it } from 'vitest';
import { createService, type Network } from './call.ts';

const PICTURE = new Blob(['picture']);

function answering(respond: (path: string, init: RequestInit) => Response | undefined): {
  readonly network: Network;
  readonly asked: Array<{ path: string; init: RequestInit }>;
} {
  const asked: Array<{ path: string; init: RequestInit }> = [];
  let nowMs = 0;
  const network: Network = {
    async fetch(path, init) {
      asked.push({ path, init });
      nowMs += 42;
      const response = respond(path, init);
      if (response === undefined) throw new TypeError('Failed to fetch');
      return response;
    },
    online: () => false,
    clock: () => nowMs,
  };
  return { network, asked };
}

const ask = (network: Network, key = '', afresh = false) =>
  createService(network).classify({ picture: PICTURE, model: 'auk', afresh }, key);

describe('a call of the page', () => {
  it('sends the picture as it is, and says how long the answer took', async () => {
    const { network, asked } = answering(() => Response.json({ model: 'auk' }));
    expect(await ask(network)).toEqual({
      ok: true,
      value: { answer: { model: 'auk' }, tookMs: 42 },
    });
    expect(asked[0]?.path).toBe('/v1/classify?model=auk&top_k=5');
    expect(asked[0]?.init).toEqual({ method: 'POST', body: PICTURE, headers: {} });
  });

  it('sends a key, and the wish for a new answer', async () => {
    const { network, asked } = answering(() => Response.json({}));
    await ask(network, 'secret', true);
    expect(asked[0]?.init.headers).toEqual({
      authorization: 'Bearer secret',
      'cache-control': 'no-cache',
    });
  });

  it('hands a problem on, with the wait that the service asks for', async () => {
    const problem = { title: 'Busy', status: 503, code: 'overloaded' };
    const headers = { 'retry-after': '3' };
    const { network } = answering(() => Response.json(problem, { status: 503, headers }));
    expect(await ask(network)).toEqual({
      ok: false,
      failure: { kind: 'problem', problem, retryAfterSeconds: 3 },
    });
  });

  it.each(['<h1>Bad gateway</h1>', '{"error": 1}', 'null'])(
    'makes a problem of an answer that is not ours: %s',
    async (body) => {
      const { network } = answering(() => new Response(body, { status: 502 }));
      const answer = await ask(network);
      expect(answer.ok ? undefined : answer.failure).toMatchObject({
        problem: { status: 502, code: 'http_502' },
      });
    },
  );

  it('knows being offline from a service that is away', async () => {
    const { network } = answering(() => undefined);
    expect(await ask(network)).toEqual({ ok: false, failure: { kind: 'offline' } });
    const answer = await ask({ ...network, online: () => true });
    expect(answer).toEqual({ ok: false, failure: { kind: 'unreachable' } });
  });
});

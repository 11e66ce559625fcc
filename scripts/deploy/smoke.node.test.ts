import { describe, expect, it } from 'vitest';
import { READY_TRIES_MAX, READY_WAIT_MS } from './limits.ts';
import { runSmokeTest, type SmokeTest } from './smoke.ts';

const PICTURE = new Uint8Array([1, 2, 3]);
const ANSWER = { pred_class: 'espresso', pred_score: 0.9961 };

interface Asked {
  readonly path: string;
  readonly key: string | null;
  readonly version: string | null;
}

/** Answers as a Worker would; what was asked is kept. */
function testOf(
  answer: (asked: Asked, nth: number) => Response | Error,
  more: Partial<SmokeTest> = {},
): { readonly test: SmokeTest; readonly asked: Asked[]; readonly slept: number[] } {
  const asked: Asked[] = [];
  const slept: number[] = [];
  const test: SmokeTest = {
    url: 'https://auk.example.com',
    picture: PICTURE,
    door: 'closed',
    key: 'rzb_first_secret',
    async fetch(url, { headers }) {
      const sent = new Headers(headers);
      const one = {
        path: new URL(url).pathname,
        key: sent.get('authorization'),
        version: sent.get('cloudflare-workers-version-overrides'),
      };
      asked.push(one);
      const answered = answer(one, asked.length);
      if (answered instanceof Error) throw answered;
      return answered;
    },
    sleep: async (ms) => void slept.push(ms),
    ...more,
  };
  return { test, asked, slept };
}

function healthy({ path, key }: Asked): Response {
  if (path === '/readyz') return Response.json({ ready: true });
  return key === null ? new Response('no', { status: 401 }) : Response.json(ANSWER);
}

describe('the smoke test', () => {
  it('looks at readiness, the closed door and one picture', async () => {
    const { test, asked } = testOf(healthy);
    expect(await runSmokeTest(test)).toEqual({ ok: true, value: { label: 'espresso, 99.6 %' } });
    expect(asked.map(({ path, key }) => [path, key])).toEqual([
      ['/readyz', null],
      ['/v1/classify', null],
      ['/v1/classify', 'Bearer rzb_first_secret'],
    ]);
  });

  it('waits for a name or a model that is not there yet', async () => {
    const { test, slept } = testOf((asked, nth) => {
      if (nth === 1) return new Error('getaddrinfo ENOTFOUND');
      return nth === 2 ? new Response('loading', { status: 503 }) : healthy(asked);
    });
    expect((await runSmokeTest(test)).ok).toBe(true);
    expect(slept).toEqual([READY_WAIT_MS, READY_WAIT_MS]);
  });

  it('gives up in the end, and says what it heard last', async () => {
    const { test, asked } = testOf(() => new Response('no model', { status: 503 }));
    expect(await runSmokeTest(test)).toEqual({
      ok: false,
      failure: { code: 'smoke_failed', asked: 'GET /readyz', got: '503 no model' },
    });
    expect(asked).toHaveLength(READY_TRIES_MAX);
  });

  it('tries no picture without a key, but the door', async () => {
    const { test, asked } = testOf(healthy, { key: undefined });
    expect(await runSmokeTest(test)).toEqual({ ok: true, value: { label: undefined } });
    expect(asked).toHaveLength(2);
  });

  it('needs no key where everybody is let in', async () => {
    const { test, asked } = testOf(({ path }) => healthy({ path, key: 'any', version: null }), {
      door: 'open',
      key: undefined,
    });
    expect(await runSmokeTest(test)).toEqual({ ok: true, value: { label: 'espresso, 99.6 %' } });
    expect(asked).toHaveLength(2);
  });

  it('asks the version that is meant', async () => {
    const { test, asked } = testOf(healthy, { version: { worker: 'razorbill-staging', id: 'v2' } });
    await runSmokeTest(test);
    for (const { version } of asked) expect(version).toBe('razorbill-staging="v2"');
  });

  const WRONG: ReadonlyArray<readonly [what: string, answer: (asked: Asked) => Response]> = [
    ['an open door', (asked) => healthy({ ...asked, key: 'any' })],
    ['a key that is refused', (asked) => healthy({ ...asked, key: null })],
    ['a page', (a) => (a.key === null ? healthy(a) : new Response('<html>'))],
    ['no label', (a) => (a.key === null ? healthy(a) : Response.json({ predictions: [] }))],
  ];

  it.each(WRONG)('finds %s', async (_what, answer) => {
    const { test } = testOf(answer);
    expect(await runSmokeTest(test)).toMatchObject({ failure: { code: 'smoke_failed' } });
  });
});

// What operators see of real requests: the whole Worker on workerd, its dataset read back.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DataPoint } from '../../src/telemetry/analytics.ts';
import { BLOBS, DOUBLES } from '../../src/telemetry/columns.ts';
import { type Body, readSample, type Service, SMALL_MODEL, startService } from './workers.ts';

const CAT = readSample('chelsea.png');
const COFFEE = readSample('coffee.png');

type Row = Readonly<Record<string, string | number>>;

function named({ blobs, doubles }: DataPoint): Row {
  return Object.fromEntries([
    ...BLOBS.map(({ fact }, i) => [fact, blobs[i] ?? '']),
    ...DOUBLES.map(({ fact }, i) => [fact, doubles[i] ?? 0]),
  ]);
}

describe('the data points of requests', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({ config: 'metered', jobs: true });
  });
  afterAll(() => service.close());

  async function points(): Promise<Row[]> {
    return ((await (await service.fetch('/test/points')).json()) as DataPoint[]).map(named);
  }

  const classify = (body: Body, headers: Record<string, string> = {}, path = '') =>
    service.fetch(`/v1/classify${path}`, { method: 'POST', body, headers });

  it('say what was computed, and what was kept', async () => {
    await classify(CAT);
    await classify(CAT);
    const [computed, kept, ...more] = await points();
    expect(more).toEqual([]);
    const both = { kind: 'request', route: '/v1/classify', method: 'POST', model: SMALL_MODEL };
    expect(computed).toMatchObject({ ...both, status: 200, pictures: 1, hits: 0, at_edge: 1 });
    expect(computed).toMatchObject({ cache: 'miss', place: 'edge', because: 'no_origin' });
    expect(computed).toMatchObject({ engine: 'simd', format: 'png', unpriced: 0 });
    expect(Number(computed?.cpu_ms)).toBeGreaterThan(10);
    expect(kept).toMatchObject({ ...both, pictures: 1, hits: 1, at_edge: 0, cpu_ms: 2 });
    expect(kept).toMatchObject({ cache: 'hit', tier: 'isolate', because: 'kept' });
  });

  it('count the pictures of one request, failed ones among them', async () => {
    const form = new FormData();
    form.append('image', new Blob([CAT]), 'a.png');
    form.append('image', new Blob([COFFEE]), 'b.png');
    form.append('image', new Blob(['no picture']), 'c.png');
    expect((await classify(form)).status).toBe(200);
    const [row] = await points();
    expect(row).toMatchObject({ pictures: 3, hits: 1, failed: 1, at_edge: 1, cache: 'mixed' });
  });

  it('carry the code of what went wrong, and the route of what was not found', async () => {
    await classify('no picture');
    await service.fetch(`/v1/results/${SMALL_MODEL}/${'0'.repeat(64)}`);
    await service.fetch('/nothing/here?key=SECRET');
    const rows = (await points()).map(({ status, code, route }) => [status, code, route]);
    expect(rows).toEqual([
      [415, 'unsupported_format', '/v1/classify'],
      [404, 'result_not_found', '/v1/results/:model/:sha256'],
      [404, 'route_not_found', '/*'],
    ]);
  });

  it('hold no hash, no key, no query and no id', async () => {
    const secret = 'rzb_secret_0123456789';
    const answer = await classify(
      COFFEE,
      { authorization: `Bearer ${secret}`, 'x-request-id': 'my-request-id' },
      `?top_k=3`,
    );
    const { image } = (await answer.json()) as { image: { sha256: string } };
    const text = JSON.stringify(await points());
    expect(text).toContain('/v1/classify');
    for (const not of [secret, image.sha256, 'top_k', 'my-request-id', '127.0.0.1']) {
      expect(text).not.toContain(not);
    }
  });

  it('are missed by nobody when the dataset is away', async () => {
    await service.fetch('/test/away', { method: 'PUT' });
    const answers = await Promise.all([classify(CAT), classify(COFFEE), classify('no picture')]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 415]);
    expect(await answers[0]?.json()).toMatchObject({ pred_class: 'cat' });
    await service.sweep();
    const told = service.logs().split('analytics_failed').length - 1;
    expect(told).toBe(1);
  });
});

describe('the dataset of wrangler.toml', () => {
  it('is bound on workerd, and requests are answered', async () => {
    const service = await startService();
    try {
      const answer = await service.fetch('/v1/classify', { method: 'POST', body: CAT });
      expect(await answer.json()).toMatchObject({ pred_class: 'cat' });
      expect(service.logs()).not.toContain('analytics_failed');
    } finally {
      await service.close();
    }
  });
});

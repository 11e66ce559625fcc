// POST /v1/models/{name}/warm on a real workerd, and what GET /v1/models says of kept answers.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publish } from '../../src/model/publish.ts';
import { createR2Objects } from '../../src/model/r2.ts';
import { readCard, readEmbedded, type Service, SMALL_MODEL, startService } from './workers.ts';

const KEY = 'a-key-of-this-test-alone';
const authorization = `Bearer ${KEY}`;

let service: Service;
beforeAll(async () => {
  const digest = createHash('sha256').update(KEY).digest('hex');
  service = await startService({
    config: 'worldwide',
    vars: { AUTH: 'required', RESULT_CACHE_R2: 'on' },
    secrets: { API_KEYS: `test:${digest}` },
  });
  const small = readEmbedded(SMALL_MODEL);
  const { cascade: _none, ...card } = small.card;
  const stages = [
    { model: SMALL_MODEL, threshold: 0.5, temperature: 1 },
    { model: 'nobody_published_this', threshold: 1, temperature: 1 },
  ];
  const climbing = { ...small, card: { ...card, name: 'climbing', cascade: { stages } } };
  expect(await publish(createR2Objects(service.models), climbing)).toMatchObject({ ok: true });
});
afterAll(() => service.close());

async function warm(model: string, headers: Record<string, string> = { authorization }) {
  const response = await service.fetch(`/v1/models/${model}/warm`, { method: 'POST', headers });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe('a model that is to be warm', () => {
  it('asks for a key', async () => {
    expect(await warm(SMALL_MODEL, {})).toMatchObject({ status: 401 });
  });

  it('is loaded once however many ask, and says what it is', async () => {
    const all = await Promise.all(Array.from({ length: 4 }, () => warm(SMALL_MODEL)));
    const { graph } = readCard(SMALL_MODEL);
    for (const { status, body } of all) {
      expect(status).toBe(200);
      expect(body).toMatchObject({ model: SMALL_MODEL, model_digest: graph });
      // One session: 11.9 MB. Four of them would be refused at 44.
      expect(body.resident_bytes).toBeGreaterThan(10_000_000);
      expect(body.resident_bytes).toBeLessThan(14_000_000);
    }
    // Who came first waited for the load; who came late found it done.
    expect(all[0]?.body.was_warm).toBe(false);
    const again = await warm(graph);
    expect(again).toEqual({ status: 200, body: { ...all[0]?.body, was_warm: true } });
  });

  it('is the first stage where it has a cascade', async () => {
    const { status, body } = await warm('climbing');
    expect(status).toBe(200);
    expect(body).toMatchObject({ model: SMALL_MODEL, was_warm: true });
  });

  it.each([
    ['nobody_published_this', 404, 'unknown_model'],
    ['resnet152_8xb32_in1k', 404, 'model_not_added'],
    ['NOT%20A%20NAME', 400, 'bad_model_name'],
  ])('%s is refused with %i %s', async (model, status, code) => {
    expect(await warm(model)).toMatchObject({ status, body: { code } });
  });

  it('takes no other method', async () => {
    const response = await service.fetch(`/v1/models/${SMALL_MODEL}/warm`, {
      headers: { authorization },
    });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

describe('the list of models', () => {
  it('says where answers are kept, and for whom', async () => {
    const list = await service.fetch('/v1/models', { headers: { authorization } });
    expect(await list.json()).toMatchObject({
      results: { tiers: ['isolate', 'datacentre', 'worldwide'], scope: 'shared' },
    });
  });
});

// The client's types are the document's. Each `@ts-expect-error` is an error that tsc must find: if
// a wrong field compiled, `npm test` would fail before any test runs.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classifyBytes, createClient } from '../../src/http/openapi/client.ts';
import { readSample, type Service, SMALL_MODEL, startService } from './workers.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service?.close());

describe('the typed client', () => {
  it('classifies the bytes of a picture', async () => {
    const client = createClient(service.url);
    const outcome = await classifyBytes(client, readSample('boats.jpg'), {
      top_k: 2,
      logits: true,
    });
    if (!outcome.ok) return expect.unreachable();
    const { answer } = outcome;
    expect(answer.predictions.map(({ label }) => label)).toHaveLength(2);
    expect([answer.pred_class, answer.logits?.length, answer.run.place]).toEqual([
      'ship',
      10,
      'edge',
    ]);
    expect(JSON.parse(outcome.text)).toEqual(answer);
    // @ts-expect-error: an answer has no such field
    expect(answer.prediction).toBeUndefined();
    // @ts-expect-error: a score is a number
    const score: string = answer.pred_score;
    expect(score).toBeGreaterThan(0.5);
  });

  it('tells why not, by a code that this address has', async () => {
    const client = createClient(service.url);
    const response = await client.v1.classify.$post(
      { query: { model: 'nobody' } },
      { init: { body: readSample('boats.jpg') } },
    );
    if (response.status !== 404) return expect.unreachable();
    const problem = await response.json();
    expect(problem.code).toBe('unknown_model');
    // @ts-expect-error: no 404 of this address has that code
    expect(problem.code === 'job_not_found').toBe(false);
    const outcome = await classifyBytes(client, new Uint8Array([1, 2, 3]));
    expect(outcome).toMatchObject({ ok: false, problem: { code: 'unsupported_format' } });
  });

  it('reads models and probes', async () => {
    const client = createClient(service.url);
    const listed = await client.v1.models.$get();
    if (!listed.ok) return expect.unreachable();
    const { models } = await listed.json();
    expect(models.map(({ name }) => name)).toEqual([SMALL_MODEL]);
    const found = await client.v1.models[':model'].$get({ param: { model: SMALL_MODEL } });
    if (!found.ok) return expect.unreachable();
    const card = await found.json();
    expect(card.classes).toBe(10);
    // @ts-expect-error: the golden picture is left out
    expect(card.golden).toBeUndefined();
    const ready = await client.readyz.$get();
    expect((await ready.json()).status).toBe('ready');
  });

  it('takes no address, parameter or path that is not there', () => {
    const client = createClient(service.url);
    const calls = [
      // @ts-expect-error: there is no such address
      () => client.v1.clasify.$post({ query: {} }),
      // @ts-expect-error: this address takes no DELETE
      () => client.v1.models.$delete(),
      // @ts-expect-error: a misspelt parameter
      () => client.v1.classify.$post({ query: { topk: 3 } }),
      // @ts-expect-error: a parameter of another kind
      () => client.v1.classify.$post({ query: { engine: 'gpu' } }),
      // @ts-expect-error: a state that no job has
      () => client.v1.jobs.$get({ query: { state: 'lost' } }),
      // @ts-expect-error: which job?
      () => client.v1.jobs[':id'].$get({}),
    ];
    expect(calls).toHaveLength(6);
  });
});

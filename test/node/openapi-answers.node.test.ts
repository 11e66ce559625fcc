// The document cannot lie: real answers of a real Worker, each held to the schema of its route.
import { createHash } from 'node:crypto';
import type { RouteConfig } from '@hono/zod-openapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inferRequestSchema } from '../../src/http/openapi/answers/oip.ts';
import { ROUTES } from '../../src/http/openapi/api.ts';
import { callbackEventSchema } from '../../src/http/openapi/callback.ts';
import { CLASSIFIED } from '../../src/http/openapi/examples.ts';
import * as dropIns from '../../src/http/openapi/routes/drop-ins.ts';
import { explain, live, ready } from '../../src/http/openapi/routes/health.ts';
import * as jobs from '../../src/http/openapi/routes/jobs.ts';
import * as models from '../../src/http/openapi/routes/models.ts';
import * as oip from '../../src/http/openapi/routes/oip.ts';
import * as pictures from '../../src/http/openapi/routes/pictures.ts';
import { createWitness } from './documented.ts';
import {
  awaitJob,
  cmsSettings,
  jobOf,
  type Neighbour,
  SECRETS,
  sendEvent,
  startNeighbour,
} from './webhook-world.ts';
import { LARGE_MODEL, readSample, type Service, SMALL_MODEL, startService } from './workers.ts';

const BOATS = readSample('boats.jpg');
const DIGEST = createHash('sha256').update(BOATS).digest('hex');
const witness = createWitness();

let neighbour: Neighbour;
let service: Service;
let job = '';

beforeAll(async () => {
  neighbour = await startNeighbour(({ url = '' }, response) => {
    response.setHeader('content-type', 'image/jpeg');
    response.end(url.startsWith('/text') ? 'no picture' : BOATS);
  });
  service = await startService({
    jobs: true,
    vars: cmsSettings(neighbour.home),
    secrets: SECRETS,
    models: [SMALL_MODEL, LARGE_MODEL],
  });
});

afterAll(async () => {
  await service?.close();
  neighbour?.close();
});

async function hear(route: RouteConfig, path: string, init?: RequestInit): Promise<unknown> {
  return witness.hear(route, await service.fetch(path, init));
}

function post(body: NonNullable<RequestInit['body']>, type?: string): RequestInit {
  return { method: 'POST', body, ...(type && { headers: { 'content-type': type } }) };
}

describe('answers are as the document says', () => {
  it('of the example, but for what this machine measured', async () => {
    const path = `/v1/classify?top_k=2&model=${LARGE_MODEL}`;
    const answer = await hear(pictures.classify, path, post(readSample('coffee.png')));
    expect(answer).toEqual({ ...CLASSIFIED, run: { ...CLASSIFIED.run, cost: expect.anything() } });
  });

  it('and a field more or less would be found', async () => {
    const altered = [
      { ...CLASSIFIED, surprise: 1 },
      { ...CLASSIFIED, image: {} },
    ];
    for (const body of altered) {
      await expect(witness.hear(pictures.classify, Response.json(body))).rejects.toThrow();
    }
    const created = Response.json(CLASSIFIED, { status: 201 });
    await expect(witness.hear(pictures.classify, created)).rejects.toThrow(/not described/);
  });

  it('of one picture, missed, hit and with all scores', async () => {
    await hear(pictures.classify, '/v1/classify?top_k=2', post(BOATS));
    await hear(pictures.classify, '/v1/classify?logits=true', post(BOATS));
  });

  it('of several, a bad one among them', async () => {
    const body = JSON.stringify({
      images: [{ image: Buffer.from(BOATS).toString('base64') }, { image: 'AAAA' }],
    });
    const answer = await hear(pictures.classify, '/v1/classify', post(body, 'application/json'));
    expect(answer).toMatchObject({ results: [{}, { error: { code: 'unsupported_format' } }] });
  });

  it('of a picture that is asked for before it is sent', async () => {
    await hear(pictures.classify, '/v1/classify', post(BOATS));
    const path = `/v1/results/${SMALL_MODEL}/${DIGEST}`;
    const kept = await service.fetch(path);
    const headers = { 'if-none-match': kept.headers.get('etag') ?? '' };
    await witness.hear(pictures.kept, kept);
    await hear(pictures.kept, path, { headers });
  });

  it('of models', async () => {
    await hear(models.models, '/v1/models');
    await hear(models.model, `/v1/models/${SMALL_MODEL}`);
    await hear(models.warm, `/v1/models/${SMALL_MODEL}/warm`, { method: 'POST' });
    await service.models.put('models/broken.json', new TextEncoder().encode('{}'));
    const listed = await hear(models.models, '/v1/models');
    expect(JSON.stringify(listed)).toContain('model_invalid');
  });

  it('of events and jobs', async () => {
    const images = [`${neighbour.home}/boats.jpg`, `${neighbour.home}/text.jpg`];
    const accepted = await sendEvent(service, 'first', { images });
    await witness.hear(jobs.receive, accepted.clone());
    job = await jobOf(accepted);
    await awaitJob(service, job);
    const told = async () => neighbour.heard.filter(({ body }) => body.includes(job)).length;
    await expect.poll(told, { timeout: 50_000, interval: 200 }).toBe(2);
    await hear(jobs.job, `/v1/jobs/${job}`);
    await hear(jobs.jobs, '/v1/jobs?limit=1');
    const body = { images: [`${neighbour.home}/boats.jpg`] };
    const waited = await sendEvent(service, 'waits', body, { query: '?wait=20' });
    await witness.hear(jobs.receive, waited);
    await hear(jobs.redrive, `/v1/jobs/${job}/redrive`, { method: 'POST' });
  }, 120_000);

  it('of callbacks that are sent', () => {
    const events = neighbour.heard.map(({ body }) => JSON.parse(body) as unknown);
    const types = events.map((event) => {
      const parsed = callbackEventSchema.parse(event);
      expect(parsed).toEqual(event);
      return parsed.type;
    });
    expect(new Set(types)).toEqual(new Set(['image.classified', 'image.failed']));
  });

  it('of the Open Inference Protocol', async () => {
    await hear(oip.server, '/v2');
    await hear(oip.serverLive, '/v2/health/live');
    await hear(oip.serverReady, '/v2/health/ready');
    const image = {
      name: 'image',
      datatype: 'BYTES',
      shape: [1, 1],
      data: [Buffer.from(BOATS).toString('base64')],
    };
    const classified = { name: 'logits', parameters: { classification: 3 } };
    for (const version of [false, true]) {
      const path = `/v2/models/${SMALL_MODEL}${version ? '/versions/1' : ''}`;
      await hear(version ? oip.versionMetadata : oip.metadata, path);
      await hear(version ? oip.versionReady : oip.modelReady, `${path}/ready`);
      const route = version ? oip.versionInfer : oip.infer;
      const request = { id: 'one', inputs: [image], outputs: version ? [] : [classified] };
      const sent = JSON.stringify(request);
      expect(inferRequestSchema.safeParse(request).success).toBe(true);
      await hear(route, `${path}/infer`, post(sent, 'application/json'));
    }
  });

  it('of the APIs that clients of other services know', async () => {
    const run = `/client/v4/accounts/any/ai/run/@razorbill/${SMALL_MODEL}`;
    const base64 = Buffer.from(BOATS).toString('base64');
    const inputs = JSON.stringify({ inputs: base64, parameters: { top_k: 2 } });
    const form = new FormData();
    form.append('data', new Blob([BOATS]), 'boats.jpg');
    await hear(dropIns.huggingFace, `/models/${SMALL_MODEL}`, post(inputs, 'application/json'));
    await hear(dropIns.huggingFaceDefault, '/', post(BOATS));
    await hear(dropIns.workersAi, run, post(JSON.stringify({ image: [...BOATS] })));
    await hear(dropIns.predict, `/predictions/${SMALL_MODEL}`, { method: 'POST', body: form });
    await hear(dropIns.predictVersion, `/predictions/${SMALL_MODEL}/1`, post(BOATS));
    const put = { method: 'PUT', body: BOATS };
    await hear(dropIns.predictPut, `/predictions/${SMALL_MODEL}`, put);
    await hear(dropIns.predictVersionPut, `/predictions/${SMALL_MODEL}/1.0`, put);
    await hear(dropIns.ping, '/ping');
  });

  it('of health and of codes', async () => {
    await hear(live, '/livez');
    await hear(ready, '/readyz');
    await hear(explain, '/problems/too_large');
    await hear(explain, '/problems/no_such');
  });

  const webhook = '/v1/webhooks/cms';
  const RUN = '/client/v4/accounts/any/ai/run/@razorbill/';
  it.each<[string, RouteConfig, string, RequestInit]>([
    ['no picture', pictures.classify, '/v1/classify', post('hello')],
    ['an empty body', pictures.classify, '/v1/classify', post('')],
    ['a cut picture', pictures.classify, '/v1/classify', post(BOATS.slice(0, 50_000))],
    ['a parameter', pictures.classify, '/v1/classify?topk=1', post(BOATS)],
    ['a model', pictures.classify, '/v1/classify?model=nobody', post(BOATS)],
    ['a body that is too large', pictures.classify, '/v1/classify', post(new Uint8Array(2.1e7))],
    ['a method', pictures.classify, '/v1/classify', {}],
    ['a digest', pictures.kept, `/v1/results/${SMALL_MODEL}/xyz`, {}],
    ['nothing kept', pictures.kept, `/v1/results/${SMALL_MODEL}/${'0'.repeat(64)}`, {}],
    [
      'an address',
      pictures.classify,
      '/v1/classify',
      post('{"url":"http://a"}', 'application/json'),
    ],
    ['no model', models.model, '/v1/models/nobody', {}],
    ['a path for a model', models.model, '/v1/models/%20', {}],
    ['a model not added', models.model, '/v1/models/resnet152_8xb32_in1k', {}],
    ['no job', jobs.job, '/v1/jobs/job_0', {}],
    ['a list of jobs', jobs.jobs, '/v1/jobs?limit=0', {}],
    ['no job to redrive', jobs.redrive, '/v1/jobs/job_0/redrive', { method: 'POST' }],
    ['an unsigned event', jobs.receive, webhook, post('{}')],
    ['no source', jobs.receive, '/v1/webhooks/nobody', post('{}')],
    ['no inference', oip.infer, `/v2/models/${SMALL_MODEL}/infer`, post('{}')],
    ['a model of the protocol', oip.metadata, '/v2/models/nobody', {}],
    [
      'no picture, as the hub tells it',
      dropIns.huggingFace,
      `/models/${SMALL_MODEL}`,
      post('text'),
    ],
    ['no model of the hub', dropIns.huggingFace, '/models/no/body', post(BOATS)],
    ['no picture, as Workers AI tells it', dropIns.workersAi, `${RUN}${SMALL_MODEL}`, post('text')],
    ['no model of Workers AI', dropIns.workersAi, `${RUN}nobody`, post(BOATS)],
    ['a method of Workers AI', dropIns.workersAi, `${RUN}nobody`, {}],
    ['no model of TorchServe', dropIns.predict, '/predictions/nobody', post(BOATS)],
    ['a version of TorchServe', dropIns.predictVersion, `/predictions/${SMALL_MODEL}/7`, post('')],
    ['a model to warm', models.warm, '/v1/models/nobody/warm', { method: 'POST' }],
    ['a version', oip.versionReady, `/v2/models/${SMALL_MODEL}/versions/2/ready`, {}],
  ])('of a refusal: %s', async (_name, route, path, init) => {
    const response = await service.fetch(path, init);
    expect(response.status).toBeGreaterThanOrEqual(400);
    await witness.hear(route, response);
  });

  it('and every answer that succeeds was heard', () => {
    const promised = (ROUTES as readonly RouteConfig[]).flatMap(({ operationId, responses }) =>
      Object.keys(responses)
        .filter((status) => status.startsWith('2'))
        .map((status) => `${operationId} ${status}`),
    );
    expect(promised.filter((answer) => !witness.heard.has(answer))).toEqual([]);
    expect(promised.length).toBeGreaterThan(25);
  });
});

describe('a service that asks for keys', () => {
  it('refuses as the document says, and tells the document to anybody', async () => {
    const closed = await startService({ vars: { AUTH: 'required', API_KEYS: '' } });
    try {
      const asked = await closed.fetch('/v1/models');
      expect(asked.status).toBe(401);
      await witness.hear(models.models, asked);
      await witness.hear(oip.server, await closed.fetch('/v2'));
    } finally {
      await closed.close();
    }
  });
});

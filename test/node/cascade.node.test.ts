// Cascades on a real workerd. The stages are one network under several names: what is tried here
// is who is asked, what is said of it and what is kept.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/digest.ts';
import type { ModelCard } from '../../src/model/card.ts';
import { type Publication, publish } from '../../src/model/publish.ts';
import { createR2Objects } from '../../src/model/r2.ts';
import { readEmbedded, readSample, type Service, SMALL_MODEL, startService } from './workers.ts';

interface Answer {
  readonly model: string;
  readonly model_digest: string;
  readonly pred_class: string;
  readonly run: {
    readonly cache: string;
    readonly stage?: { readonly number: number; readonly of: number; readonly confidence: number };
    readonly stage_failed?: { readonly number: number; readonly model: string; code: string };
  };
}

const BOATS = readSample('boats.jpg');
const BOATS_SHA256 = createHash('sha256').update(BOATS).digest('hex');

const small = readEmbedded(SMALL_MODEL);
type Stages = NonNullable<ModelCard['cascade']>['stages'];

function named(name: string, stages?: Stages): Publication {
  const { cascade: _none, ...card } = small.card;
  return { ...small, card: { ...card, name, ...(stages && { cascade: { stages } }) } };
}

/** Its bytes are what its digest says, and no network. */
async function withoutNetwork(name: string, change: Partial<Publication> = {}) {
  const graph = new TextEncoder().encode(`no graph: ${name}`);
  const labels = change.labels ?? small.labels;
  const card = {
    ...small.card,
    name,
    graph: await sha256(graph),
    bytes: graph.length,
    labels: labels.name,
    classes: labels.labels.length,
  };
  return { card, graph, labels };
}

/** A stage as sure as softmax lets it be: 10 classes are never below 0.1. */
const always = (model: string) => ({ model, threshold: 0.05, temperature: 1 });
const never = (model: string) => ({ model, threshold: 1, temperature: 1 });

let service: Service;
beforeAll(async () => {
  service = await startService();
  const others = { name: 'birds', labels: [{ name: 'auk' }, { name: 'gull' }] };
  const publications = [
    named('first'),
    named('last'),
    await withoutNetwork('broken'),
    await withoutNetwork('other_classes', { labels: others }),
    named('sure', [always('first'), never('last')]),
    named('unsure', [never('first'), never('last')]),
    named('half', [never('first'), never('broken')]),
    named('unheard', [never('first'), never('nobody_published_this')]),
    named('limping', [always('broken'), never('last')]),
    named('all_broken', [always('broken'), never('broken')]),
    named('mixed', [always('first'), never('other_classes')]),
    named('own', [never('first'), never('own')]),
  ];
  for (const publication of publications) {
    const published = await publish(createR2Objects(service.models), publication);
    expect(published, publication.card.name).toMatchObject({ ok: true });
  }
});
afterAll(() => service.close());

function ask(model: string, headers: Record<string, string> = {}): Promise<Response> {
  const query = `/v1/classify?model=${model}`;
  return service.fetch(query, { method: 'POST', body: BOATS, headers });
}

async function answerOf(response: Response): Promise<Answer> {
  expect(response.status, await response.clone().text()).toBe(200);
  return (await response.json()) as Answer;
}

describe('a cascade over HTTP', () => {
  it('is answered by its first stage where that is sure', async () => {
    const answer = await answerOf(await ask('sure'));
    expect(answer).toMatchObject({ model: 'first', pred_class: 'ship' });
    expect(answer.run.stage).toMatchObject({ number: 1, of: 2 });
    expect(answer.run.stage?.confidence).toBeGreaterThan(0.1);
    expect(answer.run.stage_failed).toBeUndefined();
  });

  it('is answered by its last one where none is', async () => {
    const answer = await answerOf(await ask('unsure'));
    expect(answer).toMatchObject({ model: 'last', pred_class: 'ship' });
    expect(answer.run.stage).toMatchObject({ number: 2, of: 2 });
  });

  it('may name its own card as a stage, and means the model alone', async () => {
    const answer = await answerOf(await ask('own'));
    expect(answer).toMatchObject({ model: 'own', run: { stage: { number: 2, of: 2 } } });
  });

  it('answers of the stage before where a later one fails, and keeps that for nobody', async () => {
    for (const [model, failed, code] of [
      // Refused by the engine the first time, known to be damaged from then on.
      ['half', 'broken', /^(graph_refused|model_invalid)$/],
      ['unheard', 'nobody_published_this', /^unknown_model$/],
    ] as const) {
      for (const times of ['once', 'twice']) {
        const answer = await answerOf(await ask(model));
        expect(answer, `${model} ${times}`).toMatchObject({ model: 'first', pred_class: 'ship' });
        expect(answer.run.stage).toMatchObject({ number: 1, of: 2 });
        const told = { number: 2, model: failed, code: expect.stringMatching(code) };
        expect(answer.run.stage_failed, `${model} ${times}`).toEqual(told);
      }
      const kept = await service.fetch(`/v1/results/${model}/${BOATS_SHA256}`);
      expect(kept.status).toBe(404);
    }
  });

  it('goes on where its first stage is broken, and says so', async () => {
    const { model, run } = await answerOf(await ask('limping'));
    expect(model).toBe('last');
    expect(run.stage).toMatchObject({ number: 2, of: 2 });
    expect(run.stage_failed).toMatchObject({ number: 1, model: 'broken' });
  });

  it('fails as its first stage does where all fail', async () => {
    const [alone, all] = [await ask('broken'), await ask('all_broken')];
    const codes = [await alone.json(), await all.json()].map((body) => {
      return (body as { code: string }).code;
    });
    expect(codes).toEqual(['model_invalid', 'model_invalid']);
    expect(all.status).toBe(alone.status);
  });

  it('is refused where its stages know other classes', async () => {
    const response = await ask('mixed');
    expect(response.ok).toBe(false);
    expect(await response.json()).toMatchObject({
      code: 'model_invalid',
      detail: expect.stringContaining('other_classes has 2 classes of birds'),
    });
  });
});

describe('what is kept of a cascade', () => {
  it('is hit by the same cascade, stage and all', async () => {
    const first = await answerOf(await ask('unsure', { 'cache-control': 'no-cache' }));
    const again = await answerOf(await ask('unsure'));
    expect(again.run.cache).toBe('hit');
    const { run: _first, ...body } = first;
    const { run: _again, ...same } = again;
    expect(same).toEqual(body);
    expect(again.run.stage).toEqual(first.run.stage);
    const kept = await service.fetch(`/v1/results/unsure/${BOATS_SHA256}`);
    expect(await answerOf(kept)).toEqual(body);
  });

  it('is never the answer of another cascade over the same graphs, nor of a model', async () => {
    await answerOf(await ask('sure'));
    await answerOf(await ask('unsure'));
    // All three have the same graph: only the cascade's identity tells them apart.
    for (const [model, stage] of [
      ['sure', 1],
      ['unsure', 2],
      ['last', undefined],
    ] as const) {
      const only = await answerOf(await ask(model, { 'cache-control': 'only-if-cached' }));
      expect(only.run.cache).toBe('hit');
      expect(only.run.stage?.number, model).toBe(stage);
    }
  });

  it('is not what a digest asks for: that means one graph', async () => {
    const answer = await answerOf(await ask(small.card.graph));
    expect(answer.model_digest).toBe(small.card.graph);
    expect(answer.run.stage).toBeUndefined();
  });
});

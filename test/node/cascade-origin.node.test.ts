// A cascade over two places: first stage in a real workerd, second in a real origin process.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/digest.ts';
import { type Publication, publish } from '../../src/model/publish.ts';
import { createR2Objects } from '../../src/model/r2.ts';
import { type OriginProcess, startOriginProcess } from './origin-process.ts';
import { readEmbedded, readSample, type Service, SMALL_MODEL, startService } from './workers.ts';

interface Answer {
  readonly model: string;
  readonly pred_class: string;
  readonly run: {
    readonly place: string;
    readonly because: string;
    readonly engine: string;
    readonly stage?: object;
    readonly stage_failed?: object;
  };
}

const small = readEmbedded(SMALL_MODEL);
const PHOTO = readSample('chelsea.png');

let origin: OriginProcess;
let service: Service;
beforeAll(async () => {
  origin = await startOriginProcess();
  service = await startService({ vars: { ORIGIN_URL: origin.url } });
  const never = (model: string) => ({ model, threshold: 1, temperature: 1 });
  const named = (name: string, change: object): Publication => {
    return { ...small, card: { ...small.card, name, ...change } };
  };
  const graph = new TextEncoder().encode('no graph, and not known to the origin');
  const facts = { graph: await sha256(graph), bytes: graph.length };
  const publications = [
    named('here', { placement: 'edge' }),
    named('there', { placement: 'origin' }),
    { ...named('nowhere', { placement: 'origin', ...facts }), graph },
    named('climbing', { cascade: { stages: [never('here'), never('there')] } }),
    named('falling', { cascade: { stages: [never('here'), never('nowhere')] } }),
  ];
  for (const publication of publications) {
    const published = await publish(createR2Objects(service.models), publication);
    expect(published, publication.card.name).toMatchObject({ ok: true });
  }
});
afterAll(async () => {
  await service.close();
  origin.child.kill('SIGKILL');
});

async function ask(model: string): Promise<Answer> {
  const response = await service.fetch(`/v1/classify?model=${model}`, {
    method: 'POST',
    body: PHOTO,
    headers: { 'cache-control': 'no-cache, no-store' },
  });
  expect(response.status, await response.clone().text()).toBe(200);
  return (await response.json()) as Answer;
}

describe('a cascade whose second stage is at the origin', () => {
  it('climbs from here to there, each stage where its own card says', async () => {
    const { model, pred_class, run } = await ask('climbing');
    expect([model, pred_class]).toEqual(['there', 'cat']);
    expect(run).toMatchObject({ place: 'origin', because: 'model_setting', stage: { number: 2 } });
    expect(run.engine).not.toBe((await ask('here')).run.engine);
  });

  it('answers of the stage here where neither place can run the second', async () => {
    const { model, run } = await ask('falling');
    expect(model).toBe('here');
    expect(run).toMatchObject({ place: 'edge', stage: { number: 1, of: 2 } });
    expect(run.stage_failed).toMatchObject({ number: 2, model: 'nowhere' });
  });

  it('loses no answer when the origin dies', async () => {
    origin.child.kill('SIGKILL');
    await origin.ended;
    const climbed = await ask('climbing');
    expect(climbed).toMatchObject({ model: 'there', pred_class: 'cat', run: { place: 'edge' } });
    expect(climbed.run.stage_failed).toBeUndefined();
    expect(await ask('falling')).toMatchObject({ model: 'here', run: { stage: { number: 1 } } });
  });
});

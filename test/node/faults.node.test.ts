// The fault table of docs/operations.md: a real Worker, a real origin process on native ONNX
// Runtime, and between them a proxy that misbehaves. No wrong answer, no wait beyond the deadline,
// few calls, and a breaker that opens and closes again.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OriginProcess, startOriginProcess } from './origin-process.ts';
import { type FaultyProxy, type Mood, startProxy } from './proxy.ts';
import { readSample, type Service, startService } from './workers.ts';

interface Classified {
  readonly status: number;
  readonly code?: string;
  readonly pred_label?: number;
  readonly logits?: readonly number[];
  readonly run?: { readonly place: string; readonly because: string };
}

const PHOTO = readSample('chelsea.png');
/** Of `resnet18_8xb16_cifar10` for that photograph: a cat. */
const CAT = 3;
/** The engines' rounding differs by less: see `npm run compare:origin`. */
const LOGITS_APART_MAX = 0.2;

async function classify(url: string, query = ''): Promise<Classified> {
  const response = await fetch(`${url}/v1/classify?logits=true${query}`, {
    method: 'POST',
    body: PHOTO,
    headers: { 'cache-control': 'no-cache' },
  });
  return { ...((await response.json()) as object), status: response.status };
}

let origin: OriginProcess;
let proxy: FaultyProxy;
let edge: Service;
let reference: readonly number[];

beforeAll(async () => {
  origin = await startOriginProcess();
  proxy = await startProxy(origin.url);
  edge = await startService({ vars: { ORIGIN_URL: proxy.url, ORIGIN_TIMEOUT_MS: '4000' } });
}, 60_000);

afterAll(async () => {
  await edge.close();
  proxy.close();
  origin.child.kill('SIGKILL');
  await origin.ended;
});

function expectRight(answer: Classified, what: string): void {
  expect(answer, what).toMatchObject({ status: 200, pred_label: CAT });
  expect(answer.logits).toHaveLength(reference.length);
  answer.logits?.forEach((logit, i) => {
    expect(Math.abs(logit - (reference[i] ?? Number.NaN)), what).toBeLessThan(LOGITS_APART_MAX);
  });
}

describe('an origin that is well', () => {
  it('answers while the edge is cold, and then no more', async () => {
    // The first answer is the origin's; the model loads behind it.
    const first = await classify(edge.url);
    expect(first.run).toMatchObject({ place: 'origin', because: 'cold' });
    reference = first.logits ?? [];
    await expect.poll(async () => (await classify(edge.url)).run?.because).toBe('resident');
  });
});

describe('an origin in trouble', () => {
  const MOODS: readonly Mood[] = [
    'reset',
    'half',
    'html',
    'nan',
    'corrupt',
    'other_picture',
    'busy',
  ];

  it.each(MOODS)('%s: the edge answers, rightly', async (mood) => {
    proxy.mood = mood;
    const answer = await classify(edge.url, '&engine=origin');
    proxy.mood = 'well';
    expect(answer.run, mood).toMatchObject({ place: 'edge', because: 'origin_failed' });
    expectRight(answer, mood);
    // A good one between them: five bad ones in a row are another story.
    expect((await classify(edge.url, '&engine=origin')).run?.place).toBe('origin');
  });

  it.each(['hang', 'slow'] as const)('%s: nobody waits beyond the deadline', async (mood) => {
    proxy.mood = mood;
    const began = performance.now();
    const answer = await classify(edge.url, '&engine=origin&timeout_ms=700');
    const waited = performance.now() - began;
    proxy.mood = 'well';
    expect(answer).toMatchObject({ status: 504, code: 'deadline_exceeded' });
    expect(waited).toBeGreaterThanOrEqual(690);
    expect((await classify(edge.url, '&engine=origin')).run?.place).toBe('origin');
  });
});

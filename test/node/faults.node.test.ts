// The fault table of docs/operations.md: a real Worker, a real origin process on native ONNX
// Runtime, and between them a proxy that misbehaves. No wrong answer, no wait beyond the deadline,
// few calls, and a breaker that opens and closes again.
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publish } from '../../src/model/publish.ts';
import { createR2Objects } from '../../src/model/r2.ts';
import { type OriginProcess, startOriginProcess } from './origin-process.ts';
import { type FaultyProxy, type Mood, startProxy } from './proxy.ts';
import { readEmbedded, readSample, type Service, SMALL_MODEL, startService } from './workers.ts';

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
const AWAY = 'sent-away';

async function classify(url: string, query = '', body = PHOTO): Promise<Classified> {
  const response = await fetch(`${url}/v1/classify?logits=true${query}`, {
    method: 'POST',
    body,
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
  const small = readEmbedded(SMALL_MODEL);
  const away = { ...small, card: { ...small.card, name: AWAY, placement: 'origin' as const } };
  const published = await publish(createR2Objects(edge.models), away);
  expect(published).toMatchObject({ ok: true });
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

describe('why a picture goes to the origin', () => {
  it('cold: the first picture, and not the next', async () => {
    const first = await classify(edge.url);
    expect(first.run).toMatchObject({ place: 'origin', because: 'cold' });
    reference = first.logits ?? [];
    await expect.poll(async () => (await classify(edge.url)).run?.because).toBe('resident');
    expectRight(await classify(edge.url), 'here');
  });

  it('asked, and model_setting', async () => {
    const asked = await classify(edge.url, '&engine=origin');
    expect(asked.run).toMatchObject({ place: 'origin', because: 'asked' });
    expectRight(asked, 'asked');
    // Its card is of the same graph, which the origin knows.
    const setting = await classify(edge.url, `&model=${AWAY}`);
    expect(setting.run).toMatchObject({ place: 'origin', because: 'model_setting' });
    expectRight(setting, 'model_setting');
  });

  it('picture_too_large: a WebP that no isolate decodes', async () => {
    const create = { width: 3200, height: 3200, channels: 3, background: '#a52' } as const;
    const webp = new Uint8Array(await sharp({ create }).webp({ effort: 0 }).toBuffer());
    const there = await classify(edge.url, '', webp);
    expect(there).toMatchObject({
      status: 200,
      run: { place: 'origin', because: 'picture_too_large' },
    });
    const here = await classify(edge.url, '&engine=edge', webp);
    expect(here).toMatchObject({ status: 413, code: 'too_large' });
  });

  it('busy: many at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, i) => classify(edge.url, '', withTail(i))),
    );
    for (const answer of answers) expectRight(answer, 'busy');
    expect(answers.map(({ run }) => run?.because)).toContain('busy');
  });
});

/** Bytes behind the end of a PNG: another file of the same picture. */
function withTail(tail: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array([...PHOTO, tail & 255, tail >> 8]);
}

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

// Why a picture runs where it does: every reason of src/classify/placement.ts, each met by a real
// picture sent to a real Worker with a real origin process. A reason without a case does not
// compile.
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FaultyProxy, startProxy } from '../../scripts/faults/proxy.ts';
import type { EdgeReason, OriginReason, Placement } from '../../src/classify/placement.ts';
import { isDigest } from '../../src/digest.ts';
import { randomResnet } from '../../src/engine/simd/random-model.node.ts';
import type { ModelCard } from '../../src/model/card.ts';
import { type Publication, publish } from '../../src/model/publish.ts';
import { createR2Objects } from '../../src/model/r2.ts';
import { writeOnnx } from '../../src/onnx/write.ts';
import { FAILURES_IN_A_ROW } from '../../src/origin/limits.ts';
import { writeBucketFolder } from './bucket-folder.ts';
import { type OriginProcess, startOriginProcess } from './origin-process.ts';
import { readEmbedded, readSample, type Service, SMALL_MODEL, startService } from './workers.ts';

interface Answered {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly code?: string;
  readonly pred_label?: number;
  readonly logits?: readonly number[];
  readonly run?: { readonly place: string; readonly because: string };
}

type RefuseReason = Extract<Placement, { to: 'refuse' }>['because'];
type Reason = `edge: ${EdgeReason}` | `origin: ${OriginReason}` | `refuse: ${RefuseReason}`;

const PHOTO = readSample('chelsea.png');
const CAT = 3;
const SMALL = readEmbedded(SMALL_MODEL);
const [HERE, AWAY, HUGE] = ['kept-here', 'sent-away', 'huge'] as const;
/** The engines' rounding differs by less: see `npm run compare:origin`. */
const LOGITS_APART_MAX = 0.2;

/** A ResNet of random weights whose session no isolate's budget holds: 45 MB of int8. */
function makeHuge(): Publication {
  const shape = { variant: 'cifar', style: 'pytorch', size: [32, 32], classes: 10 } as const;
  const graph = writeOnnx(randomResnet({ depth: 18, width: 128, ...shape }, 7, false));
  const digest = createHash('sha256').update(graph).digest('hex');
  if (!isDigest(digest)) throw new Error('no digest');
  return {
    ...SMALL,
    graph,
    card: { ...SMALL.card, name: HUGE, graph: digest, bytes: graph.length },
  };
}

/** The small model's graph under another card. */
function placed(name: string, placement: NonNullable<ModelCard['placement']>): Publication {
  return { ...SMALL, card: { ...SMALL.card, name, placement } };
}

let bucket: string;
let huge: Publication;
let origin: OriginProcess;
let proxy: FaultyProxy;
/** With the origin; with it and an engine that traps; without it; with it as a foreign one. */
let edge: Service;
let trapping: Service;
let alone: Service;
let foreign: Service;
let tooLarge: Uint8Array<ArrayBuffer>;
/** What the origin says of the photograph, asked without a Worker between. */
let reference: Answered;

beforeAll(async () => {
  huge = makeHuge();
  bucket = writeBucketFolder([SMALL, huge]);
  origin = await startOriginProcess({ ORIGIN_MODELS: bucket });
  proxy = await startProxy(origin.url);
  const vars = { ORIGIN_URL: proxy.url };
  [edge, trapping, alone, foreign] = await Promise.all([
    startService({ vars }),
    startService({ vars, config: 'trapping' }),
    startService(),
    startService({ vars: { ...vars, ORIGIN_DIALECT: 'oip' } }),
  ]);
  for (const one of [placed(HERE, 'edge'), placed(AWAY, 'origin'), huge]) {
    expect(await publish(createR2Objects(edge.models), one)).toMatchObject({ ok: true });
  }
  const create = { width: 3200, height: 3200, channels: 3, background: '#a52' } as const;
  tooLarge = new Uint8Array(await sharp({ create }).webp({ effort: 0 }).toBuffer());
  reference = await classify(origin);
}, 120_000);

afterAll(async () => {
  await Promise.all([edge, trapping, alone, foreign].map((service) => service.close()));
  proxy.close();
  origin.child.kill('SIGKILL');
  await origin.ended;
  rmSync(bucket, { recursive: true });
});

async function classify(to: { url: string }, query = '', body = PHOTO): Promise<Answered> {
  const response = await fetch(`${to.url}/v1/classify?logits=true${query}`, {
    method: 'POST',
    body,
    headers: { 'cache-control': 'no-cache' },
  });
  const retryAfter = response.headers.get('retry-after');
  return { ...((await response.json()) as object), status: response.status, retryAfter };
}

function expectRun(answer: Answered, reason: Reason, right: Answered = reference): void {
  const [place, because] = reason.split(': ');
  expect(answer).toMatchObject({ status: 200, run: { place, because } });
  expect(answer.pred_label).toBe(right.pred_label);
  expect(answer.logits).toHaveLength(SMALL.card.classes);
  answer.logits?.forEach((logit, i) => {
    expect(Math.abs(logit - (right.logits?.[i] ?? Number.NaN))).toBeLessThan(LOGITS_APART_MAX);
  });
}

/** How many calls the work makes to the origin. */
async function callsOf(work: () => Promise<void>): Promise<number> {
  const before = proxy.calls;
  await work();
  return proxy.calls - before;
}

async function warmUp(service: Service): Promise<void> {
  await classify(service);
  await expect.poll(async () => (await classify(service)).run?.because).not.toBe('cold');
}

async function openBreaker(): Promise<void> {
  proxy.mood = 'reset';
  for (let i = 0; i < FAILURES_IN_A_ROW; i++) await classify(edge, '&engine=origin');
  proxy.mood = 'well';
}

/** Bytes behind the end of a PNG: another file of the same picture. */
function withTail(tail: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array([...PHOTO, tail & 255, tail >> 8]);
}

// In this order: the Worker with the origin is cold at first, and its breaker is open at last.
const CASES: Readonly<Record<Reason, () => Promise<void>>> = {
  async 'origin: cold'() {
    expect(reference).toMatchObject({ status: 200, pred_label: CAT });
    expectRun(await classify(edge), 'origin: cold');
    await expect.poll(async () => (await classify(edge)).run?.because).toBe('resident');
  },
  async 'edge: resident'() {
    const calls = await callsOf(async () => expectRun(await classify(edge), 'edge: resident'));
    expect(calls).toBe(0);
  },
  async 'edge: asked'() {
    expectRun(await classify(edge, '&engine=edge'), 'edge: asked');
  },
  async 'origin: asked'() {
    expectRun(await classify(edge, '&engine=origin'), 'origin: asked');
  },
  async 'edge: model_setting'() {
    expectRun(await classify(edge, `&model=${HERE}`), 'edge: model_setting');
  },
  async 'origin: model_setting'() {
    expectRun(await classify(edge, `&model=${AWAY}`), 'origin: model_setting');
  },
  async 'origin: model_too_large'() {
    const right = await classify(origin, `&model=${HUGE}`);
    expect(new Set(right.logits).size).toBeGreaterThan(5);
    // Again and again: it never becomes resident.
    for (let i = 0; i < 2; i++) {
      expectRun(await classify(edge, `&model=${HUGE}`), 'origin: model_too_large', right);
    }
    const here = await classify(edge, `&model=${HUGE}&engine=edge`);
    expect(here).toMatchObject({ code: 'graph_refused' });
  },
  async 'origin: picture_too_large'() {
    const right = await classify(origin, '', tooLarge);
    expectRun(await classify(edge, '', tooLarge), 'origin: picture_too_large', right);
    const here = await classify(edge, '&engine=edge', tooLarge);
    expect(here).toMatchObject({ status: 413, code: 'too_large' });
  },
  async 'origin: busy'() {
    const asked = Array.from({ length: 16 }, (_, i) => classify(edge, '', withTail(i)));
    const answers = await Promise.all(asked);
    const busy = answers.filter(({ run }) => run?.because === 'busy');
    expect(busy.length).toBeGreaterThan(0);
    for (const answer of answers) expect(answer).toMatchObject({ status: 200, pred_label: CAT });
    for (const answer of busy) expectRun(answer, 'origin: busy');
  },
  async 'origin: edge_failed'() {
    let [answer, calls] = [await classify(trapping), 0];
    await expect
      .poll(async () => {
        calls = await callsOf(async () => {
          answer = await classify(trapping);
        });
        return answer.run?.because;
      })
      .toBe('edge_failed');
    expectRun(answer, 'origin: edge_failed');
    expect(calls).toBe(1);
    // What trapped is gone: the next picture finds no session, and has one loaded.
    expectRun(await classify(trapping), 'origin: cold');
  },
  async 'edge: no_origin'() {
    expectRun(await classify(alone), 'edge: no_origin');
  },
  async 'refuse: no_origin'() {
    const refused = await classify(alone, '&engine=origin');
    expect(refused).toMatchObject({ status: 400, code: 'no_origin' });
  },
  async 'edge: origin_cannot'() {
    await warmUp(foreign);
    const calls = await callsOf(async () => {
      // Its limit is told: an origin that wants pixels could not have them either.
      const refused = await classify(foreign, '', tooLarge);
      expect(refused).toMatchObject({ status: 413, code: 'too_large' });
    });
    expect(calls).toBe(0);
    expectRun(await classify(foreign, '&engine=origin'), 'origin: asked');
  },
  async 'edge: origin_failed'() {
    proxy.mood = 'reset';
    const answer = await classify(edge, '&engine=origin');
    proxy.mood = 'well';
    expectRun(answer, 'edge: origin_failed');
  },
  async 'edge: origin_resting'() {
    await openBreaker();
    const calls = await callsOf(async () => {
      expectRun(await classify(edge, '&engine=origin'), 'edge: origin_resting');
    });
    expect(calls).toBe(0);
  },
  async 'refuse: origin_resting'() {
    await openBreaker();
    const refused = await classify(edge, '', tooLarge);
    expect(refused).toMatchObject({ status: 503, code: 'origin_unavailable' });
    expect(Number(refused.retryAfter)).toBeGreaterThan(0);
  },
};

describe('a picture runs where it belongs, and the answer says why', () => {
  it.each(Object.entries(CASES))('%s', (_reason, meet) => meet());
});

describe('an engine that fails', () => {
  it('while the origin is away has its failure told', async () => {
    proxy.mood = 'reset';
    const answer = await classify(trapping);
    proxy.mood = 'well';
    expect(answer).toMatchObject({ status: 503, code: 'engine_failed' });
  });
});

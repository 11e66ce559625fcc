// The fault table of docs/operations.md: a real Worker, a real origin process on native ONNX
// Runtime, and between them a proxy that misbehaves. No wrong answer, no wait beyond the deadline,
// few calls. `npm run check:faults` measures the waits; here nothing hangs on a busy machine.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Mood } from '../../scripts/faults/proxy.ts';
import { type FaultWorld, startFaultWorld } from '../../scripts/faults/world.ts';
import { readSample, SMALL_MODEL } from './workers.ts';

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
/** Far beyond a test's patience: whatever is noticed before is not noticed by this. */
const ORIGIN_TIMEOUT_MS = 59_000;

let world: FaultWorld;
let reference: readonly number[];

beforeAll(async () => {
  world = await startFaultWorld(SMALL_MODEL, { ORIGIN_TIMEOUT_MS: `${ORIGIN_TIMEOUT_MS}` });
}, 90_000);

afterAll(() => world.close());

async function classify(query = ''): Promise<Classified> {
  const response = await fetch(`${world.url}/v1/classify?logits=true${query}`, {
    method: 'POST',
    body: PHOTO,
    headers: { 'cache-control': 'no-cache' },
  });
  return { ...((await response.json()) as object), status: response.status };
}

/** One answer in the given mood, then good ones: half of all calls bad would open the breaker. */
const WELL_BETWEEN = 2;

async function classifyIn(
  mood: Mood,
  query = '',
): Promise<{ readonly answer: Classified; readonly ms: number }> {
  world.proxy.mood = mood;
  const began = performance.now();
  const answer = await classify(`&engine=origin${query}`);
  const ms = performance.now() - began;
  world.proxy.mood = 'well';
  for (let i = 0; i < WELL_BETWEEN; i++) {
    expect((await classify('&engine=origin')).run?.place).toBe('origin');
  }
  return { answer, ms };
}

function expectRight(answer: Classified, what: string): void {
  expect(answer, what).toMatchObject({ status: 200, pred_label: CAT });
  expect(answer.logits).toHaveLength(reference.length);
  answer.logits?.forEach((logit, i) => {
    expect(Math.abs(logit - (reference[i] ?? Number.NaN)), what).toBeLessThan(LOGITS_APART_MAX);
  });
}

describe('an origin that is well', () => {
  it('answers while the edge is cold, and then no more', async () => {
    const first = await classify();
    expect(first.run).toMatchObject({ place: 'origin', because: 'cold' });
    reference = first.logits ?? [];
    await expect.poll(async () => (await classify()).run?.because).toBe('resident');
  });
});

describe('an origin in trouble', () => {
  // None of them waits for ORIGIN_TIMEOUT_MS: a connection that breaks within an answer is seen.
  const NOTICED: readonly Mood[] = [
    'reset',
    'half',
    'half_reset',
    'half_chunked',
    'html',
    'nan',
    'corrupt',
    'other_picture',
    'busy',
  ];

  it.each(NOTICED)('%s: the edge answers at once, rightly', async (mood) => {
    const { answer } = await classifyIn(mood);
    expect(answer.run, mood).toMatchObject({ place: 'edge', because: 'origin_failed' });
    expectRight(answer, mood);
  });

  it.each(['hang', 'slow'] as const)('%s: nobody waits beyond the deadline', async (mood) => {
    // Elapsed time of one try is the machine's as well; of several the least is the Worker's.
    const TRIES_MAX = 10;
    let least = Number.POSITIVE_INFINITY;
    for (let tries = 0; tries < TRIES_MAX && least > DEADLINE_MS + SLACK_MS; tries++) {
      const { answer, ms } = await classifyIn(mood, `&timeout_ms=${DEADLINE_MS}`);
      expect(answer).toMatchObject({ status: 504, code: 'deadline_exceeded' });
      least = Math.min(least, ms);
    }
    expect(least).toBeGreaterThanOrEqual(DEADLINE_MS - 1);
    expect(least).toBeLessThanOrEqual(DEADLINE_MS + SLACK_MS);
  });
});

const DEADLINE_MS = 500;
const SLACK_MS = 100;

// What becomes of requests while an origin is killed, restarted and replaced: a real Worker and
// real origin processes, with requests under way at every moment.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FaultyProxy, startProxy } from '../../scripts/faults/proxy.ts';
import { type OriginProcess, startOriginProcess } from './origin-process.ts';
import { readSample, type Service, startService } from './workers.ts';

interface Classified {
  readonly status: number;
  readonly pred_label?: number;
  readonly run?: { readonly place: string; readonly because: string };
}

const PHOTO = readSample('chelsea.png');
/** Of `resnet18_8xb16_cifar10` for that photograph: a cat. */
const CAT = 3;
const LANES = 3;

let origins: OriginProcess[];
let proxy: FaultyProxy;
let edge: Service;

async function startAnother(env: Readonly<Record<string, string>> = {}): Promise<OriginProcess> {
  const started = await startOriginProcess(env);
  origins.push(started);
  return started;
}

beforeAll(async () => {
  origins = [];
  proxy = await startProxy((await startAnother()).url);
  edge = await startService({ vars: { ORIGIN_URL: proxy.url } });
  await classify('&engine=edge');
}, 60_000);

afterAll(async () => {
  await edge.close();
  proxy.close();
  for (const { child, ended } of origins) {
    child.kill('SIGKILL');
    await ended;
  }
});

async function classify(query: string): Promise<Classified> {
  const response = await edge.fetch(`/v1/classify?${query}`, {
    method: 'POST',
    body: PHOTO,
    headers: { 'cache-control': 'no-cache' },
  });
  return { ...((await response.json()) as object), status: response.status };
}

/** Requests for the origin, several at any time, for as long as `work` takes and one more each. */
async function underLoad(work: () => Promise<void>): Promise<readonly Classified[]> {
  const answers: Classified[] = [];
  let over = false;
  const lanes = Array.from({ length: LANES }, async () => {
    while (!over) answers.push(await classify('&engine=origin'));
    answers.push(await classify('&engine=origin'));
  });
  try {
    await work();
  } finally {
    over = true;
  }
  await Promise.all(lanes);
  return answers;
}

function expectNoneLost(answers: readonly Classified[]): void {
  expect(answers.length).toBeGreaterThan(LANES);
  for (const answer of answers) expect(answer).toMatchObject({ status: 200, pred_label: CAT });
}

const reasons = (answers: readonly Classified[]) => new Set(answers.map(({ run }) => run?.because));

describe('an origin under load', () => {
  it('is replaced by another one without a request lost', async () => {
    const [before] = origins;
    const answers = await underLoad(async () => {
      await expect.poll(() => proxy.calls, POLL).toBeGreaterThan(5);
      proxy.target = (await startAnother()).url;
      before?.child.kill('SIGTERM');
      expect(await before?.ended).toBe(0);
    });
    expectNoneLost(answers);
    // The one that went ended what it had begun.
    expect(reasons(answers)).toContain('asked');
  });

  it('restarts on its port without a request lost', async () => {
    const before = origins.at(-1);
    const answers = await underLoad(async () => {
      before?.child.kill('SIGTERM');
      expect(await before?.ended).toBe(0);
      await startAnother({ PORT: new URL(before?.url ?? '').port });
    });
    expectNoneLost(answers);
  });

  it('is killed: the edge answers, calls stay few, and it is found again', async () => {
    await expect.poll(() => classify('&engine=origin'), POLL).toMatchObject(THERE);
    const before = origins.at(-1);
    const calls = proxy.calls;
    const answers = await underLoad(async () => {
      before?.child.kill('SIGKILL');
      await before?.ended;
      const resting = () => classify('&engine=origin');
      await expect.poll(resting, POLL).toMatchObject({ run: { because: 'origin_resting' } });
    });
    expectNoneLost(answers);
    expect(reasons(answers)).toContain('origin_failed');
    expect(proxy.calls - calls).toBeLessThanOrEqual(1.1 * answers.length + LANES);
    await startAnother({ PORT: new URL(before?.url ?? '').port });
    // The breaker's five seconds, and one probe.
    await expect.poll(() => classify('&engine=origin'), POLL).toMatchObject(THERE);
  });

  it('that fails now and then costs at most 1.1 calls a request', async () => {
    const calls = proxy.calls;
    for (let i = 0; i < REQUESTS; i++) {
      proxy.mood = i % 4 === 0 ? 'reset' : 'well';
      expect(await classify('&engine=origin')).toMatchObject({ status: 200, pred_label: CAT });
    }
    proxy.mood = 'well';
    const made = proxy.calls - calls;
    expect(made).toBeGreaterThanOrEqual(REQUESTS);
    // What the requests before had saved up: no more than ten second calls.
    expect(made).toBeLessThanOrEqual(1.1 * REQUESTS + 10);
  });
});

const REQUESTS = 40;
const POLL = { timeout: 20_000, interval: 200 } as const;
const THERE = { status: 200, run: { place: 'origin' } } as const;

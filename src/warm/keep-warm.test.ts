// What one tick may take, on a clock of its own and over a real R2 that can be told to be away.
// The pipeline is a table here: test/node/warm-list has the real one.
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { withFaults } from '../../test/worker/faulty-objects.ts';
import { makePublication } from '../../test/worker/publications.ts';
import type { Answer } from '../classify/answer.ts';
import type { Classifier } from '../classify/classify.ts';
import { type Digest, sha256 } from '../digest.ts';
import { createR2Objects } from '../model/r2.ts';
import { fail, ok } from '../result.ts';
import { WARM_CURSOR_KEY } from './cursor.ts';
import { keepWarm, type WarmDeps } from './keep-warm.ts';
import { TICK_CPU_MS_MAX, TICK_MS_MAX } from './limits.ts';
import { WARM_LIST_KEY } from './list.ts';

const objects = createR2Objects((env as { readonly BUCKET: R2Bucket }).BUCKET);
const { card } = await makePublication('auk', 1);
const CPU_MS = 1000;
const figure = {
  engine: 'simd',
  cpu_ms: CPU_MS,
  memory_bytes: 1,
  machine: 'm',
  date: 'd',
  command: 'c',
};

/** Bytes of each picture's own address; what was inferred is kept. */
function makeWorld() {
  const kept = new Set<string>();
  const inferred: string[] = [];
  let held = 0;
  let nowMs = 1_000_000;
  const knobs = { busy: false, pictureMs: 0, fails: new Map<string, string>() };
  const world = { kept, inferred, knobs, held: () => held, advance: (ms: number) => (nowMs += ms) };

  function answer(picture: Digest, status: 'hit' | 'miss'): Answer {
    const cache =
      status === 'hit'
        ? ({ status, key: 'picture', tier: 'worldwide' } as const)
        : ({ status, stored: true } as const);
    const image = { sha256: picture, width: 1, height: 1, format: 'png' };
    const facts = { engine: 'simd', place: 'edge', because: 'no_origin' } as const;
    const logits = new Float32Array(2);
    return { card: { ...card, cost: [figure] }, image, logits, ...facts, cache };
  }

  const classifier: Classifier = {
    tiers: ['worldwide'],
    over: () => classifier,
    overloaded: () => undefined,
    infer: async () => fail({ code: 'engine_busy' }),
    async kept(picture) {
      return ok(kept.has(picture) ? answer(picture, 'hit') : undefined);
    },
    async classify(bytes, wish) {
      nowMs += knobs.pictureMs;
      const url = new TextDecoder().decode(bytes);
      if (knobs.fails.get(url) === 'overloaded') {
        return fail({ code: 'overloaded', retryAfterSeconds: 1 });
      }
      if (knobs.fails.has(url)) return fail({ code: 'corrupt_image', reason: 'cut' });
      const picture = await sha256(bytes as BufferSource);
      if (kept.has(picture)) return ok(answer(picture, 'hit'));
      inferred.push(url);
      // Behind the answer, as the pipeline does it.
      wish.background(Promise.resolve().then(() => void kept.add(picture)));
      return ok(answer(picture, 'miss'));
    },
  };

  const told: string[] = [];
  const deps: WarmDeps = {
    objects,
    classifier,
    defaultModel: 'auk',
    busy: () => knobs.busy,
    async fetchPicture(url) {
      if (knobs.fails.get(url) === 'no_room') return fail({ code: 'overloaded' });
      held++;
      return ok({ bytes: new TextEncoder().encode(url), release: () => void held-- });
    },
    everyMs: 60_000,
    clock: () => nowMs,
    tell: (_level, event) => void told.push(event),
  };
  return { ...world, deps, told };
}

async function publish(count: number): Promise<void> {
  const pictures = Array.from({ length: count }, (_, i) => ({ url: `https://a/${i}` }));
  const list = { version: 1, models: [], pictures };
  await objects.put(WARM_LIST_KEY, new TextEncoder().encode(JSON.stringify(list)));
}

beforeEach(async () => {
  const bucket = (env as { readonly BUCKET: R2Bucket }).BUCKET;
  await bucket.delete([WARM_LIST_KEY, WARM_CURSOR_KEY]);
});

describe('a tick', () => {
  it('does nothing where there is no list', async () => {
    expect(await keepWarm(makeWorld().deps)).toBeUndefined();
  });

  it('takes so much CPU by the cards, and the next one goes on', async () => {
    await publish(6);
    const { deps, inferred } = makeWorld();
    const first = TICK_CPU_MS_MAX / CPU_MS;
    expect(await keepWarm(deps)).toMatchObject({ warmed: first, at: first });
    expect(await keepWarm(deps)).toMatchObject({ warmed: 6 - first, at: 6 });
    expect(inferred).toEqual(Array.from({ length: 6 }, (_, i) => `https://a/${i}`));
  });

  it('takes so much time, and begins nothing after it', async () => {
    await publish(4);
    const { deps, knobs } = makeWorld();
    knobs.pictureMs = TICK_MS_MAX / 2;
    expect(await keepWarm(deps)).toMatchObject({ warmed: 2, at: 2 });
  });

  it('leaves everything to callers who wait', async () => {
    await publish(2);
    const { deps, knobs, inferred } = makeWorld();
    knobs.busy = true;
    expect(await keepWarm(deps)).toMatchObject({ at: 0, warmed: 0 });
    knobs.busy = false;
    expect(await keepWarm(deps)).toMatchObject({ at: 2, warmed: 2 });
    expect(inferred).toHaveLength(2);
  });

  it.each(['overloaded', 'no_room'])(
    'ends before a picture that is %s, which is the next',
    async (why) => {
      await publish(3);
      const { deps, knobs, held } = makeWorld();
      knobs.fails.set('https://a/1', why);
      expect(await keepWarm(deps)).toMatchObject({ warmed: 1, failed: 0, at: 1 });
      knobs.fails.clear();
      expect(await keepWarm(deps)).toMatchObject({ warmed: 2, at: 3 });
      expect(held()).toBe(0);
    },
  );

  it('passes a bad picture, and gives its memory back', async () => {
    await publish(3);
    const { deps, knobs, told, held } = makeWorld();
    knobs.fails.set('https://a/1', 'corrupt');
    expect(await keepWarm(deps)).toMatchObject({ warmed: 2, failed: 1, at: 3 });
    expect(told).toEqual(['warm_failed', 'warm_tick']);
    expect(held()).toBe(0);
  });

  it('loses nothing where the store fails at its n-th call', async () => {
    for (let n = 1; ; n++) {
      await publish(2);
      await objects.put(WARM_CURSOR_KEY, new TextEncoder().encode('{}'));
      const { deps, kept } = makeWorld();
      const store = withFaults(objects);
      store.failAt(n);
      await keepWarm({ ...deps, objects: store });
      const calls = store.calls();
      await keepWarm(deps);
      expect(kept.size, `fault ${n}`).toBe(2);
      if (calls < n) break;
      expect(n).toBeLessThan(10);
    }
  });
});

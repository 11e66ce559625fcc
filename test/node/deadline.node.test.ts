// Nobody waits beyond a deadline, whatever it is that hangs: the origin's whole pipeline with a
// store whose first, second, third … call never answers, by a clock that only the test moves.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createEmbeddedObjects } from '../../src/container/embedded-objects.ts';
import { parseSettings } from '../../src/container/settings.ts';
import { type OriginApp, wireOrigin } from '../../src/container/wire.ts';
import type { ObjectStore } from '../../src/model/objects.ts';
import { HEADER_LENGTH, joinFrame } from '../../src/oip/frame.ts';
import { createConsoleTelemetry } from '../../src/telemetry/console.ts';
import { readCard, readSample, SMALL_MODEL } from './workers.ts';

const PHOTO = readSample('chelsea.png');
const WAIT_MS = 500;
const NOW_MS = Date.UTC(2026, 10, 24);

/** How a call to the store goes wrong: no answer at all, or an object that never ends. */
type Hang = 'call' | 'body';

interface Store {
  readonly objects: ObjectStore;
  /** Resolves when the call that hangs has been made. */
  readonly hung: Promise<'hung'>;
}

/** The embedded models; the `nth` read, the first being 1, hangs. */
function hangingStore(nth: number, how: Hang): Store {
  const real = createEmbeddedObjects('models');
  const hung = Promise.withResolvers<'hung'>();
  let calls = 0;
  const objects: ObjectStore = {
    ...real,
    async get(key) {
      if (++calls !== nth) return real.get(key);
      hung.resolve('hung');
      if (how === 'call') return new Promise(() => undefined);
      const got = await real.get(key);
      if (!got.ok || got.value === undefined) return got;
      await got.value.body.cancel();
      const body = new ReadableStream({ pull: () => new Promise(() => undefined) });
      return { ok: true, value: { ...got.value, body } };
    },
  };
  return { objects, hung: hung.promise };
}

function wire(objects: ObjectStore): OriginApp {
  const settings = parseSettings({ DEFAULT_MODEL: SMALL_MODEL });
  if (!settings.ok) throw new Error(JSON.stringify(settings.failure));
  return wireOrigin({
    settings: settings.value,
    providers: ['cpu'],
    objects,
    telemetry: createConsoleTelemetry('error'),
    clock: Date.now,
    newId: () => crypto.randomUUID(),
    random: (bytes) => void crypto.getRandomValues(bytes),
  });
}

/** A tensor of the small model, as binary data, with parameters of the request. */
function toTensorRequest(path: string, parameters: object, headers: Record<string, string>) {
  const { height, width } = readCard(SMALL_MODEL).input;
  const bytes = new Uint8Array(3 * height * width * 4);
  const size = { parameters: { binary_data_size: bytes.length } };
  const input = { name: 'input', datatype: 'FP32', shape: [1, 3, height, width], ...size };
  const head = { inputs: [input], parameters };
  const { body, headerLength } = joinFrame(head, [bytes]);
  const all = { ...headers, [HEADER_LENGTH]: `${headerLength}` };
  return new Request(`http://origin${path}`, { method: 'POST', body, headers: all });
}

const INFER = `/v2/models/${SMALL_MODEL}/infer`;
const UNTIL = { 'x-deadline-ms-epoch': `${NOW_MS + WAIT_MS}` };
const ENTRANCES: ReadonlyArray<readonly [name: string, ask: () => Request]> = [
  [
    'POST /v1/classify with timeout_ms',
    () => new Request(`http://origin/v1/classify?timeout_ms=${WAIT_MS}`, PICTURE),
  ],
  [
    'POST /v1/classify with an inherited deadline',
    () => new Request('http://origin/v1/classify', { ...PICTURE, headers: UNTIL }),
  ],
  ['a tensor with an inherited deadline', () => toTensorRequest(INFER, {}, UNTIL)],
  ['a tensor with timeout_ms', () => toTensorRequest(`${INFER}?timeout_ms=${WAIT_MS}`, {}, {})],
];
const PICTURE = { method: 'POST', body: PHOTO } as const;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW_MS, toFake: ['setTimeout', 'clearTimeout', 'Date'] });
});
afterEach(() => void vi.useRealTimers());

/** The answer's status, and whether it came before the clock was moved to the deadline. */
async function statusOf(request: Request, { objects, hung }: Store) {
  vi.setSystemTime(NOW_MS);
  let status: number | undefined;
  const answered = Promise.resolve(wire(objects).fetch(request)).then((response) => {
    status = response.status;
  });
  if ((await Promise.race([answered, hung])) !== 'hung') return { status, early: true };
  await vi.advanceTimersByTimeAsync(WAIT_MS - 1);
  const early = status !== undefined;
  await vi.advanceTimersByTimeAsync(1);
  // No timer is left to wait for: what is not settled by now would wait longer.
  await new Promise((resolve) => setImmediate(resolve));
  return { status, early };
}

describe.each(ENTRANCES)('%s', (_name, ask) => {
  it.each(['call', 'body'] as const)('a store whose %s hangs', async (how) => {
    const READS_MAX = 20;
    let hangs = 0;
    for (let nth = 1; nth <= READS_MAX; nth++) {
      const { status, early } = await statusOf(ask(), hangingStore(nth, how));
      if (early) {
        expect(status).toBe(200);
        break;
      }
      expect(status, `read ${nth}`).toBe(504);
      hangs++;
    }
    // The card, the graph and the labels at least.
    expect(hangs).toBeGreaterThanOrEqual(3);
    expect(hangs).toBeLessThan(READS_MAX);
  });
});

describe('timeout_ms among the parameters of a tensor', () => {
  it('holds where it is the earlier one', async () => {
    const ask = () => toTensorRequest(INFER, { timeout_ms: WAIT_MS / 2 }, UNTIL);
    // The card's read comes before the body's, so before the timeout in it: see the second.
    let status: number | undefined;
    const { objects, hung } = hangingStore(2, 'call');
    const answered = Promise.resolve(wire(objects).fetch(ask())).then((response) => {
      status = response.status;
    });
    expect(await Promise.race([answered, hung])).toBe('hung');
    await vi.advanceTimersByTimeAsync(WAIT_MS / 2 - 1);
    expect(status).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    await answered;
    expect(status).toBe(504);
  });

  it.each([0, 1.5, '5'])('of %j is refused, and named', async (timeout) => {
    const request = toTensorRequest(INFER, { timeout_ms: timeout }, {});
    const response = await wire(createEmbeddedObjects('models')).fetch(request);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('parameters.timeout_ms');
  });
});

// What a stranger's server may do to us while we fetch, each told apart in a typed failure event.
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Rig, readEvent, startRig } from './webhook-rig.ts';
import { readSample } from './workers.ts';

const BOATS = readSample('boats.jpg');
const CHELSEA = readSample('chelsea.png');
/** 64 MiB of zeros in 64 kB. */
const BOMB = gzipSync(Buffer.alloc(64 << 20));

const PAGES = {
  '/slow': (response: ServerResponse) => {
    response.setHeader('content-type', 'image/png').write(CHELSEA.subarray(0, 100));
  },
  '/silent': () => undefined,
  '/endless': (response: ServerResponse) => {
    response.setHeader('content-type', 'image/png');
    const timer = setInterval(() => response.write(Buffer.alloc(1 << 20)), 1);
    response.on('close', () => clearInterval(timer));
  },
  '/bomb': (response: ServerResponse) => {
    response.setHeader('content-type', 'image/png').setHeader('content-encoding', 'gzip').end(BOMB);
  },
  '/text-called-png': (response: ServerResponse) => {
    response.setHeader('content-type', 'image/png').end('<!doctype html><p>not a picture');
  },
  '/page': (response: ServerResponse) => {
    response.setHeader('content-type', 'text/html').end('<p>');
  },
  '/cut': (response: ServerResponse) => {
    response.setHeader('content-type', 'image/jpeg').end(BOATS.subarray(0, 4000));
  },
  '/empty': (response: ServerResponse) => {
    response.setHeader('content-type', 'image/png').end();
  },
  '/jpeg-called-png': (response: ServerResponse) => {
    response.setHeader('content-type', 'image/png').end(BOATS);
  },
  '/gone': (response: ServerResponse) => {
    response.writeHead(404).end();
  },
};

const FAILURES: ReadonlyArray<readonly [path: string, code: string]> = [
  ['/endless', 'body_too_large'],
  ['/bomb', 'body_too_large'],
  ['/text-called-png', 'unsupported_format'],
  ['/page', 'bad_content_type'],
  ['/cut', 'corrupt_image'],
  ['/empty', 'empty'],
  ['/gone', 'bad_status'],
];

describe('pictures of strangers', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ pages: PAGES, vars: { FETCH_TIMEOUT_MS: '1500' } });
  });
  afterAll(() => rig.close());

  async function run(id: string, paths: readonly string[]): Promise<readonly unknown[]> {
    const answer = await rig.post(id, { images: paths.map((path) => `${rig.home}${path}`) });
    const { job } = (await answer.json()) as { job: string };
    expect((await rig.settle(job)).state).toBe('done');
    const events = () => rig.heard.filter(({ body }) => body.includes(job));
    await expect.poll(() => events().length, { timeout: 60_000 }).toBe(paths.length);
    return events()
      .map(readEvent)
      .toSorted((a, b) => positionOf(a) - positionOf(b));
  }

  it('fail one by one, with a code that says why', async () => {
    const events = await run(
      'event-1',
      FAILURES.map(([path]) => path),
    );
    expect(events).toMatchObject(
      FAILURES.map(([, code]) => ({ type: 'image.failed', data: { failure: { code } } })),
    );
  });

  it('are what their bytes are, whatever they are called', async () => {
    const events = await run('event-2', ['/jpeg-called-png']);
    expect(events).toMatchObject([
      { type: 'image.classified', data: { answer: { image: { format: 'jpeg' } } } },
    ]);
  });

  it('that do not come are waited for, tried again, and told as late', async () => {
    const events = await run('event-3', ['/slow', '/silent']);
    expect(events).toMatchObject([
      { type: 'image.failed', data: { failure: { code: 'fetch_timeout', timeoutMs: 1500 } } },
      { type: 'image.failed', data: { failure: { code: 'fetch_timeout', timeoutMs: 1500 } } },
    ]);
  });
});

function positionOf(event: unknown): number {
  return (event as { data: { image: { position: number } } }).data.image.position;
}

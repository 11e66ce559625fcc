// The list that the Worker keeps warm by the clock: a real Worker with a real (local) R2, and
// pictures on a server of our own that counts who fetches them.
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WARM_CURSOR_KEY } from '../../src/warm/cursor.ts';
import {
  LIST_BYTES_MAX,
  LIST_PICTURES_MAX,
  TICK_FETCHES_MAX,
  TICK_LOOKUPS_MAX,
} from '../../src/warm/limits.ts';
import { WARM_LIST_KEY } from '../../src/warm/list.ts';
import { readSample, type Service, SMALL_MODEL, startService } from './workers.ts';

const BOATS = readSample('boats.jpg');
const CHELSEA = readSample('chelsea.png');
const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

let service: Service;
let server: Server;
let site: string;
const files = new Map<string, Uint8Array>();
let fetched: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url ?? '';
    fetched.push(path);
    const bytes = files.get(path);
    if (bytes === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': 'image/jpeg' }).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  service = await startService({
    config: 'worldwide',
    jobs: true,
    vars: { RESULT_CACHE_R2: 'on', FETCH_HTTP: 'allow', TRUSTED_ORIGINS: site },
  });
});

afterAll(async () => {
  await service.close();
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  files.clear();
  files.set('/boats.jpg', BOATS);
  files.set('/chelsea.png', CHELSEA);
  fetched = [];
});

interface Listed {
  readonly url: string;
  readonly sha256?: string;
}

async function write(key: string, value: unknown): Promise<void> {
  await service.models.put(key, new TextEncoder().encode(JSON.stringify(value)));
}

const publish = (pictures: readonly Listed[], models: readonly string[] = []) =>
  write(WARM_LIST_KEY, { version: 1, models, pictures });

async function read(key: string): Promise<Record<string, unknown>> {
  const object = await service.models.get(key);
  return JSON.parse(await new Response(object?.body as ReadableStream).text());
}

/** As if the last round had begun long ago. */
async function nextRound(): Promise<void> {
  await write(WARM_CURSOR_KEY, { ...(await read(WARM_CURSOR_KEY)), begun_ms: 0 });
}

/** The latest of the Worker's own lines about a tick. */
function lastTick(): Record<string, unknown> {
  const lines = service.logs().replaceAll('\\', '');
  const line = [...lines.matchAll(/\{"level":"info","event":"warm_tick"[^}]*\}/g)].at(-1)?.[0];
  return JSON.parse(line ?? '{}');
}

async function askKept(sha256: string): Promise<string> {
  const response = await service.fetch(`/v1/results/${SMALL_MODEL}/${sha256}`);
  return response.headers.get('cache-status') ?? `${response.status}`;
}

async function forget(): Promise<void> {
  const listed = await service.results?.list({ prefix: 'results/' });
  for (const { key } of listed?.objects ?? []) await service.results?.delete(key);
}

describe('a list that is kept warm', () => {
  const listed = () => [
    { url: `${site}/boats.jpg`, sha256: digestOf(BOATS) },
    { url: `${site}/chelsea.png`, sha256: digestOf(CHELSEA) },
  ];

  it('is in R2 after a tick, and answered from there', async () => {
    await publish(listed());
    expect(await askKept(digestOf(BOATS))).toBe('404');
    await service.sweep();
    expect(fetched.toSorted()).toEqual(['/boats.jpg', '/chelsea.png']);
    expect(lastTick()).toMatchObject({ warmed: 2, kept: 0, failed: 0, at: 2, total: 2 });
    expect(await askKept(digestOf(BOATS))).toContain('hit; key="picture"; detail=worldwide');
  });

  it('is left alone until the next round, which fetches nothing that is kept', async () => {
    await service.sweep();
    expect(fetched).toEqual([]);
    await nextRound();
    await service.sweep();
    expect(fetched).toEqual([]);
    expect(lastTick()).toMatchObject({ kept: 2, warmed: 0, at: 2 });
  });

  it('comes back into R2, though a nearer tier has it still', async () => {
    expect(await askKept(digestOf(BOATS))).toContain('detail=isolate');
    await forget();
    await nextRound();
    await service.sweep();
    expect(lastTick()).toMatchObject({ warmed: 2, kept: 0 });
    const again = await service.results?.list({ prefix: 'results/' });
    expect(again?.objects).toHaveLength(4);
  });

  it('may do without digests, and tells of other bytes at an address', async () => {
    files.set('/moved.jpg', CHELSEA);
    const moved = { url: `${site}/moved.jpg`, sha256: 'a'.repeat(64) };
    await publish([{ url: `${site}/boats.jpg` }, moved, { url: `${site}/gone.jpg` }]);
    await service.sweep();
    expect(fetched).toEqual(['/boats.jpg', '/moved.jpg', '/gone.jpg']);
    expect(lastTick()).toMatchObject({ kept: 2, changed: 1, warmed: 0, failed: 1, at: 3 });
    expect(service.logs()).toContain('bad_status');
  });

  it('is gone through for each model, one after the other', async () => {
    await publish([listed()[0]!], [SMALL_MODEL, 'nobody_published_this']);
    await service.sweep();
    expect(lastTick()).toMatchObject({ kept: 1, failed: 1, at: 2, total: 2 });
    expect(service.logs()).toContain('unknown_model');
  });

  it('is looked up in shares of so many, each going on where the last one was', async () => {
    await publish(Array(TICK_LOOKUPS_MAX + 1).fill(listed()[0]));
    await service.sweep();
    expect(await read(WARM_CURSOR_KEY)).toMatchObject({ at: TICK_LOOKUPS_MAX });
    await service.sweep();
    expect(await read(WARM_CURSOR_KEY)).toMatchObject({ at: TICK_LOOKUPS_MAX + 1 });
    expect(fetched).toEqual([]);
  });

  it('is fetched in shares of so many', async () => {
    const many = (n: number) => Array.from({ length: n }, (_, i) => ({ url: `${site}/no-${i}` }));
    await publish(many(TICK_FETCHES_MAX + 1));
    await service.sweep();
    expect(fetched).toHaveLength(TICK_FETCHES_MAX);
    await service.sweep();
    expect(fetched).toHaveLength(TICK_FETCHES_MAX + 1);
    expect(await read(WARM_CURSOR_KEY)).toMatchObject({ at: TICK_FETCHES_MAX + 1 });
  });

  it('begins anew where its cursor cannot be read', async () => {
    await write(WARM_CURSOR_KEY, { version: 7 });
    await publish([listed()[0]!]);
    await service.sweep();
    expect(await read(WARM_CURSOR_KEY)).toMatchObject({ version: 1, at: 1 });
  });

  it.each([
    ['of another form', () => ({ version: 2 }), /version/],
    ['of too many pictures', () => tooMany(LIST_PICTURES_MAX + 1), /pictures/],
    ['of too many bytes', () => ({ note: 'x'.repeat(LIST_BYTES_MAX) }), /more than 1048576/],
  ])('is told and does nothing where it is %s', async (_name, list, why) => {
    await write(WARM_LIST_KEY, list());
    await service.sweep();
    expect(fetched).toEqual([]);
    const line = /warm_list_unreadable[^}]*\}(?![\s\S]*warm_list_unreadable)/.exec(service.logs());
    expect(line?.[0]).toMatch(why);
  });

  it('may have as many pictures as its limit says', async () => {
    await write(WARM_LIST_KEY, tooMany(LIST_PICTURES_MAX));
    await service.sweep();
    expect(await read(WARM_CURSOR_KEY)).toMatchObject({ at: TICK_LOOKUPS_MAX });
  });

  function tooMany(count: number) {
    return { version: 1, models: [], pictures: Array(count).fill(listed()[0]) };
  }
});

describe('a Worker without the worldwide tier', () => {
  it('does nothing with the list, and says so once', async () => {
    const other = await startService({ jobs: true });
    try {
      const list = { version: 1, models: [], pictures: [{ url: `${site}/boats.jpg` }] };
      await other.models.put(WARM_LIST_KEY, new TextEncoder().encode(JSON.stringify(list)));
      await other.sweep();
      await other.sweep();
      expect(fetched).toEqual([]);
      expect(other.logs().match(/warm_list_off/g)).toHaveLength(1);
      expect(other.logs()).toContain('result_cache_r2_off');
    } finally {
      await other.close();
    }
  });
});

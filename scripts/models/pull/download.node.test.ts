import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Behaviour, type FileServer, startFileServer } from '../testing/file-server.ts';
import { type DownloadOptions, download } from './download.ts';
import { fruitlessTriesMax } from './limits.ts';
import { backoffMs } from './timing.ts';

const CONTENT = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7 + (i >> 8)) & 255));
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');
const NAME = `resnet50_test-${SHA256.slice(0, 8)}.pth`;

const well: Behaviour = (_request, _response, serve) => serve();

describe('download', () => {
  let folder: string;
  let path: string;
  let server: FileServer | undefined;
  const waited: number[] = [];
  const options: DownloadOptions = {
    timing: {
      random: () => 1,
      async sleep(ms) {
        waited.push(ms);
      },
    },
    clock: () => performance.now(),
    stallMsMax: 10_000,
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'razorbill-pull-'));
    path = join(folder, NAME);
    waited.length = 0;
  });
  afterEach(async () => {
    await server?.close();
    rmSync(folder, { recursive: true });
  });

  async function serve(behaviours: readonly Behaviour[], name = NAME): Promise<URL> {
    const file = { name, content: CONTENT, etag: '"one"' };
    server = await startFileServer(file, (n) => behaviours[n - 1] ?? well);
    return server.url;
  }

  /** The client has put so many bytes away. */
  async function cutWhen(bytes: number): Promise<void> {
    const size = (): number => statSync(`${path}.partial`, { throwIfNoEntry: false })?.size ?? 0;
    while (size() < bytes) await new Promise((resolve) => setTimeout(resolve, 2));
  }

  function expectWhole(): void {
    expect(readFileSync(path).equals(CONTENT)).toBe(true);
    expect(readdirSync(folder).sort()).toEqual([NAME, `${NAME}.lock`]);
  }

  it('brings a file whole and says that its name fits', async () => {
    const done = await download(await serve([]), path, options);
    expect(done).toEqual({
      ok: true,
      value: { path, pieces: 1, sha256: SHA256, bytes: CONTENT.length, prefix: 'matches' },
    });
    expectWhole();
  });

  it('goes on where the connection broke, as often as it breaks', async () => {
    const cut: Behaviour = (_q, _s, send) => send({ cutAfter: 70_000, cutWhen });
    const done = await download(await serve([cut, cut, cut, cut]), path, options);
    expect(done).toMatchObject({ ok: true, value: { pieces: 5, prefix: 'matches' } });
    const from = server!.ranges.map((range) => Number(range?.slice(6, -1) ?? 0));
    expect(from[0]).toBe(0);
    expect(from.every((at, i) => i === 0 || at > from[i - 1]!)).toBe(true);
    expectWhole();
  });

  it('goes on in another run, from what the first left', async () => {
    const cut: Behaviour = (_q, _s, send) => send({ cutAfter: 100_000, cutWhen });
    const gone: Behaviour = (_q, response) => void response.socket?.destroy();
    const url = await serve([cut, ...Array<Behaviour>(fruitlessTriesMax).fill(gone)]);
    const first = await download(url, path, options);
    expect(first).toMatchObject({ failure: { code: 'download_interrupted' } });
    expect(existsSync(path)).toBe(false);
    const second = await download(url, path, options);
    expect(second).toMatchObject({ ok: true, value: { pieces: 2 } });
    expect(server!.ranges.at(-1)).toMatch(/^bytes=[1-9]\d*-$/);
    expectWhole();
  });

  it('gives a silent server up, and goes on at the next try', async () => {
    const stall: Behaviour = (_q, _s, send) => send({ stallAfter: 50_000 });
    const mute: Behaviour = () => {};
    const impatient = { ...options, stallMsMax: 500 };
    const done = await download(await serve([stall, mute]), path, impatient);
    expect(done).toMatchObject({ ok: true, value: { pieces: 2 } });
    expectWhole();
  });

  it('begins anew when the server sends all in place of the rest', async () => {
    const cut: Behaviour = (_q, _s, send) => send({ cutAfter: 70_000, cutWhen });
    const all: Behaviour = (_q, _s, send) => send({ ignoreRange: true });
    const done = await download(await serve([cut, all]), path, options);
    expect(done).toMatchObject({ ok: true });
    expect(server!.ranges).toHaveLength(2);
    expectWhole();
  });

  it('begins anew when the file changed meanwhile', async () => {
    const old = Buffer.alloc(CONTENT.length, 1);
    const before: Behaviour = (_q, _s, send) =>
      send({ content: old, etag: '"old"', cutAfter: 70_000, cutWhen });
    expect(await download(await serve([before]), path, options)).toMatchObject({ ok: true });
    expectWhole();
  });

  it('begins anew when a careless server sends the rest of a changed file', async () => {
    const old = Buffer.alloc(CONTENT.length, 1);
    const before: Behaviour = (_q, _s, send) =>
      send({ content: old, etag: '"old"', cutAfter: 70_000, cutWhen });
    const careless: Behaviour = (_q, _s, send) => send({ ignoreIfRange: true });
    expect(await download(await serve([before, careless]), path, options)).toMatchObject({
      ok: true,
      value: { prefix: 'matches' },
    });
    expectWhole();
  });

  it('begins anew when pieces with one ETag do not fit together', async () => {
    const old = Buffer.alloc(CONTENT.length, 1);
    const before: Behaviour = (_q, _s, send) => send({ content: old, cutAfter: 70_000, cutWhen });
    expect(await download(await serve([before]), path, options)).toMatchObject({
      ok: true,
      value: { prefix: 'matches', pieces: 1 },
    });
    expectWhole();
  });

  it('begins anew when the file is shorter than what is there', async () => {
    const longer = Buffer.alloc(500_000, 1);
    const before: Behaviour = (_q, _s, send) =>
      send({ content: longer, cutAfter: 400_000, cutWhen });
    expect(await download(await serve([before]), path, options)).toMatchObject({ ok: true });
    expectWhole();
  });

  it('does not take a server at its word on the length', async () => {
    const more: Behaviour = (_q, response, send) => {
      send({ length: CONTENT.length + 1000 });
      setTimeout(() => response.socket?.destroy(), 50);
    };
    const done = await download(await serve([more]), path, options);
    expect(done).toMatchObject({ ok: true, value: { prefix: 'matches' } });
    expectWhole();
  });

  it.each([
    ['a length over the bound', { bytesMax: CONTENT.length - 1 }, 'too_large'],
    ['exactly the bound', { bytesMax: CONTENT.length }, undefined],
  ] as const)('looks at the size: %s', async (_name, limit, code) => {
    const done = await download(await serve([]), path, { ...options, ...limit });
    if (code === undefined) return expectWhole();
    expect(done).toMatchObject({ ok: false, failure: { code } });
    expect(readdirSync(folder)).toEqual([`${NAME}.lock`]);
  });

  it('stops a body without a length at the bound', async () => {
    const endless: Behaviour = (_q, response) => {
      response.writeHead(200, { etag: '"endless"' });
      const more = () => response.write(Buffer.alloc(65_536), () => setImmediate(more));
      more();
    };
    const done = await download(await serve([endless]), path, { ...options, bytesMax: 1_000_000 });
    expect(done).toMatchObject({ failure: { code: 'too_large', bytesMax: 1_000_000 } });
    expect(readdirSync(folder)).toEqual([`${NAME}.lock`]);
  });

  it('refuses a web page', async () => {
    const page: Behaviour = (_q, response) =>
      void response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>');
    const cut: Behaviour = (_q, _s, send) => send({ cutAfter: 70_000, cutWhen });
    const url = await serve([cut, page]);
    const refused = await download(url, path, options);
    expect(refused).toMatchObject({ failure: { code: 'not_a_file' } });
    // The page may be a network's login: what came before it is good.
    expect(await download(url, path, options)).toMatchObject({ ok: true, value: { pieces: 2 } });
    expectWhole();
  });

  it.each([404, 403, 410])('asks no second time after %i', async (status) => {
    const none: Behaviour = (_q, response) => void response.writeHead(status).end();
    const refused = await download(await serve([none, none]), path, options);
    expect(refused).toMatchObject({ failure: { code: 'http_status', status } });
    expect(server!.ranges).toHaveLength(1);
  });

  it('waits as long as a busy server asks, but no longer than a minute', async () => {
    const busy =
      (seconds: string): Behaviour =>
      (_q, response) =>
        void response.writeHead(503, { 'retry-after': seconds }).end();
    const done = await download(await serve([busy('7'), busy('86400')]), path, options);
    expect(done).toMatchObject({ ok: true });
    expect(waited).toEqual([7000, 60_000]);
  });

  it('gives up after so many fruitless tries', async () => {
    const busy: Behaviour = (_q, response) => void response.writeHead(500).end();
    const url = await serve(Array<Behaviour>(fruitlessTriesMax).fill(busy));
    const failed = await download(url, path, options);
    expect(failed).toMatchObject({ failure: { code: 'http_status', status: 500 } });
    expect(server!.ranges).toHaveLength(fruitlessTriesMax);
    expect(waited).toEqual([500, 1000, 2000, 4000, 8000]);
  });

  it('gives up when the whole takes too long', async () => {
    const trickle: Behaviour = (_q, response) => {
      response.writeHead(200, { etag: '"slow"', 'content-length': '1000000' });
      const more = () => response.write('x', () => setTimeout(more, 20));
      more();
    };
    const all = Array<Behaviour>(10).fill(trickle);
    const failed = await download(await serve(all), path, { ...options, totalMsMax: 300 });
    expect(failed).toMatchObject({ failure: { code: 'download_interrupted' } });
  });

  it('warns of a name that does not fit', async () => {
    const done = await download(await serve([], 'resnet-00000000.pth'), path, options);
    expect(done).toMatchObject({ ok: true, value: { prefix: 'differs', sha256: SHA256 } });
  });

  it('refuses and removes what is not the pinned file', async () => {
    const sha256 = '0'.repeat(64);
    const refused = await download(await serve([]), path, { ...options, sha256 });
    expect(refused).toMatchObject({ failure: { code: 'wrong_digest', sha256: SHA256 } });
    expect(readdirSync(folder)).toEqual([`${NAME}.lock`]);
    const pinned = await download(server!.url, path, { ...options, sha256: SHA256 });
    expect(pinned).toMatchObject({ ok: true });
  });

  it('trusts nothing that a killed run may have left', async () => {
    const url = await serve([]);
    writeFileSync(`${path}.partial`, 'rubbish without a note');
    expect(await download(url, path, options)).toMatchObject({ ok: true });
    expectWhole();
    rmSync(path);
    writeFileSync(`${path}.partial`, 'rubbish');
    writeFileSync(`${path}.partial.json`, '{"url":"http');
    expect(await download(url, path, options)).toMatchObject({ ok: true });
    expectWhole();
  });

  it('lets two runs at once bring one file', async () => {
    const url = await serve([]);
    const both = await Promise.all([1, 2].map(() => download(url, path, options)));
    expect(both).toMatchObject([{ ok: true }, { ok: true }]);
    expectWhole();
  });

  it.each(['http://weights.example/a.pth', 'ftp://127.0.0.1/a.pth', 'file:///etc/passwd'])(
    'does not go to %s',
    async (url) => {
      const refused = await download(new URL(url), path, options);
      expect(refused).toMatchObject({ failure: { code: 'insecure_url' } });
    },
  );

  it('does not follow a redirect to an open line', async () => {
    const away: Behaviour = (request, response) => {
      const location = `http://0.0.0.0:${request.socket.localPort}/${NAME}`;
      response.writeHead(302, { location }).end();
    };
    const failed = await download(await serve([away]), path, options);
    expect(failed).toMatchObject({ failure: { code: 'insecure_url' } });
    expect(existsSync(path)).toBe(false);
  });
});

describe('backoffMs', () => {
  it('doubles up to 20 s, with full jitter', () => {
    const times = [1, 2, 3, 7, 8, 50].map((failures) => backoffMs(failures, 0.999_999));
    expect(times).toEqual([249, 499, 999, 15_999, 19_999, 19_999]);
    expect(backoffMs(5, 0)).toBe(0);
  });
});

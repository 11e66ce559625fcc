// The command, in processes of its own, against a real Worker on workerd with real pictures. What
// was inferred is counted by the Worker's own log.
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readDocument } from '../../src/model/store.ts';
import { ok } from '../../src/result.ts';
import { LIST_BYTES_MAX, LIST_PICTURES_MAX } from '../../src/warm/limits.ts';
import { WARM_LIST_KEY, warmListSchema } from '../../src/warm/list.ts';
import {
  LARGE_MODEL,
  ROOT,
  SAMPLES,
  type Service,
  SMALL_MODEL,
  startService,
} from '../../test/node/workers.ts';
import { withLock } from '../models/pull/lock.ts';
import { openLocalBucket } from '../models/store/local-bucket.ts';
import { type Fault, type FaultyProxy, startFaultyProxy } from '../models/testing/faulty-proxy.ts';
import { fitList } from './publish-list.ts';
import { type Ended, startWarmup } from './testing/command.ts';
import { makePictures } from './testing/pictures.ts';

/** As many as a test run has time for; the acceptance run of 500 sets it. */
const COUNT = Number(process.env.WARMUP_PICTURES ?? '24');
const LANES = 4;
// A machine with other work takes its time for each process.
vi.setConfig({ testTimeout: 240_000 + COUNT * 2000 });

const PACE = ['--concurrency', `${LANES}`, '--rate', '1000'];

let folder: string;
let service: Service;
let proxy: FaultyProxy;
/** Content digests of what was sent through the proxy, in order. */
const sent: string[] = [];
/** Paths of everything that was asked, in order. */
const asked: string[] = [];
/** Keys that came with them, and with the pictures' own addresses. */
const keys = new Set<string | undefined>();

let faultOf: () => Fault = () => 'none';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'razorbill-warmup-'));
  service = await startService({
    config: 'worldwide',
    vars: { RESULT_CACHE_R2: 'on' },
    models: [SMALL_MODEL, LARGE_MODEL],
  });
  proxy = await startFaultyProxy(service.url, (_n, method, { headers, url = '' }) => {
    if (method === 'POST' && headers['content-digest']) sent.push(`${headers['content-digest']}`);
    asked.push(url);
    keys.add(headers.authorization);
    return faultOf();
  });
});

afterAll(async () => {
  await proxy.close();
  await service.close();
  rmSync(folder, { recursive: true, force: true });
});

function warmup(...args: string[]): Promise<Ended> {
  return startWarmup(['--url', proxy.origin, ...PACE, ...args], { cache: folder }).ended;
}

/** Inferences so far, by the Worker's own log: one line a request. */
function inferences(): number {
  const lines = service.logs().replaceAll('\\', '');
  return [...lines.matchAll(/"route":"\/v1\/classify","status":200[^}]*"cache":"miss"/g)].length;
}

function expectFine({ code, stderr, report }: Ended) {
  expect(code, stderr).toBe(0);
  if (report === undefined) return expect.unreachable(stderr);
  return { ...report, of: report.models[0]! };
}

describe('a warm-up of real pictures', () => {
  it('infers each once, and nothing when it is run again', async () => {
    const pictures = await makePictures(join(folder, 'twice'), COUNT, 0);
    const before = inferences();
    const first = expectFine(await warmup(pictures));
    expect(first.of).toMatchObject({ model: SMALL_MODEL, hit: 0, warmed: COUNT, failed: 0 });
    expect(first.kept).toMatchObject({ reach: 'worldwide', scope: 'shared' });
    expect(inferences() - before).toBe(COUNT);
    // By both keys, in R2 itself.
    const kept = await service.results?.list({ prefix: 'results/' });
    expect(kept?.objects.length).toBeGreaterThanOrEqual(Math.min(1000, 2 * COUNT));

    const uploads = sent.length;
    const second = expectFine(await warmup(pictures));
    expect(second.of).toMatchObject({ was_warm: true, hit: COUNT, warmed: 0, sent_bytes: 0 });
    expect(sent.length).toBe(uploads);
    expect(inferences() - before).toBe(COUNT);
  });

  it('goes on after SIGKILL, and each picture is processed once', async () => {
    const pictures = await makePictures(join(folder, 'killed'), COUNT, COUNT);
    const [before, uploads, from] = [inferences(), sent.length, asked.length];
    const { child, ended } = startWarmup(
      ['--url', proxy.origin, '--concurrency', `${LANES}`, '--rate', '60', pictures],
      { cache: folder },
    );
    await expect
      .poll(() => sent.length - uploads, POLL)
      .toBeGreaterThan(COUNT / 2)
      .finally(() => child.kill('SIGKILL'));
    expect((await ended).code).toBe(null);
    const done = inferences() - before;
    expect(done).toBeLessThan(COUNT);

    const { of } = expectFine(await warmup(pictures));
    expect(of.done_before).toBeGreaterThan(0);
    expect(of.done_before + of.hit + of.warmed + of.known).toBe(COUNT);
    expect(of.failed).toBe(0);
    // No inference twice, and of what was noted not even a question twice: only the pictures that
    // were in hand when it died are asked about again.
    expect(inferences() - before).toBe(COUNT);
    const looked = asked.slice(from).filter((url) => url.startsWith('/v1/results/'));
    expect(looked.length).toBeLessThanOrEqual(COUNT + LANES);
    expect(sent.length - uploads).toBeLessThanOrEqual(COUNT + LANES);
    expect(new Set(sent.slice(uploads)).size).toBe(COUNT);
  });

  it('completes within its budget where every second answer is 429', async () => {
    const pictures = await makePictures(join(folder, 'limited'), COUNT, 2 * COUNT);
    const before = inferences();
    let seed = 20261124;
    faultOf = () => {
      // The minimal standard generator (Park and Miller 1988).
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % 2 === 0 ? 'limited' : 'none';
    };
    // A look-up and an upload each, four facts; twice as many for the refusals, and a quarter more.
    const requestsMax = Math.ceil(2.5 * (2 * COUNT + 4));
    const ended = await warmup(pictures, '--max-requests', `${requestsMax}`, '--max-time', '20m');
    faultOf = () => 'none';
    const { of, requests, told_to_wait: told } = expectFine(ended);
    expect(of).toMatchObject({ warmed: COUNT, failed: 0 });
    expect(inferences() - before).toBe(COUNT);
    expect(told).toBeGreaterThan(COUNT / 2);
    expect(requests).toBeLessThanOrEqual(requestsMax);
  });

  it('sends nothing in a dry run, and says what it would', async () => {
    const pictures = await makePictures(join(folder, 'dry'), 5, 3 * COUNT);
    const [before, uploads] = [inferences(), sent.length];
    const { of, cost } = expectFine(await warmup(pictures, '--dry-run'));
    expect(of).toMatchObject({ hit: 0, warmed: 0, would_send: 5 });
    expect(of.was_warm).toBeUndefined();
    const bytes = readdirSync(pictures).length;
    expect([bytes, of.sent_bytes > 1000]).toEqual([5, true]);
    expect(cost.r2_writes).toBe(10);
    expect([sent.length, inferences()]).toEqual([uploads, before]);
    expect(expectFine(await warmup(pictures)).of).toMatchObject({ warmed: 5 });
  });
});

describe('a warm-up of several models', () => {
  it('loads them before it asks of pictures, and asks each of every picture', async () => {
    const pictures = await makePictures(join(folder, 'models'), 2, 6 * COUNT);
    const from = asked.length;
    const both = ['--model', SMALL_MODEL, '--model', LARGE_MODEL];
    const { models, of } = expectFine(await warmup(pictures, ...both));
    expect(of).toMatchObject({ model: SMALL_MODEL, warmed: 2 });
    expect(models[1]).toMatchObject({ model: LARGE_MODEL, was_warm: false, warmed: 2 });
    const questions = asked.slice(from);
    const firstPicture = questions.findIndex((url) => url.startsWith('/v1/results/'));
    const warmed = questions.filter((url) => url.endsWith('/warm'));
    expect(warmed).toEqual([SMALL_MODEL, LARGE_MODEL].map((name) => `/v1/models/${name}/warm`));
    expect(questions.lastIndexOf(warmed[1] ?? '')).toBeLessThan(firstPicture);
  });
});

describe('a warm-up from addresses', () => {
  it('fetches pictures itself, by a sitemap and by standard input', async () => {
    const pictures = await makePictures(join(folder, 'site'), 3, 7 * COUNT);
    const [one = '', two = '', three = ''] = readdirSync(pictures);
    const site = createServer((request, response) => {
      const name = request.url?.slice(1) ?? '';
      expect(request.headers.authorization).toBeUndefined();
      if (name === 'sitemap.xml') return void response.end(sitemap(request.headers.host));
      response.writeHead(200, { 'content-type': 'image/jpeg' });
      response.end(readFileSync(join(pictures, name)));
    });
    const sitemap = (host = '') => `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
        xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"><url>
        <loc>http://${host}/${one}</loc><image:image><image:loc>http://${host}/${two}</image:loc>
        </image:image></url></urlset>`;
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    const at = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
    try {
      const { of } = expectFine(await warmup(`${at}/sitemap.xml`));
      expect(of).toMatchObject({ warmed: 2, failed: 0 });
      keys.clear();
      const args = ['--url', proxy.origin, '--base', `${at}/`, '-'];
      const stdin = `${at}/${one}\n{"path":"/${three}"}\nnot json {\n`;
      const second = expectFine(await startWarmup(args, { cache: folder, stdin, key: 'k' }).ended);
      expect(second.of).toMatchObject({ hit: 1, warmed: 1, failed: 0 });
      expect(second.sources.skipped).toEqual({ line_is_no_address: 1 });
      expect(keys).toEqual(new Set(['Bearer k']));
    } finally {
      site.close();
    }
  });
});

describe('a warm-up that publishes its list', () => {
  it('writes addresses and hashes where the Worker finds them', async () => {
    const [photo = ''] = readdirSync(SAMPLES).filter((name) => name.endsWith('.jpg'));
    const bytes = readFileSync(join(SAMPLES, photo));
    const site = createServer((_request, response) => response.end(bytes));
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(site.address() as AddressInfo).port}/${photo}`;
    const state = join(folder, 'state');
    const args = ['--url', proxy.origin, '--publish-list', 'local', '--model', SMALL_MODEL, url];
    expectFine(await startWarmup(args, { cache: folder, state }).ended);
    site.close();
    const configPath = join(ROOT, 'wrangler.toml');
    const bucket = await openLocalBucket({ configPath, persistPath: state });
    try {
      const list = await readDocument(bucket.objects, WARM_LIST_KEY, warmListSchema);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const value = { version: 1, models: [SMALL_MODEL], pictures: [{ url, sha256 }] };
      expect(list).toEqual({ ok: true, value });
    } finally {
      await bucket.dispose();
    }
  });

  it('puts in as many as the Worker takes', () => {
    const of = (count: number, chars: number) =>
      fitList(Array(count).fill({ url: 'x'.repeat(chars), sha256: 'a'.repeat(64) })).length;
    expect(of(LIST_PICTURES_MAX, 30)).toBe(LIST_PICTURES_MAX);
    expect(of(LIST_PICTURES_MAX + 1, 30)).toBe(LIST_PICTURES_MAX);
    const long = of(LIST_PICTURES_MAX, 2000);
    expect(long).toBeGreaterThan(0);
    expect(long * 2000).toBeLessThan(LIST_BYTES_MAX);
  });
});

describe('a warm-up that ends early', () => {
  it('ends what it began after Ctrl-C, and says what is left', async () => {
    const pictures = await makePictures(join(folder, 'interrupted'), COUNT, 8 * COUNT);
    const uploads = sent.length;
    const args = ['--url', proxy.origin, '--concurrency', '2', '--rate', '20', pictures];
    const { child, ended } = startWarmup(args, { cache: folder });
    await expect
      .poll(() => sent.length - uploads, POLL)
      .toBeGreaterThan(2)
      .finally(() => child.kill('SIGINT'));
    const { code, report } = await ended;
    expect([code, report?.ended]).toEqual([3, 'interrupted']);
    const { hit = 0, warmed = 0, known = 0 } = report?.models[0] ?? {};
    expect(hit + warmed + known + (report?.left ?? 0)).toBe(COUNT);
  });

  it('keeps to its requests and bytes, ends with 3, and goes on the next time', async () => {
    const pictures = await makePictures(join(folder, 'budget'), 8, 4 * COUNT);
    const before = inferences();
    // One at a time: several may ask for all by their hashes before any is sent.
    const first = await warmup(pictures, '--max-requests', '9', '--concurrency', '1');
    expect(first.code).toBe(3);
    expect(first.report).toMatchObject({ ended: 'max_requests', requests: 9 });
    expect(first.report?.checkpoint).not.toBe(null);
    const second = await warmup(pictures, '--max-bytes', '1kB');
    expect(second).toMatchObject({ code: 3, report: { ended: 'max_bytes' } });
    expect(second.report?.models[0]?.sent_bytes).toBe(0);
    const { of, left, checkpoint } = expectFine(await warmup(pictures));
    expect([left, checkpoint]).toEqual([0, null]);
    expect(of.done_before).toBeGreaterThan(0);
    expect(inferences() - before).toBe(8);
  });

  it('has its checkpoint to itself', async () => {
    const path = join(folder, 'taken.sqlite');
    const args = ['models/samples', '--checkpoint', path];
    const held = await withLock(path, async () => ok(await warmup(...args)));
    expect(held).toMatchObject({ value: { code: 1, report: { failure: { code: 'busy' } } } });
    expect((await warmup(...args)).code).toBe(0);
  });

  it('begins anew where that is asked for', async () => {
    const pictures = await makePictures(join(folder, 'fresh'), 3, 9 * COUNT);
    const early = await warmup(pictures, '--max-requests', '5', '--concurrency', '1');
    expect(early).toMatchObject({ code: 3, report: { models: [{ warmed: 1 }] } });
    const { of } = expectFine(await warmup(pictures, '--fresh'));
    expect(of).toMatchObject({ done_before: 0, hit: 1, warmed: 2 });
  });

  it('fails where an item does, tries that again the next time, and does the others', async () => {
    const pictures = await makePictures(join(folder, 'bad'), 3, 5 * COUNT);
    const broken = join(pictures, 'broken.jpg');
    writeFileSync(broken, 'not a picture');
    writeFileSync(join(pictures, 'notes.txt'), 'no picture by its name');
    const first = await warmup(pictures);
    expect(first.code).toBe(1);
    expect(first.report?.models[0]).toMatchObject({ warmed: 3, failed: 1 });
    const failure = { picture: broken, code: 'unsupported_format' };
    expect(first.report?.failures).toMatchObject([failure]);
    expect(first.report?.sources.skipped).toEqual({ not_a_picture_by_its_name: 1 });
    expect(first.stderr).toContain('unsupported_format');
    const second = await warmup(pictures);
    expect(second.code).toBe(1);
    expect(second.report?.models[0]).toMatchObject({ done_before: 3, hit: 0, failed: 1 });
  });

  it('does nothing where a model is not there', async () => {
    const both = ['--model', SMALL_MODEL, '--model', 'nobody_published_this'];
    const { code, report, stderr } = await warmup('models/samples', ...both);
    expect([code, report]).toEqual([1, { failure: expect.objectContaining(UNKNOWN) }]);
    expect(stderr).toContain('nobody_published_this');
  });

  it.each([
    ['without a service', ['photos']],
    ['with an option that nobody knows', ['--url', 'http://127.0.0.1:1', '--rat', '3', 'photos']],
    ['with a key over plain http', ['--url', 'http://example.com', 'photos']],
    ['with nothing to warm', ['--url', 'https://example.com']],
    ['with a time of no unit', ['--url', 'https://example.com', '--max-time', '5', 'photos']],
  ])('is wrong use %s', async (_name, args) => {
    const { code, stderr, report } = await startWarmup(args, { cache: folder }).ended;
    expect([code, report]).toEqual([2, undefined]);
    expect(stderr).toContain('Usage: npm run warmup');
  });

  it('is told where nobody answers', async () => {
    const args = ['--url', 'http://127.0.0.1:1', 'models/samples'];
    const { code, stderr } = await startWarmup(args, { cache: folder }).ended;
    expect(code).toBe(1);
    expect(stderr).toContain('no_answer');
  });
});

const UNKNOWN = { code: 'unknown_model', status: 404 };
const POLL = { timeout: 120_000 + COUNT * 1000, interval: 5 } as const;

// Every address of the suite as a picture's, named by an event and reached by a redirect. (As
// callbacks: src/webhook/deliver/ssrf.node.test.ts.)
import { existsSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Rig, startRig } from './webhook-rig.ts';

const SUITE = new URL('../../../shared/suites/ssrf/', import.meta.url);
const present = existsSync(SUITE);
if (!present) console.error('The SSRF suite: skipped, ../shared/suites/ssrf is absent');

interface UrlCase {
  readonly id: string;
  readonly url: unknown;
  readonly expect: 'allow' | 'refuse';
  readonly reason: string;
  readonly also?: readonly string[];
  readonly config?: object;
}

interface Suite<T> {
  readonly cases: readonly T[];
}

function readSuite<T>(file: string): readonly T[] {
  if (!present) return [];
  return (JSON.parse(readFileSync(new URL(file, SUITE), 'utf8')) as Suite<T>).cases;
}

interface Case {
  readonly name: string;
  readonly url: string;
  readonly codes: readonly string[];
}

/** Under the default rules; an event's own limit on texts stands before those on URLs. */
const URLS: readonly Case[] = readSuite<UrlCase>('urls.json')
  .filter(({ expect: verdict, config }) => verdict === 'refuse' && config === undefined)
  .flatMap(({ id, url, reason, also = [] }) =>
    typeof url === 'string' && url !== '' && url.length <= 2048
      ? [{ name: id, url, codes: [reason, ...also] }]
      : [],
  );

const ADDRESSES: readonly Case[] = readSuite<{ readonly ip: string }>('ip.json').map(({ ip }) => ({
  name: ip,
  url: `https://${ip.includes(':') ? `[${ip}]` : ip}/a.png`,
  codes: ['ip_literal', 'bad_url'],
}));

const CASES = [...URLS, ...ADDRESSES];
/** Space around a header's value is no part of it: without it these are other addresses. */
const REDIRECTED = CASES.filter(({ url }) => encodeLocation(url).trim() === encodeLocation(url));
const IMAGES_MAX = 16;

describe.skipIf(!present)('addresses that nothing is fetched from', () => {
  let rig: Rig;
  beforeAll(async () => {
    const pages = {
      '/to': (response: ServerResponse, path: string) => {
        const found = REDIRECTED[Number.parseInt(path.split('?')[1] ?? '', 10)];
        if (found === undefined) response.writeHead(404).end();
        else response.writeHead(302, { location: encodeLocation(found.url) }).end();
      },
    };
    rig = await startRig({ pages, sources: () => ({}) });
  });
  afterAll(() => rig.close());

  async function failuresOf(name: string, urls: readonly string[]): Promise<readonly string[]> {
    const jobs: string[] = [];
    for (let at = 0; at < urls.length; at += IMAGES_MAX) {
      const images = urls.slice(at, at + IMAGES_MAX);
      const answer = await rig.post(`${name}-${at}`, { images });
      expect(answer.status).toBe(202);
      jobs.push(((await answer.json()) as { job: string }).job);
    }
    const codes: string[] = [];
    for (const job of jobs) {
      const { state, images } = await rig.settle(job);
      expect(state).toBe('done');
      codes.push(...images.map(({ failure }) => failure?.code ?? 'classified'));
    }
    return codes;
  }

  const wrong = (
    cases: readonly Case[],
    codes: readonly string[],
    right: (found: Case) => readonly string[],
  ) =>
    cases.flatMap((found, index) => {
      const code = codes[index] ?? 'none';
      return right(found).includes(code) ? [] : [`${found.name}: ${code}`];
    });

  it('are refused with their reason where an event names them', async () => {
    expect(CASES.length).toBeGreaterThan(350);
    const codes = await failuresOf(
      'named',
      CASES.map(({ url }) => url),
    );
    expect(rig.pictures()).toBe(0);
    expect(wrong(CASES, codes, ({ codes: own }) => own)).toEqual([]);
  }, 180_000);

  it('are refused where a redirect leads to them', async () => {
    const codes = await failuresOf(
      'redirected',
      REDIRECTED.map((_, index) => `${rig.home}/to?${index}`),
    );
    expect(rig.pictures()).toBeGreaterThanOrEqual(REDIRECTED.length);
    // What is no absolute URL is a path on the host that redirects: nothing else is asked.
    const isRelative = (url: string) => !/^[a-z][a-z0-9+.-]*:|^\/\//i.test(url);
    const relative = ['classified', 'bad_status'];
    const others = wrong(REDIRECTED, codes, ({ url, codes: own }) => [
      ...own,
      ...REDIRECT_CODES,
      ...(isRelative(url) ? relative : []),
    ]);
    expect(others).toEqual([]);
  }, 180_000);
});

/** What a Location may be that could not stand alone. */
const REDIRECT_CODES = ['bad_location', 'missing_location', 'redirect_loop', 'scheme'];

/** In a header, UTF-8 goes as bytes, and control characters don't go at all. */
function encodeLocation(url: string): string {
  const visible = [...url].map((character) => (character < ' ' ? ' ' : character)).join('');
  return Buffer.from(visible.replaceAll('\x7f', ' '), 'utf8').toString('latin1');
}

// Sitemaps, pages, logs and standard input: what of them becomes pictures of a run, and that the
// rest is counted.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../checkpoint.ts';
import { createFetchSafely } from '../fetch-safely.ts';
import { createGathering, type Gathered } from '../gathering.ts';
import { PAGE_IMAGES_MAX, SITEMAP_ENTRIES_MAX, SITEMAP_IMAGES_MAX } from '../limits.ts';
import { type GatherOptions, gather } from './gather.ts';
import { type Line, readLines } from './lines.ts';
import { splitSrcset } from './page.ts';
import { readSitemap } from './sitemap.ts';

interface Found extends Gathered {
  readonly places: readonly string[];
}

let folder: string;
let site: string;
let server: Server;
const pages = new Map<string, { readonly type: string; readonly body: string | Buffer }>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'razorbill-sources-'));
  server = createServer((request, response) => {
    const page = pages.get(request.url ?? '');
    if (page === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': page.type }).end(page.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function find(
  sources: readonly string[],
  { stdin = '', ...more }: Partial<Omit<GatherOptions, 'stdin'>> & { stdin?: string } = {},
): Promise<Found> {
  const opened = openCheckpoint(':memory:', 'https://service.example.com');
  if (!opened.ok) return expect.unreachable();
  const into = createGathering(
    opened.value,
    () => undefined,
    () => false,
  );
  const trustedOrigins = [site];
  const options = {
    ...{ trustedOrigins, base: undefined, fields: ['url', 'path'], pages: false, ...more },
    fetchSafely: createFetchSafely(trustedOrigins),
    stdin: Readable.from([Buffer.from(stdin)]),
  };
  await gather(sources, options, into);
  const places = opened.value.page(0).map(({ place }) => place.at.replace(site, ''));
  opened.value.close();
  return { ...into.gathered(), places };
}

function urlset(entries: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<!-- a licence --><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
  xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">${entries}</urlset>`;
}

const entry = (loc: string, images: readonly string[] = []) =>
  `<url><loc>${loc}</loc>${images
    .map((at) => `<image:image><image:loc>${at}</image:loc></image:image>`)
    .join('')}</url>`;

describe('a sitemap', () => {
  it('gives its images and addresses of pictures, through an index and gzip', async () => {
    const index = `<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
      <sitemap><loc>${site}/one.xml.gz</loc></sitemap>
      <sitemap><loc>${site}/two.xml</loc></sitemap>
      <sitemap><loc>${site}/gone.xml</loc></sitemap>
      <sitemap><loc>${site}/sitemap.xml</loc></sitemap></sitemapindex>`;
    const one = urlset(
      entry(`${site}/a`, [`${site}/a1.jpg`, `${site}/a2.webp?v=1&amp;w=2`]) +
        entry(`${site}/plain`) +
        entry(`${site}/b.png`),
    );
    pages.set('/sitemap.xml', { type: 'application/xml', body: index });
    pages.set('/one.xml.gz', { type: 'application/gzip', body: gzipSync(one) });
    const two = urlset(entry(`${site}/c`, [`${site}/a1.jpg`, `${site}/logo.svg`]));
    pages.set('/two.xml', { type: 'text/xml', body: two });
    const found = await find([`${site}/sitemap.xml`]);
    expect(found.places).toEqual(['/a1.jpg', '/a2.webp?v=1&w=2', '/b.png']);
    expect(found.again).toBe(1);
    expect(found.skipped).toEqual({
      page_not_read_without_pages: 1,
      not_a_picture_by_its_name: 1,
    });
    expect(found.failed).toEqual([
      { where: `${site}/gone.xml`, why: 'bad_status: 404' },
      { where: `${site}/sitemap.xml`, why: 'an index of sitemaps in an index' },
    ]);
  });

  it('has its pages read for image tags where that is asked for', async () => {
    const file = join(folder, 'local.xml');
    writeFileSync(file, urlset(entry(`${site}/page`) + entry(`${site}/nothing`)));
    pages.set('/page', { type: 'text/html; charset=utf-8', body: '<img src="in-page.jpg">' });
    const found = await find([file], { pages: true });
    expect(found.places).toEqual(['/in-page.jpg']);
    expect(found.failed).toEqual([{ where: `${site}/nothing`, why: 'bad_status: 404' }]);
  });

  it('does not lead into a private network', async () => {
    const inside = [
      'http://169.254.169.254/latest.jpg',
      'http://localhost/a.jpg',
      'https://10.0.0.1',
    ];
    const file = join(folder, 'inside.xml');
    writeFileSync(
      file,
      urlset(inside.map((at) => entry('https://site.example.com/p', [at])).join('')),
    );
    const found = await find([file]);
    expect(found.places).toEqual([]);
    expect(found.skipped).toEqual({ ip_literal: 2, local_name: 1 });
  });

  it.each([
    ['not XML', 'hello'],
    ['another document', '<?xml version="1.0"?><rss></rss>'],
    ['cut short', urlset(entry('https://a.example.com/b')).slice(0, -30)],
    ['gzip that is none', Buffer.from([0x1f, 0x8b, 1, 2, 3])],
  ])('is refused where it is %s', async (_name, body) => {
    expect(await readSitemap(Buffer.from(body))).toMatchObject({
      ok: false,
      failure: { code: 'bad_sitemap' },
    });
  });

  it('is read up to the protocol’s limits, and says where it goes beyond', async () => {
    const images = (n: number) =>
      urlset(entry('https://a.example.com/p', Array(n).fill('https://a.example.com/i.jpg')));
    const entries = (n: number) => urlset(entry('https://a.example.com/p').repeat(n));
    for (const [xml, cut] of [
      [images(SITEMAP_IMAGES_MAX), undefined],
      [images(SITEMAP_IMAGES_MAX + 1), /images/],
      [entries(SITEMAP_ENTRIES_MAX), undefined],
      [entries(SITEMAP_ENTRIES_MAX + 1), /entries/],
    ] as const) {
      const read = await readSitemap(Buffer.from(xml));
      if (!read.ok || read.value.is !== 'entries') return expect.unreachable();
      if (cut === undefined) expect(read.value.cut).toBeUndefined();
      else expect(read.value.cut).toMatch(cut);
    }
  });
});

describe('a page', () => {
  it('gives what it shows, each once, in whatever tag', async () => {
    const body = `<!doctype html><head>
      <meta property="og:image" content="/og.jpg"><meta name="twitter:image" content="/og.jpg">
      <base href="/deep/"></head>
      <img src="one.jpg" srcset="one-2x.jpg 2x, one,3.jpg 3x">
      <picture><source srcset="/avif/one.avif 640w,/avif/two.avif 1280w"><img src="/one"></picture>
      <img src="data:image/png;base64,AAAA"><img src="vector.svg"><img alt="none">
      <noscript><img src="hidden.jpg"></noscript>`;
    pages.set('/show', { type: 'text/html', body });
    const found = await find([`${site}/show`]);
    expect([...found.places].sort()).toEqual(
      [
        ...['/og.jpg', '/deep/one.jpg', '/deep/one-2x.jpg', '/deep/one,3.jpg'],
        ...['/avif/one.avif', '/avif/two.avif', '/one', '/deep/hidden.jpg'],
      ].sort(),
    );
    expect(found.skipped).toEqual({ data_url: 1, not_a_picture_by_its_name: 1 });
  });

  it.each([
    ['a.jpg', ['a.jpg']],
    ['a.jpg, b.jpg 2x', ['a.jpg', 'b.jpg']],
    ['a.jpg 1x,b.jpg 2x', ['a.jpg', 'b.jpg']],
    ['a,b.jpg 100w, c.jpg', ['a,b.jpg', 'c.jpg']],
    [' , ', []],
    ['', []],
  ])('reads the srcset %j', (text, addresses) => {
    expect(splitSrcset(text)).toEqual(addresses);
  });

  it('has a limit of pictures', async () => {
    for (const [count, failures] of [
      [PAGE_IMAGES_MAX, 0],
      [PAGE_IMAGES_MAX + 1, 1],
    ] as const) {
      const body = Array.from({ length: count }, (_, i) => `<img src="/p${i}.jpg">`).join('');
      pages.set('/many', { type: 'text/html', body });
      const found = await find([`${site}/many`]);
      expect([found.added, found.failed.length]).toEqual([PAGE_IMAGES_MAX, failures]);
    }
  });
});

describe('a log', () => {
  const lines = [
    '{"url":"https://site.example.com/a.jpg","status":200}',
    '{"path":"/b.png?x=1"}',
    '{"path":"/index.html"}',
    '{"url":"https://site.example.com/about"}',
    '{"status":200}',
    '{"url":7}',
    'https://site.example.com/c.webp',
    '{"url":"https://site.example.com/d.jpg"',
    '',
    '{"request":{"target":"/e.gif"}}',
    'http://192.168.0.1/f.jpg',
  ].join('\n');

  it('gives pictures by the named fields, and counts every other line by its reason', async () => {
    const file = join(folder, 'access.ndjson');
    writeFileSync(file, lines);
    const usual = await find([file], { base: 'https://cdn.example.com/' });
    expect(usual.places).toEqual([
      ...['https://site.example.com/a.jpg', 'https://cdn.example.com/b.png?x=1'],
      'https://site.example.com/c.webp',
    ]);
    expect(usual.skipped).toEqual({
      ...{ not_a_picture_by_its_name: 2, line_without_field: 3, line_is_not_json: 1 },
      ip_literal: 1,
    });
    const named = await find([file], {
      base: 'https://cdn.example.com/',
      fields: ['request.target'],
    });
    expect(named.places).toContain('https://cdn.example.com/e.gif');
  });

  it('without a base passes relative addresses over, and says so', async () => {
    const found = await find(['-'], { stdin: lines });
    expect(found.skipped.relative_without_base).toBe(2);
    expect(found.places).toEqual([
      'https://site.example.com/a.jpg',
      'https://site.example.com/c.webp',
    ]);
  });

  it('on standard input takes addresses as they are', async () => {
    const found = await find(['-'], { stdin: `${site}/x\r\n${site}/y.jpg\n${site}/x` });
    expect([found.places, found.again]).toEqual([['/x', '/y.jpg'], 1]);
  });

  it.each([1, 2, 3, 7, 1000])('is the same in pieces of %i bytes', async (size) => {
    const text = 'ab\n\ncdé\r\nlong long\nend';
    const bytes = Buffer.from(text);
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    );
    const read: Line[] = [];
    for await (const line of readLines(Readable.from(pieces), { lineCharsMax: 8 })) read.push(line);
    expect(read).toEqual([
      { number: 1, text: 'ab' },
      { number: 3, text: 'cdé' },
      { number: 4, why: 'line_too_long' },
      { number: 5, text: 'end' },
    ]);
  });

  it('ends at its limit of lines, and says so', async () => {
    async function read(count: number): Promise<Line[]> {
      const pieces = Array.from({ length: count }, (_, i) => Buffer.from(`${i}\n`));
      const all: Line[] = [];
      for await (const line of readLines(Readable.from(pieces), { linesMax: 3 })) all.push(line);
      return all;
    }
    expect((await read(3)).filter((line) => 'why' in line)).toEqual([]);
    expect((await read(4)).at(-1)).toEqual({ number: 4, why: 'too_many_lines' });
  });
});

describe('a folder', () => {
  it('gives the pictures below it, in order, and follows no link', async () => {
    const root = join(folder, 'tree');
    mkdirSync(join(root, 'deep', 'deeper'), { recursive: true });
    for (const name of ['b.JPG', 'a.png', 'deep/c.webp', 'deep/deeper/d.gif', 'notes.md']) {
      writeFileSync(join(root, name), 'x');
    }
    symlinkSync(root, join(root, 'loop'));
    const found = await find([root]);
    expect(found.places.map((place) => place.replace(`${root}/`, ''))).toEqual([
      ...['a.png', 'b.JPG', 'deep/c.webp', 'deep/deeper/d.gif'],
    ]);
    expect(found.skipped).toEqual({ not_a_picture_by_its_name: 1, not_a_file: 1 });
  });

  it('that is not there is a failure', async () => {
    const { failed } = await find([join(folder, 'nowhere')]);
    expect(failed).toMatchObject([{ why: 'there is no such file or folder' }]);
  });
});

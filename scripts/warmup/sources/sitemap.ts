import { gunzipSync } from 'node:zlib';
import { XMLToSitemapIndexStream, XMLToSitemapItemStream } from 'sitemap';
import { fail, ok, type Result } from '../../../src/result.ts';
import { SITEMAP_BYTES_MAX, SITEMAP_ENTRIES_MAX, SITEMAP_IMAGES_MAX } from '../limits.ts';

export interface Entry {
  /** A page, or a picture by its name. */
  readonly url: string;
  readonly images: readonly string[];
}

export type Sitemap =
  | { readonly is: 'index'; readonly sitemaps: readonly string[] }
  | {
      readonly is: 'entries';
      readonly entries: readonly Entry[];
      /** The protocol's limit that it goes beyond; what is beyond is not among the entries. */
      readonly cut: string | undefined;
    };

export interface SitemapFailure {
  readonly code: 'bad_sitemap';
  readonly why: string;
}

/** Reads a sitemap or an index of them, perhaps gzipped, within the protocol's own limits. */
export async function readSitemap(bytes: Uint8Array): Promise<Result<Sitemap, SitemapFailure>> {
  const xml = unzip(bytes);
  if (xml === undefined) return bad(`not gzip, or more than ${SITEMAP_BYTES_MAX} bytes`);
  if (xml.length > SITEMAP_BYTES_MAX) return bad(`more than ${SITEMAP_BYTES_MAX} bytes`);
  const root = /<(?:[a-z]+:)?(urlset|sitemapindex)[\s>]/i.exec(xml.slice(0, HEAD_CHARS));
  if (root === null) return bad('neither <urlset> nor <sitemapindex>');
  // The parser takes what came of a file that was cut short for all of it.
  if (!xml.includes(`${root[1]}>`, xml.lastIndexOf('</'))) return bad('it ends before its root');
  try {
    return root[1]?.toLowerCase() === 'urlset' ? await readEntries(xml) : await readIndex(xml);
  } catch (thrown) {
    return bad(thrown instanceof Error ? (thrown.message.split('\n')[0] ?? '') : String(thrown));
  }
}

/** Before the root there are a declaration and perhaps a licence's comment. */
const HEAD_CHARS = 65_536;

/** Unknown tags and odd dates are no failure: what is looked for are addresses. */
const QUIET = { logger: false } as const;

async function readIndex(xml: string): Promise<Result<Sitemap, SitemapFailure>> {
  const sitemaps: string[] = [];
  const stream = new XMLToSitemapIndexStream(QUIET);
  stream.end(xml);
  for await (const { url } of stream) {
    if (sitemaps.length === SITEMAP_ENTRIES_MAX) return bad(MANY);
    sitemaps.push(url);
  }
  return ok({ is: 'index', sitemaps });
}

async function readEntries(xml: string): Promise<Result<Sitemap, SitemapFailure>> {
  const entries: Entry[] = [];
  const stream = new XMLToSitemapItemStream(QUIET);
  stream.end(xml);
  for await (const { url, img } of stream) {
    entries.push({ url, images: img.map((image: { readonly url: string }) => image.url) });
  }
  // The parser leaves out what is beyond, and says so here.
  const images = stream.errors.some(({ message }) => message.includes('too many images'));
  const tooMany = stream.urlCount > SITEMAP_ENTRIES_MAX;
  const cut = images ? `more than ${SITEMAP_IMAGES_MAX} images of a page` : undefined;
  return ok({ is: 'entries', entries, cut: tooMany ? MANY : cut });
}

function unzip(bytes: Uint8Array): string | undefined {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return Buffer.from(bytes).toString('utf8');
  try {
    return gunzipSync(bytes, { maxOutputLength: SITEMAP_BYTES_MAX }).toString('utf8');
  } catch {
    return undefined;
  }
}

const MANY = `more than ${SITEMAP_ENTRIES_MAX} entries`;

function bad(why: string): Result<never, SitemapFailure> {
  return fail({ code: 'bad_sitemap', why });
}

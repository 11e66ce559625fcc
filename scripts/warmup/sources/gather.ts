import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { FetchSafely } from '../fetch-safely.ts';
import type { Gathering } from '../gathering.ts';
import { PAGE_BYTES_MAX, PAGES_MAX, SITEMAP_BYTES_MAX, SITEMAPS_MAX } from '../limits.ts';
import { judgeName } from '../place.ts';
import { gatherAddress } from './addresses.ts';
import { gatherFile, gatherFolder } from './folder.ts';
import { gatherLog } from './log.ts';
import { gatherPage } from './page.ts';
import { readSitemap, type Sitemap } from './sitemap.ts';

export interface GatherOptions {
  readonly fetchSafely: FetchSafely;
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Origins of the addresses that the user wrote down. */
  readonly trustedOrigins: readonly string[];
  /** What relative addresses of logs and of local pages count from. */
  readonly base: string | undefined;
  readonly fields: readonly string[];
  /** Pages that a sitemap lists are read for their image tags. */
  readonly pages: boolean;
}

/** What one run has read so far, of all its sources together. */
interface Read {
  sitemaps: number;
  pages: number;
}

/** Fills the checkpoint with the pictures of all sources. */
export async function gather(
  sources: readonly string[],
  options: GatherOptions,
  into: Gathering,
): Promise<void> {
  const read = { sitemaps: 0, pages: 0 };
  for (const source of sources) {
    const closed = into.closed();
    if (closed !== undefined) into.fail(source, closed);
    else if (source === '-') await gatherLog(options.stdin, 'stdin', options, into);
    else if (/^https?:/i.test(source)) await gatherUrl(source, options, into, read);
    else await gatherPath(source, options, into, read);
  }
}

async function gatherPath(
  path: string,
  options: GatherOptions,
  into: Gathering,
  read: Read,
): Promise<void> {
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined) return into.fail(path, 'there is no such file or folder');
  if (facts.isDirectory()) return gatherFolder(path, into);
  const name = path.toLowerCase();
  if (/\.(?:ndjson|jsonl|json|log|txt)$/.test(name)) {
    return gatherLog(createReadStream(path), path, options, into);
  }
  if (/\.xml(?:\.gz)?$/.test(name)) {
    if (facts.size > SITEMAP_BYTES_MAX)
      return into.fail(path, `more than ${SITEMAP_BYTES_MAX} bytes`);
    return gatherSitemap(await readFile(path), path, options, into, read);
  }
  if (/\.x?html?$/.test(name)) {
    if (facts.size > PAGE_BYTES_MAX) return into.fail(path, `more than ${PAGE_BYTES_MAX} bytes`);
    const html = await readFile(path, 'utf8');
    return gatherPage({ html, url: options.base }, options.trustedOrigins, into);
  }
  return gatherFile(path, into);
}

/** What is behind an address without a picture's name, its media type and first bytes say. */
async function gatherUrl(
  url: string,
  options: GatherOptions,
  into: Gathering,
  read: Read,
): Promise<void> {
  const parsed = URL.parse(url);
  if (parsed === null) return into.fail(url, 'not an address');
  if (judgeName(parsed.pathname) === 'picture') return addPicture(url, options, into);
  const fetched = await options.fetchSafely(url, SITEMAP_BYTES_MAX, 'document');
  if (!fetched.ok) return into.fail(url, describe(fetched.failure));
  const { bytes, type, url: at } = fetched.value;
  const html = type === 'text/html' || type === 'application/xhtml+xml';
  if (type.startsWith('image/') && type !== 'image/svg+xml') return addPicture(url, options, into);
  if (!html) return gatherSitemap(bytes, at, options, into, read);
  if (bytes.length > PAGE_BYTES_MAX) return into.fail(url, `more than ${PAGE_BYTES_MAX} bytes`);
  read.pages++;
  gatherPage({ html: new TextDecoder().decode(bytes), url: at }, options.trustedOrigins, into);
}

function addPicture(url: string, { trustedOrigins }: GatherOptions, into: Gathering): void {
  gatherAddress(url, url, { base: undefined, trustedOrigins, take: 'any' }, into);
}

async function gatherSitemap(
  bytes: Uint8Array,
  where: string,
  options: GatherOptions,
  into: Gathering,
  read: Read,
): Promise<void> {
  read.sitemaps++;
  const sitemap = await readSitemap(bytes);
  if (!sitemap.ok) return into.fail(where, `${sitemap.failure.code}: ${sitemap.failure.why}`);
  if (sitemap.value.is === 'entries')
    return gatherEntries(sitemap.value, where, options, into, read);
  for (const url of sitemap.value.sitemaps) {
    if (read.sitemaps >= SITEMAPS_MAX)
      return into.fail(where, `more than ${SITEMAPS_MAX} sitemaps`);
    read.sitemaps++;
    const fetched = await options.fetchSafely(url, SITEMAP_BYTES_MAX, 'document');
    if (!fetched.ok) {
      into.fail(url, describe(fetched.failure));
      continue;
    }
    const inner = await readSitemap(fetched.value.bytes);
    if (!inner.ok) into.fail(url, `${inner.failure.code}: ${inner.failure.why}`);
    else if (inner.value.is === 'index') into.fail(url, 'an index of sitemaps in an index');
    else await gatherEntries(inner.value, url, options, into, read);
  }
}

async function gatherEntries(
  { entries, cut }: Sitemap & { is: 'entries' },
  where: string,
  options: GatherOptions,
  into: Gathering,
  read: Read,
): Promise<void> {
  const { trustedOrigins } = options;
  const closed = into.closed();
  if (closed !== undefined) return into.fail(where, closed);
  if (cut !== undefined) into.fail(where, cut);
  for (const { url, images } of entries) {
    const rules = { base: URL.parse(url)?.href, trustedOrigins };
    for (const image of images) gatherAddress(image, where, { ...rules, take: 'declared' }, into);
    const path = URL.parse(url)?.pathname;
    if (path === undefined) into.passOver('bad_url', `${where}: ${url}`);
    else if (judgeName(path) === 'picture') {
      gatherAddress(url, where, { ...rules, take: 'named' }, into);
    } else if (!options.pages) {
      if (images.length === 0) into.passOver('page_not_read_without_pages', url);
    } else if (read.pages >= PAGES_MAX) into.passOver('more_pages_than_a_run_reads', url);
    else {
      read.pages++;
      await gatherPageAt(url, options, into);
    }
  }
}

async function gatherPageAt(url: string, options: GatherOptions, into: Gathering): Promise<void> {
  const closed = into.closed();
  if (closed !== undefined) return into.fail(url, closed);
  const fetched = await options.fetchSafely(url, PAGE_BYTES_MAX, 'document');
  if (!fetched.ok) return into.fail(url, describe(fetched.failure));
  const { bytes, type, url: at } = fetched.value;
  if (!/html/.test(type)) return into.passOver('not_a_page', url);
  gatherPage({ html: new TextDecoder().decode(bytes), url: at }, options.trustedOrigins, into);
}

/** `bad_status: 404` */
function describe({ code, ...facts }: { readonly code: string }): string {
  const values = Object.values(facts).join(' ');
  return values === '' ? code : `${code}: ${values}`;
}

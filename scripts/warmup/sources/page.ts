import { load } from 'cheerio';
import type { Gathering } from '../gathering.ts';
import { PAGE_IMAGES_MAX } from '../limits.ts';
import { gatherAddress } from './addresses.ts';

export interface Page {
  readonly html: string;
  readonly url: string | undefined;
}

/**
 * Pictures that a page shows: `img` and `picture` with every size of their `srcset`, and what it
 * gives others to show of it (`og:image`, `twitter:image`). Scripts are not run.
 */
export function gatherPage(
  { html, url }: Page,
  trustedOrigins: readonly string[],
  into: Gathering,
): void {
  const where = url ?? 'the page';
  // What stands in <noscript> is shown to somebody.
  const $ = load(html, { scriptingEnabled: false });
  const href = $('base[href]').first().attr('href');
  const base = href === undefined ? url : (URL.parse(href, url)?.href ?? url);
  const addresses = new Set<string>();
  $('img[src], input[type="image"][src]').each((_, tag) => add($(tag).attr('src')));
  $('img[srcset], picture source[srcset]').each((_, tag) => {
    for (const candidate of splitSrcset($(tag).attr('srcset') ?? '')) add(candidate);
  });
  const shown = 'meta[property="og:image"], meta[property="og:image:url"], ';
  $(`${shown} meta[property="og:image:secure_url"], meta[name="twitter:image"]`).each((_, tag) =>
    add($(tag).attr('content')),
  );

  function add(text: string | undefined): void {
    if (text !== undefined && text.trim() !== '') addresses.add(text.trim());
  }

  let taken = 0;
  for (const address of addresses) {
    taken++;
    if (taken > PAGE_IMAGES_MAX) {
      return void into.fail(where, `more than ${PAGE_IMAGES_MAX} pictures on one page`);
    }
    gatherAddress(address, where, { base, trustedOrigins, take: 'declared' }, into);
  }
}

/**
 * The addresses of a `srcset` (HTML, 4.8.4.2.1): separated by commas, each perhaps with a width or
 * density behind it. A comma inside an address is part of it, unless the address ends there.
 */
export function splitSrcset(text: string): readonly string[] {
  const candidates = text.matchAll(/[\s,]*([^\s,]\S*?)(?:,+(?=\s|$)|\s+[^,]*(?:,|$)|$)/g);
  return [...candidates].map((match) => match[1] ?? '').filter((address) => address !== '');
}

import { checkUrl } from '../../../src/net/check-url.ts';
import type { Gathering } from '../gathering.ts';
import { judgeName } from '../place.ts';

/** How addresses of one document become pictures of the run. */
export interface AddressRules {
  /** What relative addresses count from. */
  readonly base: string | undefined;
  readonly trustedOrigins: readonly string[];
  /**
   * `named`: only what has a picture's name, as in a log of everything; `declared`: all but what
   * has another thing's name, as in an image tag; `any`: what the user wrote down.
   */
  readonly take: 'named' | 'declared' | 'any';
}

/** Adds one address, or counts why it is none. `where` says what it was read from. */
export function gatherAddress(
  text: string,
  where: string,
  { base, trustedOrigins, take }: AddressRules,
  into: Gathering,
): void {
  if (/^data:/i.test(text)) return void into.passOver('data_url', where);
  const url = URL.parse(text.trim(), base);
  if (url === null) {
    const relative = base === undefined && /^[./]|^[^:]*$/.test(text);
    return void into.passOver(relative ? 'relative_without_base' : 'bad_url', `${where}: ${text}`);
  }
  url.hash = '';
  const says = judgeName(url.pathname);
  const wanted = take === 'any' || says === 'picture' || (take === 'declared' && says !== 'other');
  if (!wanted) return void into.passOver('not_a_picture_by_its_name', `${where}: ${url.href}`);
  const checked = checkUrl(url.href, { http: 'allow', trustedOrigins });
  if (!checked.ok) return void into.passOver(checked.failure.code, `${where}: ${url.href}`);
  into.add({ kind: 'url', at: url.href, key: url.href });
}

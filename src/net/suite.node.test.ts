import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RoomWorker } from '../../test/node/room-in-workerd.ts';
import { startRoomWorker } from '../../test/node/room-in-workerd.ts';
import type { UrlPolicy } from './check-url.ts';
import { checkUrl } from './check-url.ts';
import { fetchPublic } from './fetch-public.ts';
import { isPublicAddress } from './is-public-address.ts';

const SUITE = new URL('../../../shared/suites/ssrf/', import.meta.url);
const present = existsSync(SUITE);
if (!present) console.error('The SSRF suite: skipped, ../shared/suites/ssrf is absent');

interface Config {
  readonly ports?: readonly number[];
  readonly own_hosts?: readonly string[];
  readonly max_redirects?: number;
}

interface Verdict {
  readonly id: string;
  readonly expect: 'allow' | 'refuse';
  readonly reason: string;
  readonly also?: readonly string[];
  readonly config?: Config;
}

interface UrlCase extends Verdict {
  readonly url: unknown;
  readonly href?: string;
}

interface RedirectCase extends Verdict {
  readonly title: string;
  readonly start: string;
  readonly answers: ReadonlyArray<{ readonly status: number; readonly location?: string }>;
  readonly fetches: number;
  readonly final?: string;
  readonly resolve?: Readonly<Record<string, readonly string[]>>;
}

interface AddressCase {
  readonly ip: string;
  readonly public: boolean;
}

function readCases<T>(file: string): readonly T[] {
  if (!present) return [];
  const parsed: unknown = JSON.parse(readFileSync(new URL(file, SUITE), 'utf8'));
  return (parsed as { readonly cases: readonly T[] }).cases;
}

function toPolicy(config: Config = {}): UrlPolicy {
  return {
    ...(config.ports && { ports: config.ports }),
    ...(config.own_hosts && { ownHosts: config.own_hosts }),
    ...(config.max_redirects !== undefined && { redirectsMax: config.max_redirects }),
  };
}

type Checked =
  | { readonly ok: true; readonly href: string }
  | { readonly ok: false; readonly failure: { readonly code: string } };

function judge(found: Checked, wanted: UrlCase): string | undefined {
  if (found.ok !== (wanted.expect === 'allow')) return `${wanted.id}: ${JSON.stringify(found)}`;
  if (found.ok) {
    const right = wanted.href === undefined || wanted.href === found.href;
    return right ? undefined : `${wanted.id}: ${found.href}`;
  }
  const { code } = found.failure;
  const right = code === wanted.reason || wanted.also?.includes(code) === true;
  return right ? undefined : `${wanted.id}: ${code}, not ${wanted.reason}`;
}

const URLS = readCases<UrlCase>('urls.json');
const REDIRECTS = readCases<RedirectCase>('redirects.json');
const ADDRESSES = readCases<AddressCase>('ip.json');

describe.skipIf(!present)("the suite's URLs", () => {
  let worker: RoomWorker;
  beforeAll(async () => {
    worker = await startRoomWorker('net');
  });
  afterAll(() => worker.close());

  const wrong = (found: readonly Checked[]) =>
    URLS.map((wanted, i) => judge(found[i] as Checked, wanted)).filter(
      (text) => text !== undefined,
    );

  it('get their verdicts and codes in Node', () => {
    expect(URLS.length).toBeGreaterThanOrEqual(348);
    const found = URLS.map(({ url, config }): Checked => {
      const checked = checkUrl(url, toPolicy(config));
      return checked.ok ? { ok: true, href: checked.value.href } : checked;
    });
    expect(wrong(found)).toEqual([]);
  });

  it('get their verdicts and codes from the parser in workerd', async () => {
    const cases = URLS.map(({ url, config }) => ({ url, policy: toPolicy(config) }));
    expect(wrong((await worker.ask('/check', cases)) as readonly Checked[])).toEqual([]);
  });
});

describe.skipIf(!present)("the suite's redirects", () => {
  it('are all there', () => {
    expect(REDIRECTS.length).toBeGreaterThanOrEqual(92);
  });

  it.each(REDIRECTS)('$id: $title', async (wanted) => {
    const fetched: string[] = [];
    const { resolve } = wanted;
    const outcome = await fetchPublic(wanted.start, {
      policy: toPolicy(wanted.config),
      limits: { bytesMax: 1000, timeoutMs: 5000 },
      fetch: async (url, init) => {
        expect(init.redirect).toBe('manual');
        const answer = wanted.answers[fetched.length];
        fetched.push(url);
        if (answer === undefined) throw new Error('fetched more often than there are answers');
        return toResponse(answer.status, answer.location);
      },
      ...(resolve && { resolve: async (host) => resolve[host] ?? [] }),
    });
    expect(fetched).toHaveLength(wanted.fetches);
    if (wanted.expect === 'allow') {
      expect(outcome).toMatchObject({ ok: true, value: { url: wanted.final } });
      expect(fetched.at(-1)).toBe(wanted.final);
      return;
    }
    const code = outcome.ok ? 'ok' : outcome.failure.code;
    expect([wanted.reason, ...(wanted.also ?? [])]).toContain(code);
  });
});

/** A field's value travels as bytes: what is not ASCII comes as UTF-8, one character a byte. */
function toResponse(status: number, location: string | undefined): Response {
  const headers = new Headers();
  if (location !== undefined) headers.set('location', Buffer.from(location).toString('latin1'));
  const bodiless = [204, 205, 304].includes(status);
  return new Response(bodiless ? null : Uint8Array.of(1), { status, headers });
}

describe.skipIf(!present)("the suite's addresses", () => {
  it('are public or not as it says', () => {
    expect(ADDRESSES.length).toBeGreaterThanOrEqual(175);
    expect(ADDRESSES.filter((wanted) => isPublicAddress(wanted.ip) !== wanted.public)).toEqual([]);
  });
});

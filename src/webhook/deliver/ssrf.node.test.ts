import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { UrlPolicy } from '../../net/check-url.ts';
import { parseSources } from '../source.ts';
import type { DeliveryOutcome } from './attempt.ts';
import { attemptDelivery } from './attempt.ts';
import { parseSigners, type Signer } from './signers.ts';

const SUITE = new URL('../../../../shared/suites/ssrf/', import.meta.url);
const present = existsSync(SUITE);
if (!present) console.error('The SSRF suite: skipped, ../shared/suites/ssrf is absent');

interface UrlCase {
  readonly id: string;
  readonly url: unknown;
  readonly expect: 'allow' | 'refuse';
  readonly reason: string;
  readonly also?: readonly string[];
  readonly href?: string;
  readonly config?: { readonly ports?: number[]; readonly own_hosts?: string[] };
}

interface RedirectCase {
  readonly start: string;
  readonly answers: ReadonlyArray<{ readonly status: number; readonly location?: string }>;
}

function readCases<T>(file: string): readonly T[] {
  if (!present) return [];
  const parsed: unknown = JSON.parse(readFileSync(new URL(file, SUITE), 'utf8'));
  return (parsed as { readonly cases: readonly T[] }).cases;
}

const URLS = readCases<UrlCase>('urls.json').filter(({ url }) => typeof url === 'string');
const REDIRECTS = readCases<RedirectCase>('redirects.json');
const ADDRESSES = readCases<{ readonly ip: string }>('ip.json');

const SECRET = 'whsec_xT6a9H+n+sTHVo6PO/f3plPyjn4wlWqHsIi3XzsukAk=';
let signers: readonly Signer[];
beforeAll(async () => {
  const parsed = await parseSigners([SECRET]);
  if (!parsed.ok) throw new Error(parsed.failure.code);
  signers = parsed.value;
});

interface Attempted {
  readonly outcome: DeliveryOutcome;
  readonly fetched: readonly string[];
}

/** An attempt whose receiver answers with `answer`; any second request is written down too. */
async function attempt(
  url: string,
  policy: UrlPolicy,
  answer: () => Response = () => new Response(null, { status: 204 }),
): Promise<Attempted> {
  const fetched: string[] = [];
  const outcome = await attemptDelivery(
    { url, id: 'msg_1', attempt: 1, body: new Uint8Array(), signers },
    {
      async fetch(address, init) {
        expect(init.redirect).toBe('manual');
        fetched.push(address);
        return answer();
      },
      policy,
      clock: () => 0,
      random: () => 0.5,
    },
  );
  return { outcome, fetched };
}

function toPolicy({ config = {} }: UrlCase): UrlPolicy {
  return {
    ...(config.ports && { ports: config.ports }),
    ...(config.own_hosts && { ownHosts: config.own_hosts }),
  };
}

function verdictOf({ outcome }: Attempted): string {
  if (outcome.outcome === 'delivered') return 'ok';
  return outcome.outcome === 'disabled' && outcome.cause.code === 'url_refused'
    ? outcome.cause.because
    : outcome.outcome;
}

describe.skipIf(!present)("the suite's URLs as callbacks", () => {
  it('are sent to once, or refused with their code and never sent to', async () => {
    expect(URLS.length).toBeGreaterThanOrEqual(340);
    const wrong: unknown[] = [];
    for (const wanted of URLS) {
      const attempted = await attempt(String(wanted.url), toPolicy(wanted));
      const verdict = verdictOf(attempted);
      const codes = [wanted.reason, ...(wanted.also ?? [])];
      const right =
        wanted.expect === 'allow'
          ? verdict === 'ok' &&
            attempted.fetched.length === 1 &&
            (wanted.href === undefined || wanted.href === attempted.fetched[0])
          : codes.includes(verdict) && attempted.fetched.length === 0;
      if (!right) wrong.push({ wanted, attempted });
    }
    expect(wrong).toEqual([]);
  });

  it('are refused at the start already', async () => {
    const wrong: unknown[] = [];
    for (const wanted of URLS) {
      const callback = { url: wanted.url, secrets: ['S'] };
      const cms = { scheme: 'standard', secrets: ['S'], images: '/url', callback };
      const parsed = await parseSources(JSON.stringify({ cms }), {
        readSecret: () => SECRET,
        policy: toPolicy(wanted),
      });
      if (parsed.ok !== (wanted.expect === 'allow')) wrong.push({ wanted, parsed });
    }
    expect(wrong).toEqual([]);
  });

  it('are not reached by a redirect either', async () => {
    let refusedByHeaders = 0;
    for (const { url } of URLS) {
      const headers = new Headers();
      try {
        headers.set('location', Buffer.from(String(url)).toString('latin1'));
      } catch {
        // Control characters that no server can send in a header.
        refusedByHeaders += 1;
      }
      const { outcome, fetched } = await attempt('https://receiver.example.com/', {}, () => {
        return new Response(null, { status: 307, headers });
      });
      expect(outcome).toMatchObject({ outcome: 'retry', cause: { status: 307 } });
      expect(fetched).toEqual(['https://receiver.example.com/']);
    }
    expect(refusedByHeaders).toBeLessThan(20);
  });
});

describe.skipIf(!present)("the suite's redirects as callbacks", () => {
  it('end with their first answer', async () => {
    expect(REDIRECTS.length).toBeGreaterThanOrEqual(92);
    for (const { start, answers } of REDIRECTS) {
      const [first] = answers;
      const status = first?.status ?? 200;
      const attempted = await attempt(start, {}, () => new Response(null, { status }));
      const verdict = verdictOf(attempted);
      // Some of them begin where nothing is sent to.
      const sent = ['ok', 'retry', 'disabled'].includes(verdict);
      expect(attempted.fetched).toHaveLength(sent ? 1 : 0);
      if (sent) expect(verdict === 'ok').toBe(status >= 200 && status <= 299);
    }
  });
});

describe.skipIf(!present)("the suite's addresses as callbacks", () => {
  it('are refused, public ones too', async () => {
    expect(ADDRESSES.length).toBeGreaterThanOrEqual(175);
    for (const { ip } of ADDRESSES) {
      const url = `https://${ip.includes(':') ? `[${ip}]` : ip}/hook`;
      const { outcome, fetched } = await attempt(url, {});
      expect(outcome.outcome, url).toBe('disabled');
      expect(fetched).toEqual([]);
    }
  });
});

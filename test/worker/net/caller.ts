import { sha256 } from '../../../src/digest.ts';
import type { UrlPolicy } from '../../../src/net/check-url.ts';
import { checkUrl } from '../../../src/net/check-url.ts';
import type { FetchLimits } from '../../../src/net/fetch-public.ts';
import { fetchPublic } from '../../../src/net/fetch-public.ts';

interface CheckCase {
  readonly url: unknown;
  readonly policy: UrlPolicy;
}

interface FetchCase {
  readonly url: string;
  readonly policy: UrlPolicy;
  readonly limits: FetchLimits;
}

/** POST /check and /fetch: the room's functions, called where they will live. */
export default {
  async fetch(request) {
    if (new URL(request.url).pathname === '/check') {
      const cases = await request.json<readonly CheckCase[]>();
      return Response.json(
        cases.map(({ url, policy }) => {
          const checked = checkUrl(url, policy);
          return checked.ok ? { ok: true, href: checked.value.href } : checked;
        }),
      );
    }
    const { url, policy, limits } = await request.json<FetchCase>();
    const fetched = await fetchPublic(url, {
      policy,
      limits,
      fetch: (input, init) => fetch(input, init),
    });
    if (!fetched.ok) return Response.json(fetched);
    const { bytes } = fetched.value;
    const value = { sha256: await sha256(bytes), length: bytes.length, url: fetched.value.url };
    return Response.json({ ok: true, value });
  },
} satisfies ExportedHandler;

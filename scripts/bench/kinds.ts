import type { Workerd } from '../workerd/workerd.ts';
import type { Kind } from './measure.ts';
import { createVariants } from './variants.ts';

export interface Answered {
  readonly run: { readonly engine: string; readonly cache: string; readonly cache_key?: string };
}

export interface Service {
  readonly ours: Workerd;
  readonly bare: Workerd;
  readonly photograph: Uint8Array<ArrayBuffer>;
}

/** What each kind of request must do, or the figure would be another kind's. */
const EXPECTED = {
  cached: /^hit picture$/,
  decoded: /^hit tensor$/,
  uncached: /^bypass $/,
} as const;
export type CacheKind = keyof typeof EXPECTED;

/** The same photograph as a body of a route that does nothing with it. */
export function bareKind({ bare, photograph }: Service): Kind {
  const send = async (): Promise<void> => {
    const response = await fetch(bare.url, { method: 'POST', body: photograph });
    const { bytes } = (await response.json()) as { bytes: number };
    if (bytes !== photograph.length) throw new Error(`bare: ${bytes} bytes`);
  };
  return { name: 'bare', use: bare.use, send };
}

/**
 * `cached`: the same bytes again. `decoded`: other bytes, the same pixels: all work but the
 * inference. `uncached`: the same bytes, and the cache is told not to answer.
 */
export function modelKinds(
  service: Service,
  model: string,
  label: string = model,
): readonly Kind[] {
  const { ours, photograph } = service;
  const variant = createVariants(photograph);
  const url = `${ours.url}/v1/classify?model=${model}`;
  const kind = (cache: CacheKind, body: () => Uint8Array<ArrayBuffer>, control: string): Kind => ({
    name: kindName(label, cache),
    use: ours.use,
    async send() {
      const answer = await classify(url, body(), control);
      const saw = `${answer.run.cache} ${answer.run.cache_key ?? ''}`;
      if (!EXPECTED[cache].test(saw)) throw new Error(`${label}, ${cache}: it was a ${saw}`);
    },
  });
  return [
    kind('cached', () => photograph, 'max-age=86400'),
    kind('decoded', variant, 'max-age=86400'),
    kind('uncached', () => photograph, 'no-cache'),
  ];
}

export function kindName(model: string, cache: CacheKind): string {
  return `${model} ${cache}`;
}

export async function classify(
  url: string,
  body: Uint8Array<ArrayBuffer>,
  control: string,
): Promise<Answered> {
  const headers = { 'cache-control': control };
  const response = await fetch(url, { method: 'POST', body, headers });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Answered;
}

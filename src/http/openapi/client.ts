import { hc } from 'hono/client';
import type { Classified } from './answers/picture.ts';
import type { ProblemAnswer } from './answers/problem.ts';
import type { Api } from './api.ts';

export type Client = ReturnType<typeof hc<Api>>;

/**
 * A client of the API whose types are the document's: a wrong address, parameter or field does not
 * compile. `createClient(url).v1.models.$get()`.
 */
export function createClient(url: string, headers: Readonly<Record<string, string>> = {}): Client {
  return hc<Api>(url, { headers });
}

export type ClassifyQuery = Parameters<Client['v1']['classify']['$post']>[0]['query'];

export type Outcome =
  | { readonly ok: true; readonly answer: Classified; readonly text: string }
  | { readonly ok: false; readonly problem: ProblemAnswer; readonly text: string };

/** POST /v1/classify of one picture's bytes, as they are. `text` is the answer as it came. */
export async function classifyBytes(
  client: Client,
  bytes: Uint8Array<ArrayBuffer>,
  query: ClassifyQuery = {},
): Promise<Outcome> {
  const response = await client.v1.classify.$post({ query }, { init: { body: bytes } });
  const text = await response.clone().text();
  if (!response.ok) return { ok: false, problem: await response.json(), text };
  const answer = await response.json();
  if ('results' in answer) throw new TypeError('a list in answer to one picture');
  return { ok: true, answer, text };
}

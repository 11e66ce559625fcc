import { QUOTE_CHARS_MAX } from './limits.ts';

/** Why a document of the protocol is not taken: which member, and what is wrong with it. */
export interface OipFailure {
  readonly code: 'bad_inference';
  readonly member: string;
  readonly problem: string;
}

export function refuse(
  member: string,
  problem: string,
): { readonly ok: false; readonly failure: OipFailure } {
  return { ok: false, failure: { code: 'bad_inference', member, problem } };
}

/** For messages: what a stranger sent, shortened. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > QUOTE_CHARS_MAX ? `${text.slice(0, QUOTE_CHARS_MAX)}…` : text;
}

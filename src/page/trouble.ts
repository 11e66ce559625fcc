import type { ProblemDocument } from './api.ts';
import { sayBytes } from './words.ts';

/** Why there is no answer. */
export type Trouble =
  | {
      readonly kind: 'problem';
      readonly problem: ProblemDocument;
      /** When the service says that it is worth another try. */
      readonly retryAfterSeconds?: number;
    }
  /** The browser says that it has no network. */
  | { readonly kind: 'offline' }
  /** It has one, and nothing came back. */
  | { readonly kind: 'unreachable' }
  /** What was dropped or pasted is not a file. */
  | { readonly kind: 'not_a_file' };

export function isUnauthorized(trouble: Trouble): boolean {
  return trouble.kind === 'problem' && trouble.problem.code === 'unauthorized';
}

/** The same in words: what happened, what to do about it, and what an operator asks for. */
export interface Advice {
  readonly title: string;
  readonly next: string;
  /** Code and request id, where the service gave any. */
  readonly reference: string;
  /** Whether the same question may get an answer the next time. */
  readonly again: boolean;
}

const KINDS: Readonly<Record<Exclude<Trouble['kind'], 'problem'>, Advice>> = {
  offline: {
    title: 'You are offline',
    next: 'Nothing was sent. Try again when this device has a connection.',
    reference: '',
    again: true,
  },
  unreachable: {
    title: 'The service did not answer',
    next: 'The connection ended before an answer came. Try again in a moment.',
    reference: '',
    again: true,
  },
  not_a_file: {
    title: 'That was not a picture file',
    next: 'What was dropped or pasted is a link or a text. Save the picture first, then choose it.',
    reference: '',
    again: false,
  },
};

const FORMATS = 'JPEG, PNG, WebP, GIF and AVIF are read.';

/** By the code of a problem document; docs/errors.md has the same for whoever calls the API. */
const NEXT: Readonly<Record<string, (problem: ProblemDocument) => string>> = {
  unsupported_format: ({ saw }) =>
    `${saw ? `This looks like ${saw}. ` : ''}${FORMATS} Save the picture as one of them.`,
  corrupt_image: () => 'The file ends early or is broken inside. Fetch or save it once more.',
  empty: () => 'The file has no bytes. Choose it again, or choose another one.',
  body_too_large: ({ bytesMax }) =>
    `At most ${sayBytes(Number(bytesMax))} are read. Send a smaller copy of the picture.`,
  too_large: ({ what, limit }) =>
    `It has more ${what ?? 'pixels'} than are decoded${limit ? ` (${large(limit)})` : ''}. ` +
    'Send a smaller copy of the picture.',
  unauthorized: () => 'Type a key of this service; its operator makes them.',
  rate_limited: () => 'Wait a little, then try again.',
  unknown_model: () => 'Choose another model: this one has gone since the page was opened.',
  model_not_added: ({ command }) => `The operator adds it with: ${command ?? 'npm run models'}`,
  no_origin: () => 'Ask for another engine.',
  misconfigured: () => 'The operator finds in the log which setting is wrong.',
};

/** What to do, by what kind of status it is, where the code has no words of its own. */
export function adviseOn(trouble: Trouble): Advice {
  if (trouble.kind !== 'problem') return KINDS[trouble.kind];
  const { problem, retryAfterSeconds } = trouble;
  const { status, code, title, request_id: id } = problem;
  const again = status >= 500 || status === 429;
  const next = NEXT[code]?.(problem) ?? fallback(again, retryAfterSeconds);
  const reference = id === undefined ? code : `${code} · request ${id}`;
  return { title, next, reference, again };
}

function fallback(again: boolean, retryAfterSeconds: number | undefined): string {
  if (!again) return 'Try another picture or another model.';
  const wait = retryAfterSeconds === undefined ? 'a moment' : `${retryAfterSeconds} s`;
  return `This is the service's trouble, not the picture's. Try again in ${wait}.`;
}

function large(count: unknown): string {
  return Number(count).toLocaleString('en');
}

import type { Result } from '../result.ts';
import { fail, ok } from '../result.ts';
import type { ModelsDocument, PictureAnswer, ProblemDocument } from './api.ts';
import type { Trouble } from './trouble.ts';

/** What the pages need of the browser. */
export interface Network {
  fetch(path: string, init: RequestInit): Promise<Response>;
  online(): boolean;
  /** Milliseconds. */
  clock(): number;
}

export interface Answered {
  readonly answer: PictureAnswer;
  /** From the click to the answer, network and all. */
  readonly tookMs: number;
}

export interface Question {
  readonly picture: Blob;
  readonly model: string;
  /** Classify again although an answer is kept. */
  readonly afresh: boolean;
}

export interface Service {
  models(key: string): Promise<Result<ModelsDocument, Trouble>>;
  classify(question: Question, key: string): Promise<Result<Answered, Trouble>>;
  /** A bundled photograph, as it lies on the server. */
  sample(path: string): Promise<Result<Blob, Trouble>>;
}

/** Labels in an answer. */
export const TOP_K = 5;

export function classifyPath(model: string): string {
  return `/v1/classify?${new URLSearchParams({ model, top_k: String(TOP_K) })}`;
}

/** The service that the page came from. */
export function createService(network: Network): Service {
  const ask = (path: string, init: RequestInit) => call(network, path, init);
  return {
    async models(key) {
      const response = await ask('/v1/models', { headers: withKey(key) });
      return response.ok ? ok((await response.value.json()) as ModelsDocument) : response;
    },
    async classify({ picture, model, afresh }, key) {
      const headers: Record<string, string> = withKey(key);
      if (afresh) headers['cache-control'] = 'no-cache';
      const startedMs = network.clock();
      // The file as it is: the service decodes only what the model looks at.
      const init = { method: 'POST', body: picture, headers };
      const response = await ask(classifyPath(model), init);
      if (!response.ok) return response;
      const answer = (await response.value.json()) as PictureAnswer;
      return ok({ answer, tookMs: network.clock() - startedMs });
    },
    async sample(path) {
      const response = await ask(path, {});
      return response.ok ? ok(await response.value.blob()) : response;
    },
  };
}

function withKey(key: string): Record<string, string> {
  return key === '' ? {} : { authorization: `Bearer ${key}` };
}

async function call(
  network: Network,
  path: string,
  init: RequestInit,
): Promise<Result<Response, Trouble>> {
  const response = await network.fetch(path, init).catch(() => undefined);
  if (response === undefined) return fail({ kind: network.online() ? 'unreachable' : 'offline' });
  if (response.ok) return ok(response);
  const problem = await readProblem(response);
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  const wait = Number.isFinite(retryAfter) ? { retryAfterSeconds: retryAfter } : {};
  return fail({ kind: 'problem', problem, ...wait });
}

/** What stands between us and the service may answer too, and not in our form. */
async function readProblem(response: Response): Promise<ProblemDocument> {
  const { status } = response;
  const document = await response.json().catch(() => undefined);
  const ours = (document as { code?: unknown } | undefined)?.code !== undefined;
  return ours
    ? (document as ProblemDocument)
    : { title: `The answer was ${status}`, status, code: `http_${status}` };
}

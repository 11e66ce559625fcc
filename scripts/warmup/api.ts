import * as z from 'zod';
import { createClient } from '../../src/http/openapi/client.ts';
import { fail, ok, type Result } from '../../src/result.ts';
import type { Ask, AskFailure, Reply } from './ask.ts';

/** What the service says of itself. */
export interface Facts {
  readonly defaultModel: string;
  /** The nearest first; undefined where it is older than this question. */
  readonly tiers: readonly string[] | undefined;
  readonly scope: 'shared' | 'key';
}

export interface Model {
  /** As it was asked for. */
  readonly reference: string;
  readonly name: string;
  readonly graph: string;
  /** Of all that its answers depend on: the graph, and where it has one its cascade. */
  readonly identity: string;
  readonly cost: ReadonlyArray<{ readonly engine: string; readonly cpuMs: number }>;
}

export interface Warm {
  readonly wasWarm: boolean;
  readonly residentBytes: number;
  readonly engine: string;
}

export interface Classified {
  /** False: it was inferred now. */
  readonly hit: boolean;
  readonly cpuMs: number | undefined;
  readonly usd: number | undefined;
}

/** The service's API, as far as a warm-up needs it. */
export interface Service {
  facts(): Promise<Result<Facts, AskFailure>>;
  model(reference: string): Promise<Result<Model, AskFailure>>;
  warm(reference: string): Promise<Result<Warm, AskFailure>>;
  isKept(reference: string, sha256: string): Promise<Result<boolean, AskFailure>>;
  classify(
    reference: string,
    bytes: Uint8Array<ArrayBuffer>,
    sha256: string,
  ): Promise<Result<Classified, AskFailure>>;
  /** Data centres that answered, by their IATA codes. */
  dataCentres(): readonly string[];
}

// Of an answer only what is needed, so that another version of the service will do.
const problemSchema = z.object({ code: z.string(), title: z.string().optional() });
const factsSchema = z.object({
  default: z.string(),
  results: z.object({ tiers: z.array(z.string()), scope: z.enum(['shared', 'key']) }).optional(),
});
const cardSchema = z.object({
  name: z.string(),
  graph: z.string(),
  cost: z.array(z.object({ engine: z.string(), cpu_ms: z.number() })).default([]),
  cascade: z.unknown().optional(),
});
const warmSchema = z.object({
  engine: z.string(),
  was_warm: z.boolean(),
  resident_bytes: z.number(),
});
const answerSchema = z.object({
  image: z.object({ sha256: z.string() }),
  run: z.object({
    cache: z.string(),
    cost: z.object({ cpu_ms: z.number(), usd_per_million: z.number() }).optional(),
  }),
});

/** `url` without a slash at the end. The key goes along with every request. */
export function createService(url: string, key: string | undefined, ask: Ask): Service {
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const { models, results, classify } = createClient(url, headers).v1;
  const centres = new Set<string>();

  async function call<T>(
    question: Parameters<Ask>[0],
    schema: z.ZodType<T>,
  ): Promise<Result<T, AskFailure>> {
    const asked = await ask(question);
    if (!asked.ok) return asked;
    const centre = /-([A-Z]{3})$/.exec(asked.value.headers.get('cf-ray') ?? '')?.[1];
    if (centre !== undefined) centres.add(centre);
    return read(asked.value, schema);
  }

  return {
    async facts() {
      const said = await call({ bytes: 0, send: (init) => models.$get({}, { init }) }, factsSchema);
      if (!said.ok) return said;
      const { default: defaultModel, results: kept } = said.value;
      return ok({ defaultModel, tiers: kept?.tiers, scope: kept?.scope ?? 'shared' });
    },
    async model(reference) {
      const said = await call(
        { bytes: 0, send: (init) => models[':model'].$get(named(reference), { init }) },
        cardSchema,
      );
      return said.ok ? ok(toModel(reference, said.value)) : said;
    },
    async warm(reference) {
      const said = await call(
        { bytes: 0, send: (init) => models[':model'].warm.$post(named(reference), { init }) },
        warmSchema,
      );
      if (!said.ok) return said;
      const { was_warm: wasWarm, resident_bytes: residentBytes, engine } = said.value;
      return ok({ wasWarm, residentBytes, engine });
    },
    async isKept(reference, sha256) {
      const param = { ...named(reference).param, sha256 };
      const asked = { param, query: { top_k: 1 } };
      const said = await call(
        { bytes: 0, send: (init) => results[':model'][':sha256'].$get(asked, { init }) },
        answerSchema.pick({ image: true }),
      );
      if (said.ok) return ok(true);
      return said.failure.code === 'result_not_found' ? ok(false) : said;
    },
    async classify(reference, bytes, sha256) {
      const digest = Buffer.from(sha256, 'hex').toString('base64');
      const query = { top_k: 1, model: reference };
      const proved = { headers: { 'content-digest': `sha-256=:${digest}:` } };
      const said = await call(
        {
          bytes: bytes.length,
          send: (init) => classify.$post({ query }, { ...proved, init: { ...init, body: bytes } }),
        },
        answerSchema,
      );
      return said.ok ? ok(toClassified(said.value.run)) : said;
    },
    dataCentres: () => [...centres].toSorted(),
  };
}

function toModel(reference: string, card: z.output<typeof cardSchema>): Model {
  const { name, graph, cascade } = card;
  const identity = cascade === undefined ? graph : `${graph} ${JSON.stringify(cascade)}`;
  const cost = card.cost.map(({ engine, cpu_ms: cpuMs }) => ({ engine, cpuMs }));
  return { reference, name, graph, identity, cost };
}

function toClassified({ cache, cost }: z.output<typeof answerSchema>['run']): Classified {
  const usd = cost === undefined ? undefined : cost.usd_per_million / 1e6;
  return { hit: cache === 'hit', cpuMs: cost?.cpu_ms, usd };
}

/** A 404 has a problem's body; anything but what the schema says is no answer of this service. */
function read<T>({ status, body }: Reply, schema: z.ZodType<T>): Result<T, AskFailure> {
  if (status === 404) {
    const problem = problemSchema.safeParse(body);
    const { code, title = '' } = problem.success ? problem.data : { code: 'status_404' };
    return fail({ code, status, why: title });
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  const why = `${issue?.path.join('.')}: ${issue?.message}`;
  return fail({ code: 'not_this_service', status, why });
}

/** The client puts parameters into the path as they are. */
function named(reference: string): { readonly param: { readonly model: string } } {
  return { param: { model: encodeURIComponent(reference) } };
}

import * as z from 'zod';
import type { UrlPolicy } from '../net/check-url.ts';
import { checkUrl } from '../net/check-url.ts';
import type { Result } from '../result.ts';
import { fail, ok } from '../result.ts';
import type { Signer } from './deliver/signers.ts';
import { parseSigners } from './deliver/signers.ts';
import {
  IMAGE_HOSTS_MAX,
  LOCATORS_MAX,
  METADATA_ENTRIES_MAX,
  SECRETS_MAX,
  SOURCES_MAX,
  TOLERANCE_SECONDS,
} from './limits.ts';
import type { Locator } from './locator.ts';
import { parseLocator } from './locator.ts';
import { isModelName } from './model-name.ts';
import type { SecretCode, SecretFailure } from './verify/keys.ts';
import { parseVerifyKeys, SCHEMES } from './verify/keys.ts';
import type { Verifier } from './verify/verify.ts';

/** Who tells us of pictures, and where the results go. */
export type Source = SignedSource | UploadsSource;

interface Named {
  /** As in POST /v1/webhooks/{source}, and in every job. */
  readonly name: string;
  readonly callback: Callback | undefined;
}

/** One that posts events: how they are proved, and where things are in them. */
export interface SignedSource extends Named {
  readonly kind: 'signed';
  readonly verifier: Verifier;
  /** At least one. */
  readonly images: readonly ImagePlace[];
  /** Where a message's id is, for schemes that have no signed one. */
  readonly id: Locator | undefined;
  /** Undefined: the service's default. */
  readonly model: string | undefined;
  /** Where an event may name another model than `model`. */
  readonly modelAt: Locator | undefined;
  /** Given back with the result, unread. */
  readonly metadata: ReadonlyMap<string, Locator>;
  /** Where pictures may come from, as `UrlPolicy.allowedHosts`; none is any public host. */
  readonly imageHosts: readonly string[];
}

/** The bucket of uploads, whose notifications arrive on a queue: where its results go. */
export interface UploadsSource extends Named {
  readonly kind: 'uploads';
}

/** Pictures' URLs at once, or things that have one each, and perhaps an id of the sender's. */
export type ImagePlace =
  | { readonly urls: Locator }
  | { readonly each: Locator; readonly url: Locator; readonly id: Locator | undefined };

export interface Callback {
  readonly url: string;
  readonly signers: readonly Signer[];
}

/** One mistake, as `parseConfig` tells its own. */
export interface SourceProblem {
  readonly setting: string;
  readonly fix: string;
}

const WHAT = 'WEBHOOK_SOURCES';

/** The source of objects in the uploads bucket. */
export const UPLOADS = 'uploads';

const locator = z.string().transform((text, context): Locator => {
  const parsed = parseLocator(text);
  if (parsed.ok) return parsed.value;
  context.addIssue({ code: 'custom', message: parsed.failure });
  return z.NEVER;
});

const modelName = z.string().refine(isModelName, 'write the name of a model, as in GET /v1/models');

const imagePlace = z.union([
  locator.transform((urls): ImagePlace => ({ urls })),
  z
    .strictObject({ each: locator, url: locator, id: locator.optional() })
    .transform(({ each, url, id }): ImagePlace => ({ each, url, id })),
]);

/** Names of bindings, never secrets themselves: this text is a plain variable. */
const secretNames = z
  .array(z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'name a secret, like CMS_WEBHOOK_SECRET'))
  .min(1, 'name a secret')
  .max(SECRETS_MAX);

const host = z
  .string()
  .regex(/^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/, 'write a host name in lower case, without a port');

const callback = z.strictObject({ url: z.string(), secrets: secretNames });

const signedSchema = z.strictObject({
  scheme: z.enum(SCHEMES),
  secrets: secretNames,
  tolerance_seconds: z.number().int().min(1).max(3600).default(TOLERANCE_SECONDS),
  images: z.preprocess(
    (written) => (Array.isArray(written) || written === undefined ? written : [written]),
    z.array(imagePlace).min(1, 'say where the pictures are').max(LOCATORS_MAX),
  ),
  id: locator.optional(),
  model_at: locator.optional(),
  metadata: z
    .record(
      z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'a name is 1 to 64 of A-Z a-z 0-9 _ -'),
      locator,
    )
    .refine((entries) => Object.keys(entries).length <= METADATA_ENTRIES_MAX, {
      message: `at most ${METADATA_ENTRIES_MAX} entries`,
    })
    .default({}),
  image_hosts: z.array(host).max(IMAGE_HOSTS_MAX).default([]),
  model: modelName.optional(),
  callback: callback.optional(),
});

const uploadsSchema = z.strictObject({ scheme: z.literal('r2'), callback });

const sourceSchema = z.discriminatedUnion('scheme', [signedSchema, uploadsSchema]);

const sourcesSchema = z
  .record(
    z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, "a source's name is 1 to 64 of a-z 0-9 _ -"),
    sourceSchema,
  )
  .refine((sources) => Object.keys(sources).length <= SOURCES_MAX, {
    message: `at most ${SOURCES_MAX} sources`,
  });

type WrittenSource = z.output<typeof sourceSchema>;
type WrittenSigned = z.output<typeof signedSchema>;

export interface SourceContext {
  /** A secret by its binding's name. */
  readSecret(name: string): string | undefined;
  /** For callbacks, checked at each attempt again. */
  readonly policy: UrlPolicy;
}

/**
 * The setting WEBHOOK_SOURCES: a JSON object of sources by name; empty means none. Every mistake
 * is told, with its place; one spoils all.
 */
export async function parseSources(
  text: string,
  context: SourceContext,
): Promise<Result<ReadonlyMap<string, Source>, readonly SourceProblem[]>> {
  if (text.trim() === '') return ok(new Map());
  const json = parseJson(text);
  if (json === undefined) return fail([{ setting: WHAT, fix: 'write a JSON object' }]);
  const written = sourcesSchema.safeParse(json);
  if (!written.success) {
    return fail(written.error.issues.map((issue) => toProblem(issue, WHAT)));
  }
  const sources = new Map<string, Source>();
  const problems: SourceProblem[] = [];
  for (const [name, source] of Object.entries(written.data)) {
    const problemsBefore = problems.length;
    const tell = (at: string, fix: string) => {
      problems.push({ setting: `${WHAT}.${name}.${at}`, fix });
    };
    if ((source.scheme === 'r2') !== (name === UPLOADS)) {
      tell('scheme', `the source ${UPLOADS} has the scheme r2, and no other has it`);
    }
    const verifier = source.scheme === 'r2' ? undefined : parseVerifier(source, context, tell);
    const callback = await parseCallback(source, context, tell);
    if (problems.length > problemsBefore) continue;
    sources.set(name, toSource(name, source, verifier, callback));
  }
  return problems.length > 0 ? fail(problems) : ok(sources);
}

function toProblem(issue: z.core.$ZodIssue, at: string): SourceProblem {
  const setting = [at, ...issue.path].join('.');
  const [inner] = issue.code === 'invalid_key' ? issue.issues : [];
  if (inner !== undefined) return { setting, fix: inner.message };
  // Of the forms that something may have, the one that it was meant to have: whose kind is right.
  const branches = issue.code === 'invalid_union' ? issue.errors : [];
  const meant = branches.find(([first]) => first?.code !== 'invalid_type' || first.path.length > 0);
  const [first] = meant ?? [];
  if (first !== undefined) return toProblem(first, setting);
  const choice = issue.code === 'invalid_union' && issue.discriminator === 'scheme';
  return { setting, fix: choice ? `write one of ${[...SCHEMES, 'r2'].join(', ')}` : issue.message };
}

function toSource(
  name: string,
  written: WrittenSource,
  verifier: Verifier | undefined,
  callback: Callback | undefined,
): Source {
  if (written.scheme === 'r2') return { kind: 'uploads', name, callback };
  if (verifier === undefined) throw new Error('toSource: a signed source has a verifier');
  const { images, id, model, model_at: modelAt, image_hosts: imageHosts } = written;
  const metadata = new Map(Object.entries(written.metadata));
  const read = { images, id, model, modelAt, metadata, imageHosts };
  return { kind: 'signed', name, callback, verifier, ...read };
}

type Tell = (at: string, fix: string) => void;

function parseVerifier(
  source: WrittenSigned,
  context: SourceContext,
  tell: Tell,
): Verifier | undefined {
  if (source.scheme === 'standard' && source.id !== undefined) {
    tell('id', 'leave it out: the scheme signs an id of its own');
  }
  const secrets = readSecrets(source.secrets, 'secrets', context, tell);
  if (secrets === undefined) return undefined;
  const keys = parseVerifyKeys(source.scheme, secrets);
  if (keys.ok) {
    const toleranceSeconds = source.tolerance_seconds;
    return { scheme: source.scheme, keys: keys.value, toleranceSeconds };
  }
  tell(`secrets.${keys.failure.index}`, describe(keys.failure, source.secrets));
  return undefined;
}

async function parseCallback(
  { callback }: WrittenSource,
  context: SourceContext,
  tell: Tell,
): Promise<Callback | undefined> {
  if (callback === undefined) return undefined;
  const url = checkUrl(callback.url, context.policy);
  if (!url.ok) tell('callback.url', `nothing is sent to this address (${url.failure.code})`);
  const secrets = readSecrets(callback.secrets, 'callback.secrets', context, tell);
  if (secrets === undefined) return undefined;
  const signers = await parseSigners(secrets);
  if (signers.ok) return url.ok ? { url: callback.url, signers: signers.value } : undefined;
  tell(`callback.secrets.${signers.failure.index}`, describe(signers.failure, callback.secrets));
  return undefined;
}

/** Undefined when one is not bound. */
function readSecrets(
  names: readonly string[],
  at: string,
  context: SourceContext,
  tell: Tell,
): readonly string[] | undefined {
  const secrets = names.map((name) => context.readSecret(name));
  for (const [index, secret] of secrets.entries()) {
    if (secret === undefined) tell(`${at}.${index}`, `set the secret ${names[index]}`);
  }
  const bound = secrets.filter((secret) => secret !== undefined);
  return bound.length === names.length ? bound : undefined;
}

const MISTAKES: Readonly<Record<SecretCode, string>> = {
  no_secret: 'name a secret',
  too_many_secrets: `at most ${SECRETS_MAX}`,
  secret_empty: 'is empty',
  secret_malformed: 'cannot be read',
  secret_wrong_kind: 'is a key of the other kind: whsk_ signs, whpk_ checks',
  secret_too_short: 'is too short to be safe',
  secret_too_long: 'is too long',
  weak_public_key: 'is a public key under which anybody can sign',
};

/** Names the secret and what is wrong, never what it holds. */
function describe({ code, index }: SecretFailure, names: readonly string[]): string {
  return `${names[index] ?? 'the secret'} ${MISTAKES[code]} (${code})`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import type { Digest } from './digest.ts';
import { isDigest } from './digest.ts';
import type { Result } from './result.ts';
import { fail, ok } from './result.ts';

/** Bindings and variables of wrangler.toml, as the platform hands them over. */
export interface Env {
  readonly MODELS: R2Bucket;
  /** onnxruntime-web's Worker; `worker.ts` knows what it can do. */
  readonly ORT: object;
  /** Results kept worldwide; only read when RESULT_CACHE_R2 is "on". */
  readonly RESULTS?: R2Bucket;
  readonly RATE_LIMIT?: RateLimit;
  readonly VERSION?: WorkerVersionMetadata;
  /** Data points for operators; without it there are log lines alone. */
  readonly ANALYTICS?: AnalyticsEngineDataset;
  /** Job table and queues of webhooks, all or none. */
  readonly DB?: D1Database;
  readonly JOBS?: Queue;
  readonly CALLBACKS?: Queue;
  /** Objects whose notifications arrive on a queue. */
  readonly UPLOADS?: R2Bucket;
  readonly [variable: string]: unknown;
}

export interface ConfiguredKey {
  readonly id: string;
  readonly sha256: Digest;
}

export interface Config {
  readonly environment: 'local' | 'staging' | 'production';
  readonly auth: 'required' | 'off';
  readonly apiKeys: readonly ConfiguredKey[];
  readonly corsOrigins: readonly string[];
  readonly defaultModel: string;
  /** Other names that a model is served by, such as a client's id of another service. */
  readonly modelAliases: ReadonlyMap<string, string>;
  readonly bodyBytesMax: number;
  readonly imagesMax: number;
  readonly fetchHttp: 'refuse' | 'allow';
  readonly fetchTimeoutMs: number;
  readonly trustedOrigins: readonly string[];
  readonly ownHosts: readonly string[];
  readonly resultCacheSeconds: number;
  readonly resultCacheR2: 'off' | 'on';
  readonly resultScope: 'shared' | 'key';
  /** Between the beginnings of two rounds over the list that is kept warm. */
  readonly warmEveryMinutes: number;
  readonly modelRefreshSeconds: number;
  /** What RATE_LIMIT's `simple` says; the binding does not tell, and answers name it. */
  readonly rateLimitQuota: number;
  readonly rateLimitWindowSeconds: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** Where pictures go that do not belong here; '' where there is no such place. */
  readonly originUrl: string;
  /** `ours` takes pictures (src/container), `oip` tensors (Triton, KServe and their like). */
  readonly originDialect: 'ours' | 'oip';
  readonly originAuth: 'none' | 'bearer' | 'hmac';
  readonly originSecret: string;
  readonly originTimeoutMs: number;
  readonly originHedging: 'off' | 'on';
  /** What the models of an `oip` origin call their tensors. */
  readonly originInput: string;
  readonly originOutput: string;
  /** JSON; src/webhook/source.ts reads it. */
  readonly webhookSources: string;
  readonly jobRetentionDays: number;
  /** How long a consumer that died holds up its job. */
  readonly jobHeldSeconds: number;
  /** '' is DEFAULT_MODEL. */
  readonly uploadsModel: string;
  readonly uploadsAnnotate: 'off' | 'on';
  /** The pages for people. */
  readonly playground: 'off' | 'on';
}

/** One setting that cannot be used. `saw` is left out for secrets. */
export interface ConfigProblem {
  readonly setting: string;
  readonly saw?: string;
  readonly fix: string;
}

export interface ConfigFailure {
  readonly code: 'misconfigured';
  readonly problems: readonly ConfigProblem[];
}

/** A setting's text to its value, or what to write instead. */
type Parser<T> = (text: string) => Result<T, string>;

interface Setting<T> {
  readonly name: string;
  readonly fallback: string;
  readonly parse: Parser<T>;
  readonly secret?: boolean;
}

type SettingsOf<T> = { readonly [K in keyof T]: Setting<T[K]> };

const MIB = 1024 * 1024;
const HOUR_SECONDS = 3600;

/** Its text names the secrets of its sources. */
const SOURCES = 'WEBHOOK_SOURCES';

const SETTINGS: SettingsOf<Config> = {
  environment: setting('ENVIRONMENT', 'production', oneOf(['local', 'staging', 'production'])),
  auth: setting('AUTH', 'required', parseAuth),
  apiKeys: { ...setting('API_KEYS', '', parseKeys), secret: true },
  corsOrigins: setting('CORS_ORIGINS', '', parseCorsOrigins),
  defaultModel: setting('DEFAULT_MODEL', 'resnet50_keras_in1k', parseModelName),
  modelAliases: setting('MODEL_ALIASES', '', parseAliases),
  bodyBytesMax: setting('MAX_BODY_BYTES', `${20 * MIB}`, integer(1024, 90 * MIB)),
  imagesMax: setting('MAX_IMAGES', '16', integer(1, 64)),
  fetchHttp: setting('FETCH_HTTP', 'refuse', oneOf(['refuse', 'allow'])),
  fetchTimeoutMs: setting('FETCH_TIMEOUT_MS', '10000', integer(100, 60_000)),
  trustedOrigins: setting('TRUSTED_ORIGINS', '', listOf(parseOrigin)),
  ownHosts: setting('OWN_HOSTS', '', listOf(parseHost)),
  resultCacheSeconds: setting('RESULT_CACHE_SECONDS', '604800', integer(60, 8760 * HOUR_SECONDS)),
  resultCacheR2: setting('RESULT_CACHE_R2', 'off', oneOf(['off', 'on'])),
  resultScope: setting('RESULT_SCOPE', 'shared', oneOf(['shared', 'key'])),
  warmEveryMinutes: setting('WARM_EVERY_MINUTES', '60', integer(1, 10_080)),
  modelRefreshSeconds: setting('MODEL_REFRESH_SECONDS', '60', integer(1, 24 * HOUR_SECONDS)),
  rateLimitQuota: setting('RATE_LIMIT_QUOTA', '600', integer(1, 1_000_000)),
  rateLimitWindowSeconds: setting('RATE_LIMIT_WINDOW_SECONDS', '60', parseWindow),
  logLevel: setting('LOG_LEVEL', 'info', oneOf(['debug', 'info', 'warn', 'error'])),
  originUrl: setting('ORIGIN_URL', '', parseOriginUrl),
  originDialect: setting('ORIGIN_DIALECT', 'ours', oneOf(['ours', 'oip'])),
  originAuth: setting('ORIGIN_AUTH', 'none', oneOf(['none', 'bearer', 'hmac'])),
  originSecret: { ...setting('ORIGIN_SECRET', '', parseSecret), secret: true },
  originTimeoutMs: setting('ORIGIN_TIMEOUT_MS', '10000', integer(100, 60_000)),
  originHedging: setting('ORIGIN_HEDGING', 'off', oneOf(['off', 'on'])),
  originInput: setting('ORIGIN_INPUT', 'input', parseTensorName),
  originOutput: setting('ORIGIN_OUTPUT', 'logits', parseTensorName),
  webhookSources: setting(SOURCES, '', (text) => ok(text)),
  jobRetentionDays: setting('JOB_RETENTION_DAYS', '30', integer(1, 3650)),
  jobHeldSeconds: setting('JOB_HELD_SECONDS', '120', integer(1, 900)),
  uploadsModel: setting('UPLOADS_MODEL', '', (text) =>
    text === '' ? ok('') : parseModelName(text),
  ),
  uploadsAnnotate: setting('UPLOADS_ANNOTATE', 'off', oneOf(['off', 'on'])),
  playground: setting('PLAYGROUND', 'on', oneOf(['off', 'on'])),
};

/** Secrets and variables that other parts of the platform put beside ours. */
const FOREIGN_PREFIXES = ['CF_', 'WRANGLER_', 'CLOUDFLARE_', 'npm_'];

/**
 * Reads the configuration once. Every problem is reported, together: an operator who mends one
 * setting a deployment would need as many deployments as there are mistakes.
 */
export function parseConfig(env: Env): Result<Config, ConfigFailure> {
  const problems: ConfigProblem[] = [...misspelt(env), ...missingBindings(env)];
  const values: { -readonly [K in keyof Config]?: Config[K] } = {};

  function read<K extends keyof Config>(key: K): void {
    const { name, fallback, parse, secret }: Setting<Config[K]> = SETTINGS[key];
    const text = String(env[name] ?? fallback).trim();
    const parsed = parse(text);
    if (parsed.ok) values[key] = parsed.value;
    else {
      const saw = secret === true ? {} : { saw: text.slice(0, 100) };
      problems.push({ setting: name, ...saw, fix: parsed.failure });
    }
  }

  for (const key of Object.keys(SETTINGS) as Array<keyof Config>) read(key);
  problems.push(...contradictions(values, env));
  return problems.length > 0 ? fail({ code: 'misconfigured', problems }) : ok(values as Config);
}

function setting<T>(name: string, fallback: string, parse: Parser<T>): Setting<T> {
  return { name, fallback, parse };
}

/** Variables that look like ours and are not: a misspelt one would silently keep its default. */
function misspelt(env: Env): ConfigProblem[] {
  const known = Object.values(SETTINGS).map((s) => s.name);
  const problems: ConfigProblem[] = [];
  for (const [name, value] of Object.entries(env)) {
    const variable = ['string', 'number', 'boolean'].includes(typeof value);
    const foreign = !variable || FOREIGN_PREFIXES.some((p) => name.startsWith(p));
    if (foreign || known.includes(name) || String(env[SOURCES]).includes(`"${name}"`)) continue;
    const nearest = nearestName(name, known);
    const fix = nearest === undefined ? 'there is no such setting' : `did you mean ${nearest}?`;
    problems.push({ setting: name, fix });
  }
  return problems;
}

function missingBindings(env: Env): ConfigProblem[] {
  const fixes = { MODELS: 'bind the R2 bucket with the models', ORT: 'bind the ORT Worker' };
  return Object.entries(fixes)
    .filter(([name]) => env[name] === undefined)
    .map(([setting, fix]) => ({ setting, fix: `${fix} in wrangler.toml` }));
}

function contradictions(config: Partial<Config>, env: Env): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (config.resultCacheR2 === 'on' && env.RESULTS === undefined) {
    problems.push({ setting: 'RESULT_CACHE_R2', saw: 'on', fix: 'bind an R2 bucket as RESULTS' });
  }
  for (const binding of ['DB', 'JOBS', 'CALLBACKS']) {
    if (config.webhookSources === '' || env[binding] !== undefined) continue;
    problems.push({ setting: binding, fix: `webhooks need it: bind ${binding} in wrangler.toml` });
  }
  if (config.originAuth !== 'none' && config.originSecret === '') {
    const fix = 'give the secret that the origin knows, or set ORIGIN_AUTH to none';
    problems.push({ setting: 'ORIGIN_SECRET', fix });
  }
  if (config.environment === 'local') return problems;
  if (config.originUrl?.startsWith('http:')) {
    const fix = 'a deployed Worker sends pictures over https only';
    problems.push({ setting: 'ORIGIN_URL', saw: config.originUrl, fix });
  }
  if (config.auth === 'off' && String(env.AUTH).trim() !== 'open') {
    const fix = 'a deployed Worker asks for keys; for one that serves everybody write "open"';
    problems.push({ setting: 'AUTH', saw: 'off', fix });
  }
  for (const origin of config.trustedOrigins ?? []) {
    if (!isPrivateOrigin(origin)) continue;
    const fix = 'a deployed Worker trusts no private address: take it out of the list';
    problems.push({ setting: 'TRUSTED_ORIGINS', saw: origin, fix });
  }
  return problems;
}

/** Plain http, an address instead of a name, or a name of one label or of a private zone. */
function isPrivateOrigin(origin: string): boolean {
  const { protocol, hostname } = new URL(origin);
  const address = hostname.startsWith('[') || /^[\d.]+$/.test(hostname);
  const privateName = !hostname.includes('.') || /\.(local|internal|lan|home)$/.test(hostname);
  return protocol !== 'https:' || address || privateName;
}

function oneOf<const T extends string>(values: readonly T[]): Parser<T> {
  return function parseOneOf(text) {
    const found = values.find((value) => value === text);
    return found === undefined ? fail(`write one of ${values.join(', ')}`) : ok(found);
  };
}

function integer(min: number, max: number): Parser<number> {
  return function parseInteger(text) {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max
      ? ok(value)
      : fail(`write a whole number, ${min} to ${max}`);
  };
}

/** Commas or white space between items; none of ours holds either. */
function listOf<T>(parse: Parser<T>): Parser<readonly T[]> {
  return function parseList(text) {
    const values: T[] = [];
    for (const item of text.split(/[\s,]+/).filter((part) => part !== '')) {
      const parsed = parse(item);
      if (!parsed.ok) return parsed;
      values.push(parsed.value);
    }
    return ok(values);
  };
}

/** `off` is a laptop's; `open` says the same of a deployed Worker, and that it is meant. */
function parseAuth(text: string): Result<'required' | 'off', string> {
  const parsed = oneOf(['required', 'off', 'open'])(text);
  if (!parsed.ok) return parsed;
  return ok(parsed.value === 'open' ? 'off' : parsed.value);
}

/** The platform's rate limiter knows these two periods. */
function parseWindow(text: string): Result<number, string> {
  const parsed = oneOf(['10', '60'])(text);
  return parsed.ok ? ok(Number(parsed.value)) : parsed;
}

function parseKeys(text: string): Result<readonly ConfiguredKey[], string> {
  const keys = listOf(parseKey)(text);
  if (!keys.ok) return keys;
  const ids = new Set(keys.value.map((key) => key.id));
  return ids.size === keys.value.length ? keys : fail('two keys have the same id');
}

function parseKey(text: string): Result<ConfiguredKey, string> {
  const [id = '', digest = '', ...rest] = text.split(':');
  if (rest.length > 0 || !/^[A-Za-z0-9_-]{1,64}$/.test(id) || !isDigest(digest)) {
    return fail('write <id>:<SHA-256 of the key>, as `npm run keys -- create` does');
  }
  return ok({ id, sha256: digest });
}

function parseModelName(text: string): Result<string, string> {
  const fits = /^[a-z0-9][a-z0-9_.-]{0,95}$/.test(text);
  return fits ? ok(text) : fail('write the name of a model, as in GET /v1/models');
}

/** As many as a Worker has models of, with room. */
const ALIASES_MAX = 64;

function parseAliases(text: string): Result<ReadonlyMap<string, string>, string> {
  const pairs = listOf(parseAlias)(text);
  if (!pairs.ok) return pairs;
  if (pairs.value.length > ALIASES_MAX) return fail(`write at most ${ALIASES_MAX} of them`);
  const aliases = new Map(pairs.value);
  return aliases.size === pairs.value.length ? ok(aliases) : fail('two aliases have the same name');
}

function parseAlias(text: string): Result<readonly [string, string], string> {
  const [alias = '', model = '', ...rest] = text.split('=');
  const fits = /^@?[A-Za-z0-9][\w./-]{0,127}$/.test(alias) && alias !== model;
  const known = /^[a-z0-9][a-z0-9_.-]{0,95}(@sha256:[0-9a-f]{64})?$/.test(model);
  if (fits && known && rest.length === 0) return ok([alias, model]);
  return fail('write <other name>=<model>, such as microsoft/resnet-50=resnet50_keras_in1k');
}

function parseCorsOrigins(text: string): Result<readonly string[], string> {
  if (text === '*') return ok(['*']);
  const origins = listOf(parseOrigin)(text);
  return origins.ok ? origins : fail(`${origins.failure}; or * alone, for every origin`);
}

function parseOrigin(text: string): Result<string, string> {
  const origin = URL.canParse(text) ? new URL(text).origin : undefined;
  return origin === text && /^https?:/.test(text)
    ? ok(text)
    : fail('write exact origins: scheme, host and port, nothing behind them');
}

/** A base to which paths are added. */
function parseOriginUrl(text: string): Result<string, string> {
  if (text === '') return ok('');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url?.search === '' && url.hash === '' && url.username === '';
  if (url === undefined || !plain || !/^https?:$/.test(url.protocol)) {
    return fail('write the https address of the origin, without a query');
  }
  return ok(text.replace(/\/+$/, ''));
}

/** 32 characters hold at least 128 bits however they were made; a word does not. */
function parseSecret(text: string): Result<string, string> {
  const fits = text === '' || /^[\x21-\x7e]{32,512}$/.test(text);
  return fits ? ok(text) : fail('give 32 to 512 printable characters without spaces');
}

function parseTensorName(text: string): Result<string, string> {
  const fits = /^[\w.:/-]{1,128}$/.test(text);
  return fits ? ok(text) : fail("write the tensor's name as the model has it");
}

function parseHost(text: string): Result<string, string> {
  const fits = /^[a-z0-9.-]{1,253}$/.test(text);
  return fits ? ok(text) : fail('write host names in lower case, without scheme or port');
}

/** At most two letters away: a slip of the finger, not another word. */
function nearestName(name: string, known: readonly string[]): string | undefined {
  const [nearest] = known
    .map((candidate) => ({ candidate, letters: distance(candidate, name.slice(0, 64)) }))
    .filter(({ letters }) => letters <= 2)
    .toSorted((a, b) => a.letters - b.letters);
  return nearest?.candidate;
}

/** Levenshtein distance of two setting names; both are short. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

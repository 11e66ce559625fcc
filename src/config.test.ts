import { env as bindings } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { Env } from './config.ts';
import { parseConfig } from './config.ts';

const HASH = 'ab'.repeat(32);
const BUCKET = (bindings as { readonly BUCKET: R2Bucket }).BUCKET;
// The unit tests' Worker has no service binding; parseConfig only asks whether there is one.
const BOUND = { MODELS: BUCKET, ORT: {} } satisfies Env;

function problemsOf(vars: Readonly<Record<string, unknown>>): string[] {
  const parsed = parseConfig({ ...BOUND, ...vars });
  return parsed.ok ? [] : parsed.failure.problems.map((p) => `${p.setting}: ${p.fix}`);
}

function aliases(count: number): string {
  return Array.from({ length: count }, (_, i) => `a/${i}=b`).join(' ');
}

describe('the configuration', () => {
  it('is safe when nothing is set: keys needed, no key, no CORS, no http', () => {
    const parsed = parseConfig(BOUND);
    expect(parsed.ok && parsed.value).toMatchObject({
      environment: 'production',
      auth: 'required',
      apiKeys: [],
      corsOrigins: [],
      fetchHttp: 'refuse',
      trustedOrigins: [],
      bodyBytesMax: 20_971_520,
      imagesMax: 16,
    });
  });

  it('reads lists with commas, spaces and lines', () => {
    const parsed = parseConfig({
      ...BOUND,
      API_KEYS: `ci:${HASH}\nops:${HASH}, web:${HASH}`,
      CORS_ORIGINS: 'https://a.example, https://b.example:8443',
    });
    expect(parsed.ok && parsed.value.apiKeys.map((key) => key.id)).toEqual(['ci', 'ops', 'web']);
    expect(parsed.ok && parsed.value.corsOrigins).toHaveLength(2);
  });

  it('reads other names of models, as many as 64', () => {
    const pinned = `resnet18@sha256:${HASH}`;
    const text = `microsoft/resnet-50=resnet50_keras_in1k, @cf/a/b=${pinned}`;
    const parsed = parseConfig({ ...BOUND, MODEL_ALIASES: text });
    expect(parsed.ok && [...parsed.value.modelAliases]).toEqual([
      ['microsoft/resnet-50', 'resnet50_keras_in1k'],
      ['@cf/a/b', pinned],
    ]);
    expect(parseConfig({ ...BOUND, MODEL_ALIASES: aliases(64) }).ok).toBe(true);
  });

  it.each([
    ['a word that is no environment', { ENVIRONMENT: 'prod' }, 'ENVIRONMENT'],
    ['a number below its range', { MAX_IMAGES: '0' }, 'MAX_IMAGES'],
    ['a number above its range', { MAX_IMAGES: '65' }, 'MAX_IMAGES'],
    ['a number with a unit', { MAX_BODY_BYTES: '20MB' }, 'MAX_BODY_BYTES'],
    ['an origin with a path', { CORS_ORIGINS: 'https://a.example/x' }, 'CORS_ORIGINS'],
    ['an origin without a scheme', { CORS_ORIGINS: 'a.example' }, 'CORS_ORIGINS'],
    ['a key that is not hashed', { API_KEYS: 'ci:secret' }, 'API_KEYS'],
    ['two keys of one id', { API_KEYS: `ci:${HASH} ci:${HASH}` }, 'API_KEYS'],
    ['a host with a port', { OWN_HOSTS: 'a.example:443' }, 'OWN_HOSTS'],
    ['a model that is a path', { DEFAULT_MODEL: '../x' }, 'DEFAULT_MODEL'],
    ['an alias without a model', { MODEL_ALIASES: 'microsoft/resnet-50' }, 'MODEL_ALIASES'],
    ['an alias of a path', { MODEL_ALIASES: 'a=b/c' }, 'MODEL_ALIASES'],
    ['an alias of itself', { MODEL_ALIASES: 'a=a' }, 'MODEL_ALIASES'],
    ['two aliases of one name', { MODEL_ALIASES: 'x=a x=b' }, 'MODEL_ALIASES'],
    ['one alias too many', { MODEL_ALIASES: aliases(65) }, 'MODEL_ALIASES'],
    ['R2 results without a bucket', { RESULT_CACHE_R2: 'on' }, 'RESULT_CACHE_R2'],
    [
      'a private origin in production',
      { TRUSTED_ORIGINS: 'http://127.0.0.1:1' },
      'TRUSTED_ORIGINS',
    ],
    ['a local name in production', { TRUSTED_ORIGINS: 'https://box.local' }, 'TRUSTED_ORIGINS'],
    ['no keys in production by a slip', { AUTH: 'off' }, 'AUTH'],
    ['no keys in staging by a slip', { ENVIRONMENT: 'staging', AUTH: 'off' }, 'AUTH'],
    ['every origin beside another', { CORS_ORIGINS: '*, https://a.example' }, 'CORS_ORIGINS'],
    ['an origin of another scheme', { TRUSTED_ORIGINS: 'ftp://a.example' }, 'TRUSTED_ORIGINS'],
    ['a period that no limiter has', { RATE_LIMIT_WINDOW_SECONDS: '30' }, 'RATE_LIMIT_WINDOW'],
    ['a misspelt number', { MAX_IMAGE: 3 }, 'MAX_IMAGE'],
    ['no bucket of models', { MODELS: undefined }, 'MODELS'],
    ['no ORT Worker', { ORT: undefined }, 'ORT'],
  ])('refuses %s', (_name, vars, setting) => {
    const problems = problemsOf(vars);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.startsWith(setting)).toBe(true);
  });

  it('names the setting that a misspelt one was meant to be', () => {
    expect(problemsOf({ MAX_IMAGE: '3', ZEBRA: '1' })).toEqual([
      'MAX_IMAGE: did you mean MAX_IMAGES?',
      'ZEBRA: there is no such setting',
    ]);
  });

  it('reports every problem together', () => {
    const problems = problemsOf({ AUTH: 'no', MAX_IMAGES: 'x', LOG_LEVEL: 'loud' });
    expect(problems.map((line) => line.split(':')[0])).toEqual(['AUTH', 'MAX_IMAGES', 'LOG_LEVEL']);
  });

  it('never repeats a secret', () => {
    const parsed = parseConfig({ ...BOUND, API_KEYS: 'ci:hunter2' });
    expect(JSON.stringify(parsed)).not.toContain('hunter2');
  });

  it.each([
    ['no keys on a laptop', { ENVIRONMENT: 'local', AUTH: 'off' }, { auth: 'off' }],
    ['no keys where that is meant', { AUTH: ' open ' }, { auth: 'off' }],
    ['every browser where that is meant', { CORS_ORIGINS: '*' }, { corsOrigins: ['*'] }],
    ['numbers that are numbers', { MAX_IMAGES: 3 }, { imagesMax: 3 }],
    ['the least of a range', { MAX_IMAGES: '1' }, { imagesMax: 1 }],
    ['the most of a range', { MAX_IMAGES: '64' }, { imagesMax: 64 }],
    ['a public origin in production', { TRUSTED_ORIGINS: 'https://a.example.org' }, {}],
    ['what the platform puts beside ours', { CF_PAGES: '1', ASSETS: {} }, {}],
  ])('takes %s', (_name, vars, values) => {
    const parsed = parseConfig({ ...BOUND, ...vars });
    expect(parsed.ok && parsed.value).toMatchObject(values);
  });

  it('trusts a private origin on a laptop', () => {
    expect(problemsOf({ ENVIRONMENT: 'local', TRUSTED_ORIGINS: 'http://127.0.0.1:1' })).toEqual([]);
  });
});

import { Validator } from '@seriousme/openapi-schema-validator';
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { createApp } from '../../src/http/app.ts';
import { problemSchema } from '../../src/http/openapi/answers/problem.ts';
import { ROUTES } from '../../src/http/openapi/api.ts';
import { callbackEventSchema } from '../../src/http/openapi/callback.ts';
import { createDocument } from '../../src/http/openapi/document.ts';
import { EVENT, PROBLEM } from '../../src/http/openapi/examples.ts';
import { classifyJsonSchema } from '../../src/http/openapi/requests.ts';
import { addPages } from '../../src/http/page-route.ts';
import { parseParameters } from '../../src/http/parameters.ts';
import { findPictures } from '../../src/http/pictures.ts';
import { PROBLEMS } from '../../src/http/problem.ts';
import type { App, HttpSettings, Services } from '../../src/http/services.ts';

const DOCUMENT = createDocument('0.0.0');

/** Served, and no part of the API: why it is none. */
const NOT_API: Readonly<Record<string, string>> = {
  'get /debug/memory': 'on a laptop only, for npm run check:limits',
};

const SETTINGS: HttpSettings = {
  environment: 'local',
  auth: 'required',
  apiKeys: [],
  corsOrigins: [],
  defaultModel: 'any',
  bodyBytesMax: 1,
  imagesMax: 1,
  resultScope: 'shared',
};

/** Wiring touches nothing but the settings; no request is made. */
const PAGES: Services['pages'] = async () => new Response();
const SERVICES = { settings: SETTINGS, pages: PAGES } as Services;

/**
 * `get /v1/models/{model}`. What refuses methods is registered for ALL, what stands before routes
 * for ALL or at `…/*`.
 */
function listRoutes({ routes }: Pick<App, 'routes'>): string[] {
  const served = routes.filter(({ method, path }) => method !== 'ALL' && !path.endsWith('*'));
  const named = served.map(({ method, path }) => {
    return `${method.toLowerCase()} ${path.replaceAll(/:(\w+)(\{[^}]+\})?/g, '{$1}')}`;
  });
  return [...new Set(named)];
}

/** Pages are for people. */
function listPages(): string[] {
  const app: App = new Hono();
  addPages(app, SERVICES);
  return listRoutes(app);
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: ReadonlyArray<{ in: string; name: string }>;
  readonly responses: Readonly<Record<string, { description: string }>>;
}

const OPERATIONS = Object.entries(DOCUMENT.paths ?? {}).flatMap(([path, item]) =>
  Object.entries(item as Record<string, Operation>).map(
    ([method, operation]) => [`${method} ${path}`, operation] as const,
  ),
);

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate({ ...structuredClone(DOCUMENT) });
    expect(errors ?? []).toEqual([]);
    expect([valid, validator.version]).toEqual([true, '3.1']);
    const broken = { ...structuredClone(DOCUMENT), paths: { nowhere: 1 } };
    expect((await new Validator().validate(broken)).valid).toBe(false);
  });

  it('has every route that is registered, and no other', () => {
    const routes = listRoutes(createApp(SERVICES));
    const pages = listPages();
    expect([routes.length > 25, pages.length > 0]).toEqual([true, true]);
    const api = routes.filter((route) => !pages.includes(route) && NOT_API[route] === undefined);
    expect(OPERATIONS.map(([where]) => where).toSorted()).toEqual(api.toSorted());
    expect(Object.keys(NOT_API).filter((route) => !routes.includes(route))).toEqual([]);
  });

  it('has every error code under an answer', () => {
    const text = OPERATIONS.flatMap(([, { responses }]) =>
      Object.entries(responses).map(([status, { description }]) => `${status} ${description}`),
    );
    const missing = Object.entries(PROBLEMS).filter(
      ([code, { status }]) =>
        !text.some((one) => one.startsWith(`${status} `) && one.includes(`- \`${code}\`: `)),
    );
    expect(missing.map(([code]) => code)).toEqual([]);
  });

  it('names each operation once, and each parameter of a path', () => {
    const ids = OPERATIONS.map(([, { operationId }]) => operationId);
    expect(ids.filter((id, i) => id === undefined || ids.indexOf(id) !== i)).toEqual([]);
    for (const [where, { parameters = [] }] of OPERATIONS) {
      const inPath = parameters.filter((p) => p.in === 'path').map(({ name }) => `{${name}}`);
      expect(inPath.toSorted(), where).toEqual((where.match(/\{\w+\}/g) ?? []).toSorted());
    }
  });

  it('leads every reference to a schema, and has none without one', () => {
    const text = JSON.stringify(DOCUMENT);
    const wanted = new Set([...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map((m) => m[1]));
    expect([...wanted].toSorted()).toEqual(
      Object.keys(DOCUMENT.components?.schemas ?? {}).toSorted(),
    );
    expect(wanted.size).toBeGreaterThan(5);
  });

  it('tells of the callbacks that the service sends', () => {
    expect(Object.keys(DOCUMENT.webhooks ?? {})).toEqual(['imageOutcome']);
    expect(Object.keys(DOCUMENT.components?.securitySchemes ?? {})).toEqual([
      'apiKey',
      'signedEvent',
    ]);
  });

  it('shows an example of an error and of a callback', () => {
    expect(problemSchema.parse(PROBLEM)).toEqual(PROBLEM);
    expect(callbackEventSchema.parse(EVENT)).toEqual(EVENT);
  });

  it('shows examples that are as it says', () => {
    let shown = 0;
    for (const { operationId, responses } of ROUTES) {
      for (const [status, answer] of Object.entries(responses)) {
        const media = 'content' in answer ? Object.values(answer.content) : [];
        for (const { schema, example } of media as { schema: Schema; example?: unknown }[]) {
          if (example === undefined) continue;
          shown++;
          expect(schema.safeParse(example).data, `${operationId} ${status}`).toEqual(example);
        }
      }
    }
    expect(shown).toBeGreaterThan(4);
  });
});

interface Schema {
  safeParse(value: unknown): { data?: unknown };
}

/** Pictures in JSON are taken apart by hand; the document's schema must not say otherwise. */
describe('a JSON body is described as it is read', () => {
  it.each<[string, unknown]>([
    ['a picture', { image: 'AAAA' }],
    ['a picture with parameters', { image: 'AAAA', top_k: 3, model: 'm' }],
    ['an address', { url: 'https://example.com/a.png' }],
    ['several', { images: [{ image: 'AAAA' }, { url: 'https://example.com/a.png' }] }],
    ['nothing', {}],
    ['a picture and an address', { image: 'AAAA', url: 'https://example.com/a.png' }],
    ['a picture and several', { image: 'AAAA', images: [{ image: 'AAAA' }] }],
    ['none of several', { images: [] }],
    ['an unknown field among several', { images: [{ image: 'AAAA', id: 1 }] }],
    ['no object among several', { images: ['AAAA'] }],
    ['both in one of several', { images: [{ image: 'AAAA', url: 'https://example.com/' }] }],
    ['a number for a picture', { image: 1 }],
    ['a number for an address', { url: 1 }],
    ['an unknown parameter', { image: 'AAAA', topk: 3 }],
    ['a parameter beyond its range', { image: 'AAAA', top_k: 1001 }],
    ['a list', []],
    ['null', null],
  ])('%s', (_name, body) => {
    const found = findPictures(Buffer.from(JSON.stringify(body)), 'application/json', 16);
    const read = found.ok && parseParameters(found.value.parameters).ok;
    expect(classifyJsonSchema.safeParse(body).success).toBe(read);
  });
});

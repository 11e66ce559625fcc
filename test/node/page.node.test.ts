import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { costOf } from '../../src/classify/cost.ts';
import type { PictureAnswer as HttpAnswer, Run as HttpRun } from '../../src/http/answer.ts';
import type { ProblemDocument as HttpProblem } from '../../src/http/respond.ts';
import type { CatalogueEntry, ModelCard } from '../../src/model/card.ts';
import type { Card, ModelsDocument, PictureAnswer, ProblemDocument } from '../../src/page/api.ts';
import { usdPerMillion } from '../../src/page/price.ts';
import { CONTENT_SECURITY_POLICY } from '../../src/page/security.ts';
import { ROOT, readCard, type Service, SMALL_MODEL, startService } from './workers.ts';

/** HTML, script and style, gzipped: 23 kB in November 2026, thumbnails apart. */
const PAGE_BYTES_MAX = 26_000;

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const built = (): Record<string, string> =>
  JSON.parse(readFileSync(join(ROOT, 'build/site.json'), 'utf8'));

const readBuilt = (name: string) => readFileSync(join(ROOT, `build/site${built()[name]}`));

describe('a file of the page', () => {
  it.each(Object.keys(built()))('%s is kept by a browser for ever', async (name) => {
    const response = await service.fetch(String(built()[name]));
    expect(response.status).toBe(200);
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(0);
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('does not stand in the way of the API', async () => {
    const response = await service.fetch('/assets/none.css');
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'route_not_found' });
  });
});

describe.each([
  ['/', 'playground.js'],
  ['/models', 'models.js'],
])('GET %s', (path, script) => {
  it('is a document under a strict policy, with an ETag', async () => {
    const response = await service.fetch(path);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toBe(CONTENT_SECURITY_POLICY);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    const html = await response.text();
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(html).toContain(`<script type="module" src="${built()[script]}"></script>`);
    const again = await service.fetch(path, {
      headers: { 'if-none-match': String(response.headers.get('etag')) },
    });
    expect(again.status).toBe(304);
    const head = await service.fetch(path, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('holds nothing inline and names nothing from elsewhere', async () => {
    const html = await (await service.fetch(path)).text();
    expect(html).not.toMatch(/<style|\sstyle=|<script>|\son[a-z]+=|(src|href)="(https?:)?\/\//);
  });

  it('weighs little', async () => {
    const html = await (await service.fetch(path)).text();
    const files = [script, 'page.css', 'favicon.svg'].map((name) => readBuilt(name));
    const bytes = [Buffer.from(html), ...files].map((file) => gzipSync(file).length);
    expect(bytes.reduce((sum, n) => sum + n, 0)).toBeLessThan(PAGE_BYTES_MAX);
  });
});

describe('the policy', () => {
  it('has no exception', () => {
    expect(CONTENT_SECURITY_POLICY).toMatch(/^default-src 'none'; /);
    expect(CONTENT_SECURITY_POLICY).not.toMatch(/unsafe|\*|https?:|data:/);
  });
});

describe('what the pages know of the API', () => {
  it('is what it sends', () => {
    expectTypeOf<HttpAnswer & { run: HttpRun }>().toExtend<PictureAnswer>();
    expectTypeOf<ModelCard>().toExtend<Omit<Card, 'computed'>>();
    expectTypeOf<CatalogueEntry>().toHaveProperty('computed');
    expectTypeOf<HttpProblem>().toExtend<ProblemDocument>();
  });

  it('prices a model as its answers are priced', () => {
    const card = readCard(SMALL_MODEL);
    const [{ cpu_ms: cpuMs } = { cpu_ms: Number.NaN }] = card.cost;
    const { usd_per_million: usd } = costOf(card, 'simd', true) ?? { usd_per_million: 0 };
    expect(usdPerMillion(cpuMs)).toBe(usd);
  });

  it('lists how much work a picture is', async () => {
    const response = await service.fetch('/v1/models');
    const { models } = (await response.json()) as ModelsDocument;
    expect(models[0]).toMatchObject({ name: SMALL_MODEL, computed: { macs: 555_422_720 } });
  });
});

describe('PLAYGROUND = "off"', () => {
  it('leaves nothing at /', async () => {
    const silent = await startService({ vars: { PLAYGROUND: 'off' }, models: [] });
    try {
      const response = await silent.fetch('/');
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: 'route_not_found' });
    } finally {
      await silent.close();
    }
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT, type Service, startService } from './workers.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const built = (): Record<string, string> =>
  JSON.parse(readFileSync(join(ROOT, 'build/site.json'), 'utf8'));

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

describe('GET /', () => {
  it('is a document under a strict policy, with an ETag', async () => {
    const response = await service.fetch('/');
    expect(response.headers.get('content-type')).toBe('text/html; charset=UTF-8');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    const html = await response.text();
    expect(html).toMatch(/^<!doctype html><html lang="en">/i);
    expect(html).toContain(built()['page.css']);
    const again = await service.fetch('/', {
      headers: { 'if-none-match': String(response.headers.get('etag')) },
    });
    expect(again.status).toBe(304);
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

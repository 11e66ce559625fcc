// The reference of the API as a browser shows it, and the document that it is made of.
import { Validator } from '@seriousme/openapi-schema-validator';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDocument } from '../../src/http/openapi/document.ts';
import { type Service, startService } from '../node/workers.ts';
import { DESKTOP, expectAccessible, noBrowser, openPage, PHONE, startBrowser } from './browser.ts';

let service: Service;
let browser: Browser | undefined;

beforeAll(async () => {
  // Whoever has no key may still read how the API is called.
  service = await startService({ vars: { AUTH: 'required' } });
  if (noBrowser === undefined) browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await service?.close();
});

describe('GET /openapi.json', () => {
  it('is the document of this version, for every origin', async () => {
    const response = await service.fetch('/openapi.json');
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    const document = (await response.json()) as { info: { version: string } };
    const own = createDocument(document.info.version);
    expect(document).toEqual(JSON.parse(JSON.stringify(own)));
    expect((await new Validator().validate(document)).valid).toBe(true);
    const etag = response.headers.get('etag') ?? '';
    const again = await service.fetch('/openapi.json', { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
  });
});

describe.skipIf(noBrowser !== undefined).each([
  ['a desktop', DESKTOP],
  ['a phone', PHONE],
])('GET /docs on %s', (_name, options) => {
  it('tells every operation, runs no script, and shows each answer', async () => {
    if (browser === undefined) return expect.unreachable();
    const { page, complaints } = await openPage(browser, `${service.url}/docs`, options);
    const document = createDocument('');
    const operations = Object.values(document.paths ?? {}).flatMap((item) => Object.values(item));
    expect(operations.length).toBeGreaterThan(25);
    const told = await page.evaluate<[string, string][]>(
      '[...document.querySelectorAll("article:has(.summary)")].map((one) => ' +
        '[one.id, one.querySelector(".summary").textContent])',
    );
    for (const { operationId, summary } of operations) {
      expect(told).toContainEqual([operationId, summary]);
    }
    expect(await page.locator('script').count()).toBe(0);
    const toJob = page.getByRole('navigation', { name: 'Addresses' });
    await toJob.getByRole('link', { name: 'GET /v1/jobs/{id}', exact: true }).click();
    const job = page.locator('#getJob');
    await job.getByText('job_not_found').first().click();
    const link = job.getByRole('link', { name: 'job_not_found' });
    expect(await link.getAttribute('href')).toBe('/problems/job_not_found');
    await job.getByRole('link', { name: 'Job', exact: true }).click();
    expect(await page.locator('#schema-Job').innerText()).toContain('images[].sha256');
    // Of each kind one: axe takes half a minute for all of them.
    await page.evaluate(
      'document.querySelectorAll("#classify details").forEach((one) => one.open = true)',
    );
    await expectAccessible(page);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('leads every link to something', async () => {
    if (browser === undefined) return expect.unreachable();
    const { page } = await openPage(browser, `${service.url}/docs`, options);
    const targets = await page.evaluate<string[]>(
      '[...document.querySelectorAll("main a")].map((one) => one.getAttribute("href"))',
    );
    const ids = await page.evaluate<string[]>(
      '[...document.querySelectorAll("[id]")].map((one) => "#" + one.id)',
    );
    const inside = targets.filter((target) => target.startsWith('#'));
    expect(inside.length).toBeGreaterThan(40);
    expect(inside.filter((target) => !ids.includes(target))).toEqual([]);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
    await page.context().close();
  });
});

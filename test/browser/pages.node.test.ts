// The other pages, and the playground where things are different: a key is asked for, no script.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SAMPLES, type Service, SMALL_MODEL, startService } from '../node/workers.ts';
import { DESKTOP, expectAccessible, noBrowser, openPage, PHONE, startBrowser } from './browser.ts';

const KEY = 'rzb_0123456789abcdef0123456789abcdef';

let open: Service;
let locked: Service;
let browser: Browser;

beforeAll(async () => {
  if (noBrowser !== undefined) return;
  const secrets = { API_KEYS: `me:${createHash('sha256').update(KEY).digest('hex')}` };
  [open, locked, browser] = await Promise.all([
    startService(),
    startService({ vars: { AUTH: 'required' }, secrets }),
    startBrowser(),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await open?.close();
  await locked?.close();
});

describe.skipIf(noBrowser !== undefined).each([
  ['a desktop', DESKTOP],
  ['a phone', PHONE],
])('the page of models on %s', (_name, options) => {
  it('draws accuracy against cost, shows each card, and leads to the playground', async () => {
    const { page, complaints } = await openPage(browser, `${open.url}/models`, options);
    const card = page.getByRole('article').filter({ hasText: SMALL_MODEL });
    await card.waitFor();
    const text = await card.innerText();
    for (const said of ['92.0 %', '23.75', '$0.78', '10 names (cifar10)', 'Apache-2.0']) {
      expect(text).toContain(said);
    }
    const chart = page.getByRole('img', { name: 'Accuracy against cost' });
    expect(await chart.locator('.dot.here').count()).toBe(1);
    expect(await chart.locator('.dot.catalogue').count()).toBeGreaterThan(15);
    expect(await chart.locator('.dot.here text').textContent()).toContain('23.75 CPU ms');
    const row = page.getByRole('row').filter({ hasText: 'resnet50_8xb32_in1k' });
    expect(await row.innerText()).toMatch(/76\.55 %\s+4\.09 billion/);
    await row.getByRole('button').click();
    const copied = await page.evaluate('navigator.clipboard.readText()');
    expect(copied).toBe('npm run models -- add resnet50_8xb32_in1k');
    await expectAccessible(page);
    await card.getByRole('link', { name: `Try ${SMALL_MODEL}` }).click();
    await page.getByText('The five likeliest names').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describe.skipIf(noBrowser !== undefined)('a service that asks for a key', () => {
  it('is asked for one, held in this tab alone, until it is forgotten', async () => {
    const { page, complaints } = await openPage(browser, locked.url);
    await page.getByRole('heading', { name: 'asks for a key' }).waitFor();
    expect(await page.getByText('It is held in this tab until you close it').isVisible()).toBe(
      true,
    );
    await expectAccessible(page);
    await page.getByLabel('API key').fill('wrong');
    await page.getByRole('button', { name: 'Use this key' }).click();
    await page.getByRole('alert').filter({ hasText: "none of this service's" }).waitFor();
    await page.getByLabel('API key').fill(KEY);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'A cat with striped fur' }).click();
    await page.locator('.rank-0 .label').first().waitFor();
    expect(await page.locator('.rank-0 .label').first().textContent()).toBe('cat');
    const code = await page.locator('.code pre').innerText();
    expect(code).toContain('-H "Authorization: Bearer $RAZORBILL_KEY"');
    expect(await page.content()).not.toContain(KEY);
    await expectAccessible(page);

    await page.goto(`${locked.url}/models`);
    await page.getByRole('article').first().waitFor();
    const other = await page.context().newPage();
    await other.goto(`${locked.url}/models`);
    await other.getByRole('heading', { name: 'asks for a key' }).waitFor();
    await expectAccessible(other);

    await page.goto(locked.url);
    await page.getByRole('button', { name: 'Forget it now' }).click();
    await page.getByRole('heading', { name: 'asks for a key' }).waitFor();
    expect(await page.evaluate('JSON.stringify({ ...sessionStorage })')).toBe('{}');
    expect(await page.evaluate('JSON.stringify({ ...localStorage })')).toBe('{}');
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describe.skipIf(noBrowser !== undefined)('a photograph of a phone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'razorbill-photo-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  function write(name: string, bytes: Buffer): string {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  }

  it('is sent as it is, all its megabytes', async () => {
    const { page, complaints } = await openPage(browser, open.url, PHONE);
    const photo = await photograph();
    expect(photo.length).toBeGreaterThan(5_000_000);
    await page.getByLabel('Take a photo').setInputFiles(write('IMG_0001.jpg', photo));
    await page.locator('.rank-0 .label').first().waitFor();
    const digest = createHash('sha256').update(photo).digest('hex');
    expect(await page.locator('.hash code').textContent()).toBe(digest);
    expect(await page.locator('figcaption').innerText()).toContain('3000 × 4000 JPEG');
    const { top } = await page.locator('.answers').evaluate((el) => el.getBoundingClientRect());
    expect(top).toBeLessThan(700);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('that is larger than the service reads is told how large one may be', async () => {
    const { page, complaints } = await openPage(browser, open.url);
    const large = write('IMG_0002.jpg', Buffer.alloc(21_000_000, 'jpeg'));
    await page.getByLabel('Choose a file').setInputFiles(large);
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.innerText()).toContain('At most 21.0 MB are read');
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

/** Twelve megapixels, turned by EXIF as phones turn them; noise, so that it has some weight. */
function photograph(): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
  const size = { width: 4000, height: 3000, channels: 3 } as const;
  return sharp({ create: { ...size, background: 'black', noise } })
    .jpeg({ quality: 90 })
    .withMetadata({ orientation: 6 })
    .toBuffer();
}

describe.skipIf(noBrowser !== undefined)('without a script', () => {
  it('the page explains itself, and its form gets an answer', async () => {
    const { page, complaints } = await openPage(browser, open.url, {
      ...DESKTOP,
      javaScriptEnabled: false,
    });
    const words = page.locator('.plain h2');
    expect(await words.innerText()).toMatch(/^This page needs JavaScript to show answers/);
    expect(await page.getByRole('combobox').count()).toBe(0);
    await page.getByLabel('A picture').setInputFiles(join(SAMPLES, 'chelsea.png'));
    await page.getByRole('button', { name: 'Classify it' }).click();
    await page.waitForURL('**/v1/classify');
    expect(await page.locator('body').innerText()).toContain('"pred_class":"cat"');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('the page of models leads to the same as JSON', async () => {
    const off = { ...DESKTOP, javaScriptEnabled: false };
    const { page } = await openPage(browser, `${open.url}/models`, off);
    await page.getByRole('link', { name: '/v1/models' }).click();
    expect(await page.locator('body').innerText()).toContain(`"default":"${SMALL_MODEL}"`);
    await page.context().close();
  });
});

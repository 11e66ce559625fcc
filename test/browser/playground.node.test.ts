// The page as a stranger meets it: real Chromium, a real Worker, real models and photographs.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphKey, modelKey } from '../../src/model/keys.ts';
import {
  LARGE_MODEL,
  ROOT,
  readCard,
  readSample,
  SAMPLES,
  type Service,
  SMALL_MODEL,
  startService,
} from '../node/workers.ts';
import {
  DESKTOP,
  expectAccessible,
  noBrowser,
  openPage,
  PHONE,
  startBrowser,
  type Watched,
} from './browser.ts';

/** Between chelsea.png (241 kB) and coffee.png (467 kB). */
const BODY_BYTES_MAX = 400_000;
const TORN_MODEL = 'torn_model';

let service: Service;
let browser: Browser;

beforeAll(async () => {
  if (noBrowser !== undefined) return;
  const vars = { DEFAULT_MODEL: LARGE_MODEL, MAX_BODY_BYTES: String(BODY_BYTES_MAX) };
  [service, browser] = await Promise.all([
    startService({ vars, models: [SMALL_MODEL, LARGE_MODEL] }),
    startBrowser(),
  ]);
  await publishTorn();
});
afterAll(async () => {
  await browser?.close();
  await service?.close();
});

/** A model whose graph is not what its card says: asking for it is a real 503. */
async function publishTorn(): Promise<void> {
  const graph = 'ab'.repeat(32) as ReturnType<typeof readCard>['graph'];
  const card = { ...readCard(SMALL_MODEL), name: TORN_MODEL, graph };
  await service.models.put(graphKey(graph), new Uint8Array(card.bytes));
  const text = new TextEncoder().encode(JSON.stringify(card));
  await service.models.put(modelKey(TORN_MODEL), text);
}

const first = (page: Page) => page.locator('.column').first().locator('.label').first();
const sample = (page: Page, name: string) => page.getByRole('button', { name });
const modelOf = (page: Page) => page.getByRole('combobox', { name: 'Model', exact: true });
const otherOf = (page: Page) => page.getByRole('combobox', { name: 'Compare with' });
const chooser = (page: Page) => page.getByLabel('Choose a file');

/** A cold model loads first, on a machine with other work. */
const poll = <T>(read: () => Promise<T>) => expect.poll(read, { timeout: 20_000 });

/** Every label and score that is shown, as the page says them. */
async function shown(page: Page): Promise<string[]> {
  const rows = page.locator('.column').first().locator('.ranks li');
  return (await rows.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' ').trim());
}

interface Answer {
  readonly predictions: ReadonlyArray<{ readonly label: string; readonly score: number }>;
}

/** The same of an API's answer. */
function said({ predictions }: Answer): string[] {
  return predictions.map(({ label, score }) => {
    const percent = score * 100;
    return `${label} ${percent < 0.05 ? '< 0.1' : percent.toFixed(1)} %`;
  });
}

async function copiedCode(page: Page, language: string): Promise<string> {
  await page.getByLabel(language, { exact: true }).check({ force: true });
  await page.getByRole('button', { name: `Copy the ${language} code` }).click();
  await page.getByRole('status').filter({ hasText: 'Copied' }).first().waitFor();
  return page.evaluate<string>('navigator.clipboard.readText()');
}

/** Where the sample photographs lie, as the copied code wants it. */
function run(command: string, args: readonly string[], input?: string): string {
  const ran = spawnSync(command, args, { cwd: SAMPLES, encoding: 'utf8', input });
  expect(ran.status, ran.stderr).toBe(0);
  return ran.stdout;
}

function runModule(code: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'razorbill-page-'));
  try {
    writeFileSync(join(folder, 'code.mjs'), code);
    return run(process.execPath, [join(folder, 'code.mjs')]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const has = (command: string) => spawnSync(command, ['--version']).status === 0;

describe.skipIf(noBrowser !== undefined).each([
  ['a desktop', DESKTOP],
  ['a phone', PHONE],
])('the playground on %s', (_name, options) => {
  let watched: Watched;
  let page: Page;
  beforeAll(async () => {
    watched = await openPage(browser, service.url, options);
    page = watched.page;
  });
  afterAll(async () => {
    await page.context().close();
    expect(watched.complaints).toEqual([]);
  });

  it('waits for a picture, with the usual model chosen', async () => {
    await poll(() => modelOf(page).inputValue()).toBe(LARGE_MODEL);
    expect(await page.getByText('The five likeliest names').isVisible()).toBe(true);
    await expectAccessible(page);
  });

  it('names a sample, and says where, why, hit or miss, and at what cost', async () => {
    await sample(page, 'A cat with striped fur').click();
    await poll(() => first(page).textContent()).toMatch(/cat|tabby/);
    const answer = (await service
      .fetch(`/v1/classify?model=${LARGE_MODEL}`, {
        method: 'POST',
        body: readSample('chelsea.png'),
      })
      .then((response) => response.json())) as Answer;
    expect(await shown(page)).toEqual(said(answer));
    const text = await page.locator('.playground').innerText();
    expect(text).toContain('At the edge, because');
    expect(text).toMatch(/Cache\s+(miss|hit)/);
    expect(text).toMatch(/CPU ms; \$\d\.\d\d for a million/);
    expect(text).toContain('451 × 300 PNG');
    const digest = createHash('sha256').update(readSample('chelsea.png')).digest('hex');
    expect(await page.locator('.hash code').textContent()).toBe(digest);
    await expectAccessible(page);
  });

  it('shows a hit when it is asked again, and a bypass when it is told to forget', async () => {
    await page.getByRole('button', { name: 'Ask again' }).click();
    await page.locator('.chip.hit').waitFor();
    await page.getByRole('button', { name: 'Ignore what is kept' }).click();
    await page.locator('.chip.bypass').waitFor();
  });

  it('takes a file', async () => {
    await chooser(page).setInputFiles(join(SAMPLES, 'boats.jpg'));
    await page.getByText('1024 × 819 JPEG').waitFor();
    expect(await page.locator('.frame strong').textContent()).toBe('boats.jpg');
    expect(await shown(page)).toHaveLength(5);
  });

  it('switches the model, and asks it about the same picture', async () => {
    await modelOf(page).selectOption(SMALL_MODEL);
    await poll(() => first(page).textContent()).toBe('ship');
    expect(await page.getByText('10 names, 92.0 % right').isVisible()).toBe(true);
    await modelOf(page).selectOption(LARGE_MODEL);
    await poll(() => first(page).textContent()).not.toBe('ship');
  });

  it('compares two models side by side', async () => {
    await sample(page, 'A cat with striped fur').click();
    await otherOf(page).selectOption(SMALL_MODEL);
    await poll(() => page.locator('.column .label').nth(5).textContent()).toBe('cat');
    expect(await page.locator('.verdict').innerText()).toMatch(/^One says .+, the other cat\.$/);
    const columns = await page.locator('.column').all();
    expect(columns).toHaveLength(2);
    await expectAccessible(page);
    await otherOf(page).selectOption('');
    await poll(() => page.locator('.column').count()).toBe(1);
  });

  it('says kindly what is wrong with a text file', async () => {
    const notes = { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') };
    await chooser(page).setInputFiles(notes);
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.innerText()).toMatch(/not supported[\s\S]*looks like text[\s\S]*JPEG, PNG/);
    expect(await alert.innerText()).toContain('unsupported_format · request ');
    expect(await alert.getByRole('button').count()).toBe(0);
    await expectAccessible(page);
  });

  it('says kindly that a file is too large, and how large one may be', async () => {
    await chooser(page).setInputFiles(join(SAMPLES, 'coffee.png'));
    const alert = page.getByRole('alert').filter({ hasText: 'larger' });
    await alert.waitFor();
    expect(await alert.innerText()).toMatch(/At most 400 kB are read/);
  });

  it('says kindly that the service has trouble, and tries again when it is told to', async () => {
    await chooser(page).setInputFiles(join(SAMPLES, 'rocket.jpg'));
    await otherOf(page).selectOption(TORN_MODEL);
    const alert = page.locator('.rank-1').getByRole('alert');
    await alert.waitFor();
    expect(await alert.innerText()).toContain("service's trouble, not the picture's");
    expect(await shown(page)).toHaveLength(5);
    await expectAccessible(page);
    await alert.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.rank-1').getByRole('alert').waitFor();
    await otherOf(page).selectOption('');
  });

  it('says that it is offline, and goes on when it is not', async () => {
    await page.context().setOffline(true);
    await page.getByRole('button', { name: 'Ask again' }).click();
    await page.getByRole('alert').filter({ hasText: 'You are offline' }).waitFor();
    await page.context().setOffline(false);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.chip.hit').waitFor();
  });
});

describe.skipIf(noBrowser !== undefined)('the playground', () => {
  let watched: Watched;
  let page: Page;
  beforeAll(async () => {
    watched = await openPage(browser, service.url);
    page = watched.page;
    await awake(page);
  });
  afterAll(async () => {
    await page.context().close();
    expect(watched.complaints).toEqual([]);
  });

  it('takes what is pasted', async () => {
    await page.evaluate(`(async () => {
      const blob = await (await fetch('${addressOf('chelsea.png')}')).blob();
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': blob })]);
    })()`);
    await page.keyboard.press('Control+V');
    await poll(() => first(page).textContent()).toMatch(/cat|tabby/);
    expect(await page.locator('.frame strong').textContent()).toBe('image.png');
  });

  it('takes what is dropped, anywhere on the page', async () => {
    const session = await page.context().newCDPSession(page);
    const data = {
      items: [],
      files: [join(SAMPLES, 'rocket.jpg')],
      dragOperationsMask: 1,
    };
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
      await session.send('Input.dispatchDragEvent', { type, x: 640, y: 120, data });
      if (type === 'dragOver') await page.locator('.frame.over').waitFor();
    }
    await page.getByText('640 × 427 JPEG').waitFor();
    expect(await page.locator('.frame.over').count()).toBe(0);
  });

  it('is told that a dropped link is no picture', async () => {
    await page.evaluate(`(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.setData('text/uri-list', 'https://example.com/cat.jpg');
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true }));
    })()`);
    await page.getByRole('alert').filter({ hasText: 'not a picture file' }).waitFor();
  });

  it('works by keyboard alone', async () => {
    await page.reload();
    await awake(page);
    const focused = page.locator(':focus');
    await page.keyboard.press('Tab');
    expect(await focused.textContent()).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await focused.getAttribute('type')).toBe('file');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await poll(() => first(page).textContent()).toMatch(/cat|tabby/);
    const isChoice = () => focused.evaluate((element) => element.nodeName === 'SELECT');
    for (let i = 0; i < 12 && !(await isChoice()); i++) await page.keyboard.press('Tab');
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe(
      'solid',
    );
    await page.keyboard.press('ArrowUp');
    await poll(() => modelOf(page).inputValue()).toBe(SMALL_MODEL);
    await poll(() => first(page).textContent()).toBe('cat');
  });

  it.each([
    ['of a sample', undefined],
    ['of a file', 'boats.jpg'],
  ])('offers code %s that gives the same answer', async (_what, file) => {
    await page.reload();
    await awake(page);
    if (file === undefined) await sample(page, 'A rocket that takes off').click();
    else await chooser(page).setInputFiles(join(SAMPLES, file));
    await poll(async () => (await shown(page)).length).toBe(5);
    const expected = await shown(page);
    const curl = await copiedCode(page, 'curl');
    if (has('curl')) {
      expect(said(JSON.parse(run('sh', ['-c', curl])) as Answer)).toEqual(expected);
    }
    const printed = runModule(await copiedCode(page, 'fetch'));
    for (const row of expected) expect(printed).toContain(row.replace(/ <? ?[\d.]+ %$/, ''));
    const python = await copiedCode(page, 'Python');
    if (has('python3')) {
      const lines = run('python3', ['-c', python]).trim().split('\n');
      const predictions = lines.map((line) => ({
        label: line.replace(/ \S+$/, ''),
        score: Number(line.replace(/^.* /, '')),
      }));
      expect(said({ predictions })).toEqual(expected);
    }
  });

  it('opens with the model of its address', async () => {
    await page.goto(`${service.url}/?model=${SMALL_MODEL}`);
    await poll(() => modelOf(page).inputValue()).toBe(SMALL_MODEL);
  });
});

/** The list of models has come. */
async function awake(page: Page): Promise<void> {
  await modelOf(page).locator('option').first().waitFor({ state: 'attached' });
}

/** Of a built file. */
function addressOf(name: string): string {
  const built = JSON.parse(readFileSync(join(ROOT, 'build/site.json'), 'utf8'));
  return String((built as Record<string, string>)[name]);
}

import { existsSync } from 'node:fs';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';

/** Debian's; others name theirs. */
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Why no browser test runs here; undefined where they do. */
export const noBrowser: string | undefined = existsSync(CHROMIUM)
  ? undefined
  : `no Chromium at ${CHROMIUM}: install it, or name yours in CHROMIUM`;

export function startBrowser(): Promise<Browser> {
  // The sandbox needs rights that containers do not have.
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}

export const DESKTOP: BrowserContextOptions = { viewport: { width: 1280, height: 900 } };
export const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  isMobile: true,
  hasTouch: true,
};

/** A page, and what its console said that it should not have. */
export interface Watched {
  readonly page: Page;
  /** Errors, warnings and violations; those of an answer's status, which a browser logs, apart. */
  readonly complaints: string[];
}

export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = DESKTOP,
): Promise<Watched> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`${error.message}\n${error.stack}`));
  page.on('console', (message) => {
    const answered = /^Failed to load resource: (the server responded|net::ERR_INTERNET)/;
    if (!['error', 'warning'].includes(message.type())) return;
    if (!answered.test(message.text())) complaints.push(message.text());
  });
  await page.goto(url);
  return { page, complaints };
}

/** Nothing that axe knows to be wrong, in light and in dark, and nothing wider than the screen. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.evaluate(axe.source);
    // As text: this project's tests know no types of a browser.
    const { violations } = await page.evaluate<axe.AxeResults>('axe.run()');
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`);
    expect(found, colorScheme).toEqual([]);
  }
  const [wide, screen] = await page.evaluate<[number, number]>(
    '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
  );
  expect(wide).toBeLessThanOrEqual(screen);
}

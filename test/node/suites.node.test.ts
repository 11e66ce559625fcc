import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Service, sharedFolder, startService } from './workers.ts';

const IMAGES = sharedFolder('suites/images');
const SSRF = sharedFolder('suites/ssrf');
if (IMAGES === undefined || SSRF === undefined) {
  console.error('The suites over HTTP: skipped, ../shared/suites is absent');
}

/** No request may take longer, whatever it holds (the machines that run this are slow). */
const ANSWER_MS_MAX = 5000;

interface ImageCase {
  readonly name: string;
  readonly expect: 'ok' | 'refuse' | 'either';
  readonly format?: string;
  readonly width?: number;
  readonly height?: number;
  readonly error?: string;
  readonly alsoAllowed?: readonly string[];
  readonly mayRefuse?: string;
}

interface UrlCase {
  readonly url: unknown;
  readonly verdict?: string;
  readonly expect?: string;
  readonly reason?: string;
  readonly also?: readonly string[];
  readonly config?: object;
}

function readJson(folder: string, file: string): unknown {
  return JSON.parse(readFileSync(join(folder, file), 'utf8'));
}

let service: Service;
beforeAll(async () => {
  service = await startService({ vars: { MAX_BODY_BYTES: '33554432' } });
});
afterAll(() => service.close());

/** Sends one request, and requires a clean answer in time and a living isolate behind it. */
async function ask(what: string, body: Uint8Array<ArrayBuffer> | string): Promise<Response> {
  const headers = typeof body === 'string' ? { 'content-type': 'application/json' } : {};
  const signal = AbortSignal.timeout(ANSWER_MS_MAX);
  const response = await service.fetch('/v1/classify', { method: 'POST', body, headers, signal });
  expect(response.status, what).toBeLessThan(500);
  const alive = await service.fetch('/livez');
  expect(alive.status, `/livez after ${what}`).toBe(200);
  await alive.body?.cancel();
  return response;
}

describe.skipIf(IMAGES === undefined)('every file of the image suite over HTTP', () => {
  const folder = IMAGES ?? '';
  const cases =
    IMAGES === undefined ? [] : (readJson(folder, 'manifest.json') as { files: ImageCase[] }).files;

  it('gets its verdict, never a 5xx, and leaves the isolate alive', async () => {
    expect(cases.length).toBeGreaterThan(500);
    const wrong: string[] = [];
    for (const file of cases) {
      const response = await ask(file.name, new Uint8Array(readFileSync(join(folder, file.name))));
      const body = (await response.json()) as Record<string, unknown>;
      const verdict = judge(file, response.status, body);
      if (verdict !== undefined) wrong.push(`${file.name}: ${verdict}`);
    }
    expect(wrong).toEqual([]);
  }, 600_000);
});

/** Sizes that the manifest has as OpenCV sees them, which does not turn WebP. */
const TURNED: Readonly<Record<string, string>> = {
  'generated/webp/exif_o6.webp': 'EXIF orientation is applied for every format',
};

/** Undefined when the answer is as the manifest says. */
function judge(
  file: ImageCase,
  status: number,
  body: Readonly<Record<string, unknown>>,
): string | undefined {
  if (status === 200) {
    if (file.expect === 'refuse') return 'answered, but is to be refused';
    const image = body.image as { format: string; width: number; height: number };
    const { format, width, height } = { ...image, ...file };
    if (file.name in TURNED) return undefined;
    const same = image.format === format && image.width === width && image.height === height;
    return same ? undefined : `answered as ${JSON.stringify(image)}`;
  }
  const code = String(body.code);
  if (file.expect === 'ok') return code === file.mayRefuse ? undefined : `refused: ${code}`;
  const allowed = [file.error, ...(file.alsoAllowed ?? [])];
  return allowed.includes(code) ? undefined : `refused as ${code}, not ${allowed}`;
}

describe.skipIf(SSRF === undefined)('every refused URL of the SSRF suite over HTTP', () => {
  const { cases = [] } =
    SSRF === undefined ? {} : (readJson(SSRF, 'urls.json') as { cases?: UrlCase[] });
  // Those that are allowed would be fetched from the real network.
  const refused = cases.filter((c) => (c.verdict ?? c.expect) === 'refuse' && !c.config);

  it('is refused with its code before anything is fetched', async () => {
    expect(refused.length).toBeGreaterThan(200);
    const wrong: string[] = [];
    for (const { url, reason, also = [] } of refused) {
      const response = await ask(String(url), JSON.stringify({ url }));
      const { code } = (await response.json()) as { code: string };
      const allowed = typeof url === 'string' ? [reason, ...also] : ['bad_json', reason];
      if (!allowed.includes(code)) wrong.push(`${JSON.stringify(url)}: ${code}, not ${reason}`);
    }
    expect(wrong).toEqual([]);
  }, 300_000);
});

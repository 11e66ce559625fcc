// Hugging Face's published client in a real browser, on a page of another origin: what it sends
// must pass the preflight, and what it is told must be readable.
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT, readSample, type Service, SMALL_MODEL, startService } from './workers.ts';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const there = existsSync(CHROMIUM);
if (!there) console.error(`a client in a browser: skipped, ${CHROMIUM} is absent`);

/** Asks twice, for a label and for a refusal. */
const PAGE = `
  import { InferenceClient } from '@huggingface/inference';
  globalThis.ask = async (address, model) => {
    const data = await (await fetch('/chelsea.png')).blob();
    const headers = [];
    const counted = async (...given) => {
      const response = await fetch(...given);
      headers.push(response.headers.get('x-razorbill-model'));
      return response;
    };
    const options = { endpointUrl: address + '/models/' + model, fetch: counted };
    const client = new InferenceClient('hf_key', options);
    const said = await client.imageClassification({ data }).catch((error) => error.message);
    return { said, headers };
  };
`;

describe.skipIf(!there)("Hugging Face's client in a browser", () => {
  let browser: Browser;
  let site: Server;
  let service: Service;
  let origin: string;

  beforeAll(async () => {
    const stdin = { contents: PAGE, resolveDir: ROOT };
    const built = await build({ stdin, bundle: true, format: 'iife', write: false });
    site = serve(built.outputFiles[0]?.text ?? '');
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
    service = await startService({ vars: { CORS_ORIGINS: origin } });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser.close();
    await service.close();
    site.close();
  });

  it('names a picture, and says why it does not', async () => {
    const page = await browser.newPage();
    await page.goto(origin);
    const ask = (model: string) =>
      page.evaluate(([address, name]) => Reflect.get(globalThis, 'ask')(address, name), [
        service.url,
        model,
      ] as const);
    const answered = await ask(SMALL_MODEL);
    expect(answered.said[0]).toEqual({ label: 'cat', score: expect.closeTo(0.9, 1) });
    expect(answered.headers).toEqual([expect.stringMatching(`^${SMALL_MODEL}@sha256:`)]);
    expect(await ask('nobody/nothing')).toEqual({
      said: expect.stringContaining('There is no such model (reference: nobody/nothing)'),
      headers: [null],
    });
  });
});

function serve(script: string): Server {
  const picture = readSample('chelsea.png');
  return createServer((request, response) => {
    if (request.url === '/chelsea.png') return response.end(picture);
    response.setHeader('content-type', 'text/html; charset=utf-8');
    return response.end(`<!doctype html><script>${script.replaceAll('</', '<\\/')}</script>`);
  });
}

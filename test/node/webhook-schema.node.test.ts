// Callbacks are what docs/webhook-event.schema.json says of them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  awaitJob,
  cmsSettings,
  type Heard,
  type JobDocument,
  jobOf,
  type Neighbour,
  readJob,
  SECRETS,
  sendEvent,
  startNeighbour,
} from './webhook-world.ts';
import { ROOT, readSample, type Service, startService } from './workers.ts';

describe('callbacks', () => {
  const pictures: Readonly<Record<string, Uint8Array>> = {
    '/cat.png': readSample('chelsea.png'),
    '/jpeg.png': readSample('boats.jpg'),
  };
  let neighbour: Neighbour;
  let service: Service;

  beforeAll(async () => {
    neighbour = await startNeighbour(({ url = '' }, response) => {
      response.setHeader('content-type', 'image/png');
      if (url === '/page.html') {
        return void response.setHeader('content-type', 'text/html').end('<!doctype html>');
      }
      if (url === '/cut.png') return void response.end(pictures['/cat.png']?.subarray(0, 5000));
      response.end(pictures[url]);
    });
    const vars = cmsSettings(neighbour.home);
    service = await startService({ jobs: true, vars, secrets: SECRETS });
  });

  afterAll(async () => {
    await service?.close();
    neighbour?.close();
  });

  function heardOf(job: string): readonly Heard[] {
    return neighbour.heard.filter(({ body }) => body.includes(job));
  }

  async function delivered(job: string, callbacks: number): Promise<JobDocument> {
    const states = async () => (await readJob(service, job)).callbacks.map(({ state }) => state);
    await expect
      .poll(states, { timeout: 50_000, interval: 500 })
      .toEqual(Array(callbacks).fill('delivered'));
    return readJob(service, job);
  }

  it('are as they are described, of pictures and of what is none', async () => {
    const names = ['page.html', 'cut.png', 'cat.png', 'jpeg.png'];
    const images = names.map((name) => `${neighbour.home}/${name}`);
    const id = await jobOf(await sendEvent(service, 'trouble', { images }));
    const { images: outcomes } = await awaitJob(service, id);
    const codes = outcomes.map(({ status, failure }) => failure?.code ?? status);
    expect(codes).toEqual([
      'bad_content_type',
      'corrupt_image',
      'classified',
      // What a server calls it does not matter; what the bytes are does.
      'classified',
    ]);
    await delivered(id, names.length);
    const schema = JSON.parse(readFileSync(join(ROOT, 'docs/webhook-event.schema.json'), 'utf8'));
    const validate = new Ajv2020({ formats: { 'date-time': isDateTime } }).compile(schema);
    const events = heardOf(id).map(({ body }) => JSON.parse(body));
    expect(events).toHaveLength(names.length);
    for (const event of events) expect(validate(event) ? [] : validate.errors).toEqual([]);
    const [event] = events;
    expect(validate({ ...event, type: 'image.lost' })).toBe(false);
    expect(validate({ ...event, data: { ...event.data, answer: undefined, failure: {} } })).toBe(
      false,
    );
    const classified = events.find(({ type }) => type === 'image.classified');
    expect(validate({ ...classified, type: 'image.failed' })).toBe(false);
  }, 120_000);
});

function isDateTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text) && !Number.isNaN(Date.parse(text));
}

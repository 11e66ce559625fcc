// What the cost page counts, counted: a real Worker's operations on bucket, database and queues.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FIGURES } from '../../scripts/costs/figures.ts';
import type { DataPoint } from '../../src/telemetry/analytics.ts';
import type { Meter } from '../worker/metered/units.ts';
import { readSample, type Service, SMALL_MODEL, startService } from './workers.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const LOOKS_MAX = 200;

describe('what the cost page counts', () => {
  let server: Server;
  let service: Service;
  let callbacks = 0;

  beforeAll(async () => {
    const picture = readSample('chelsea.png');
    server = createServer((request, response) => {
      if (request.method === 'POST') callbacks++;
      response.end(request.method === 'POST' ? '' : picture);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const home = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const cms = {
      scheme: 'standard',
      secrets: ['CMS_SECRET'],
      images: '$.image',
      callback: { url: `${home}/callback`, secrets: ['CMS_SECRET'] },
    };
    service = await startService({
      config: 'metered',
      jobs: true,
      vars: {
        RESULT_CACHE_R2: 'on',
        WEBHOOK_SOURCES: JSON.stringify({ cms }),
        TRUSTED_ORIGINS: home,
      },
      secrets: { CMS_SECRET: SECRET },
    });
  });
  afterAll(async () => {
    await service.close();
    server.close();
  });

  const read = async () => (await (await service.fetch('/test/meter')).json()) as Meter;

  async function until(done: () => Promise<boolean> | boolean): Promise<void> {
    for (let looks = 0; looks < LOOKS_MAX; looks++) {
      if (await done()) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error('it does not end');
  }

  it('is what pictures take of the worldwide bucket, computed and kept', async () => {
    const body = readSample('coffee.png');
    const ask = () => service.fetch('/v1/classify', { method: 'POST', body });
    await read();
    await ask();
    const seen = { r2Reads: 0, r2Writes: 0 };
    await until(async () => {
      const { r2Reads, r2Writes } = await read();
      seen.r2Reads += r2Reads;
      seen.r2Writes += r2Writes;
      return seen.r2Writes >= 2;
    });
    const { reads, writes } = FIGURES.worldwide.computed.edge;
    expect(seen).toEqual({ r2Reads: reads, r2Writes: writes });
    // This isolate has it; the page counts as if each kept answer came from the bucket.
    await ask();
    const { r2Reads, r2Writes } = await read();
    expect(r2Reads).toBeLessThanOrEqual(FIGURES.worldwide.kept.reads);
    expect(r2Writes).toBe(0);
  });

  it('is what an event with one picture takes of queues and rows', async () => {
    const body = JSON.stringify({ image: `${new URL('/a.png', addressOf(server))}` });
    const now = new Date();
    await read();
    const answer = await service.fetch('/v1/webhooks/cms', {
      method: 'POST',
      body,
      headers: {
        'webhook-id': 'msg_1',
        'webhook-timestamp': `${Math.floor(now.getTime() / 1000)}`,
        'webhook-signature': new Webhook(SECRET).sign('msg_1', now, body),
      },
    });
    expect(answer.status).toBe(202);
    await until(() => callbacks === 1);
    await until(async () => {
      const sent = await service.db.prepare('SELECT state FROM deliveries').all();
      return sent.results[0]?.state === 'delivered';
    });
    const { messages, rowsRead, rowsWritten } = await read();
    expect({ messages, rowsRead, rowsWritten }).toEqual(FIGURES.event);
    // And what operators see of it: a point for the event's request, and one for its picture.
    const points = (await (await service.fetch('/test/points')).json()) as DataPoint[];
    const kinds = points.map(({ indexes: [index], blobs: [kind] }) => [kind, index]);
    expect(kinds).toContainEqual(['request', 'request /v1/webhooks/:source']);
    expect(kinds).toContainEqual(['job_picture', `job_picture ${SMALL_MODEL}`]);
  });
});

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSample, type Service, startService } from './workers.ts';

describe('a Worker without a job table', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({ config: 'bare' });
  });
  afterAll(() => service?.close());

  it('classifies', async () => {
    const body = readSample('chelsea.png');
    const response = await service.fetch('/v1/classify', { method: 'POST', body });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ pred_class: 'cat' });
    await service.sweep();
  });

  it.each([
    ['POST', '/v1/webhooks/cms'],
    ['GET', '/v1/jobs'],
    ['GET', '/v1/jobs/job_0123456789abcdef0123456789abcdef'],
    ['POST', '/v1/jobs/job_0123456789abcdef0123456789abcdef/redrive'],
  ])('says so to %s %s', async (method, path) => {
    const response = await service.fetch(path, { method });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'webhooks_off' });
  });
});

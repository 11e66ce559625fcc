import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSample, type Service, startService } from './workers.ts';

interface Report {
  readonly isolates: ReadonlyArray<{
    readonly isolate: string;
    readonly wasm: Record<string, { bytes: number; peak_bytes: number }>;
    readonly reserved: Record<string, { bytes: number; peak_bytes: number; bytes_max: number }>;
  }>;
}

describe('GET /debug/memory on a laptop', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.close());

  it('tells each isolate what the inspector does not count', async () => {
    const body = readSample('boats.jpg');
    const answer = await service.fetch('/v1/classify', { method: 'POST', body });
    expect(answer.status, await answer.text()).toBe(200);
    const response = await service.fetch('/debug/memory');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const { isolates } = (await response.json()) as Report;
    const [main, ort] = isolates;
    expect(isolates.map(({ isolate }) => isolate)).toEqual(['razorbill', 'razorbill-ort']);
    expect(main?.wasm.image_decoder?.peak_bytes).toBeGreaterThan(1e5);
    expect(main?.reserved.bodies).toMatchObject({ bytes: 0, peak_bytes: body.length });
    expect(main?.reserved.decodes?.peak_bytes).toBeGreaterThan(1e5);
    expect(ort?.wasm.onnxruntime?.bytes).toBeGreaterThan(16e6);
  });
});

describe('GET /debug/memory elsewhere', () => {
  let service: Service;
  beforeAll(async () => {
    const vars = { ENVIRONMENT: 'production', AUTH: 'open' };
    service = await startService({ vars, models: [] });
  });
  afterAll(() => service.close());

  it('is no route', async () => {
    const response = await service.fetch('/debug/memory');
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'route_not_found' });
  });
});

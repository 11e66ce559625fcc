// The Open Inference Protocol as the Worker serves it: every case of the suite over HTTP, then what
// the suite leaves to us, pictures and half floats, against the answers of POST /v1/classify.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withState } from '../../scripts/workerd/state.ts';
import { startWorkerd } from '../../scripts/workerd/workerd.ts';
import { publish } from '../../src/model/publish.ts';
import { createR2Objects } from '../../src/model/r2.ts';
import { readOipSuite } from './oip-cases.ts';
import { expectChecks, readTiny, send } from './oip-client.ts';
import {
  readCard,
  readSample,
  type Service,
  SMALL_MODEL,
  sharedFolder,
  startService,
} from './workers.ts';

const folder = sharedFolder('suites/oip');
if (folder === undefined) console.error('OIP server: skipped, ../shared/suites/oip is absent');

describe.skipIf(folder === undefined)('the Open Inference Protocol', () => {
  let service: Service;
  const suite = folder === undefined ? undefined : readOipSuite(folder);

  beforeAll(async () => {
    const limit = `${suite?.server.max_body_bytes}`;
    service = await startService({ vars: { MAX_BODY_BYTES: limit } });
    if (suite === undefined || folder === undefined) return;
    const tiny = readTiny(suite, folder);
    expect(await publish(createR2Objects(service.models), tiny)).toMatchObject({ ok: true });
  });

  afterAll(async () => {
    await service.close();
  });

  const cases = suite?.cases.filter(({ body }) => body?.raw_content_length !== true) ?? [];

  it.each(cases.map((c) => [`${c.id} ${c.title}`, c] as const))('%s', async (_name, given) => {
    if (suite === undefined) return expect.unreachable();
    const reply = await send(service.url, given, suite);
    const said = new TextDecoder().decode(reply.body).slice(0, 300);
    expect(given.expect.status, said).toContain(reply.status);
    expectChecks(reply, given.expect.checks);
  });

  it('o073 a declared length beyond the limit is refused before the body comes', async () => {
    const given = suite?.cases.find(({ body }) => body?.raw_content_length === true);
    if (suite === undefined || given === undefined) return expect.unreachable();
    // The harness's proxy waits for the whole body: this is workerd alone.
    const reply = await withState(
      async () => 'models',
      async (state) => {
        const workerd = await startWorkerd({
          configPaths: ['wrangler.toml', 'src/engine/ort/wrangler.toml'],
          folder: state,
          persistPath: state,
        });
        const path = `/v2/models/${SMALL_MODEL}/infer`;
        const answered = await send(workerd.url, { ...given, path }, suite);
        await workerd.stop();
        return answered;
      },
    );
    expect(given.expect.status).toContain(reply.status);
    expectChecks(reply, given.expect.checks);
  });

  async function inferOn(model: string, input: object, data: Uint8Array): Promise<Float32Array> {
    const json = Buffer.from(
      JSON.stringify({
        id: 'x',
        inputs: [{ ...input, parameters: { binary_data_size: data.length } }],
        outputs: [{ name: 'logits', parameters: { binary_data: true } }],
      }),
    );
    const response = await service.fetch(`/v2/models/${model}/infer`, {
      method: 'POST',
      headers: { 'inference-header-content-length': `${json.length}` },
      body: Buffer.concat([json, data]),
    });
    const body = new Uint8Array(await response.arrayBuffer());
    expect(response.status, new TextDecoder().decode(body)).toBe(200);
    const header = Number(response.headers.get('inference-header-content-length'));
    const answer = JSON.parse(new TextDecoder().decode(body.subarray(0, header)));
    const output = { name: 'logits', datatype: 'FP32', shape: [1, 10] };
    const outputs = [{ ...output, parameters: { binary_data_size: 40 } }];
    expect(answer).toMatchObject({ model_name: model, id: 'x', outputs });
    return new Float32Array(body.slice(header).buffer);
  }

  it('a photograph as BYTES has the scores that its pixels and tensors have', async () => {
    // A sample of the model's own size is its own pixels: no resize stands between.
    const { default: sharp } = await import('sharp');
    const side = 32;
    const resized = sharp(readSample('chelsea.png')).resize(side, side).removeAlpha();
    const png = new Uint8Array(await resized.clone().png().toBuffer());
    const pixels = new Uint8Array(await resized.clone().raw().toBuffer());
    const { mean, std } = readCard(SMALL_MODEL).preprocess;
    const planes = new Uint8Array(pixels.length);
    const floats = new Float32Array(pixels.length);
    for (const [i, value] of pixels.entries()) {
      const channel = i % 3;
      const to = channel * side * side + Math.floor(i / 3);
      planes[to] = value;
      floats[to] = (value - (mean[channel] ?? 0)) / (std[channel] ?? 1);
    }
    const length = Buffer.alloc(4);
    length.writeUInt32LE(png.length);
    const shape = [1, 3, side, side];
    const asBytes = await inferOn(
      SMALL_MODEL,
      { name: 'image', datatype: 'BYTES', shape: [1, 1] },
      Buffer.concat([length, png]),
    );
    const u8 = { name: 'image_u8', datatype: 'UINT8', shape: [1, side, side, 3] };
    expect(await inferOn(SMALL_MODEL, u8, pixels)).toEqual(asBytes);
    const nchw = { name: 'image_u8_nchw', datatype: 'UINT8', shape };
    expect(await inferOn(SMALL_MODEL, nchw, planes)).toEqual(asBytes);
    const fp32 = { name: 'input', datatype: 'FP32', shape };
    const bytes = new Uint8Array(floats.buffer);
    expect(await inferOn(SMALL_MODEL, fp32, bytes)).toEqual(asBytes);
    const halves = new Uint8Array(Float16Array.from(floats).buffer);
    const fp16 = { name: 'input_fp16', datatype: 'FP16', shape };
    const fromHalves = await inferOn(SMALL_MODEL, fp16, halves);
    expect(argmax(fromHalves)).toBe(argmax(asBytes));
  });

  it('a picture that cannot be decoded is a client error in the protocol’s form', async () => {
    const image = { name: 'image', datatype: 'BYTES', shape: [1, 1], data: ['bm8gcGljdHVyZQ=='] };
    const response = await service.fetch(`/v2/models/${SMALL_MODEL}/infer`, {
      method: 'POST',
      body: JSON.stringify({ inputs: [image] }),
    });
    expect(response.status).toBe(415);
    expect(await response.json()).toEqual({ error: 'This image format is not supported' });
  });
});

function argmax(scores: Float32Array): number {
  return scores.reduce((best, score, i) => (score > (scores[best] ?? 0) ? i : best), 0);
}

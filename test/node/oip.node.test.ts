// The Open Inference Protocol as the Worker serves it: every case of the suite over HTTP, then what
// the suite leaves to us, pictures and half floats, against the answers of POST /v1/classify.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withState } from '../../scripts/workerd/state.ts';
import { startWorkerd } from '../../scripts/workerd/workerd.ts';
import { cardSchema } from '../../src/model/card.ts';
import { publish } from '../../src/model/publish.ts';
import { createR2Objects } from '../../src/model/r2.ts';
import { type Check, type OipCase, type OipSuite, readOipSuite, toMessage } from './oip-cases.ts';
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

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Uint8Array;
  readonly ms: number;
}

/** Paths as they are written: `fetch` would normalise them. */
function send(url: string, given: OipCase, suite: OipSuite): Promise<Reply> {
  const { body, headerLength } = toMessage(given.body, suite);
  const { hostname, port } = new URL(url);
  const headers = Object.fromEntries(given.headers);
  if (headerLength !== null) headers['inference-header-content-length'] = headerLength;
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const options = { hostname, port, path: given.path, method: given.method, headers };
    const request = httpRequest(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const { statusCode = 0, headers: received } = response;
        const ms = performance.now() - began;
        const whole = new Uint8Array(Buffer.concat(chunks));
        resolve({ status: statusCode, headers: received, body: whole, ms });
      });
    });
    request.on('error', reject);
    // A server that refuses a body unread may close while it is still being sent.
    request.end(given.method === 'GET' || given.method === 'HEAD' ? undefined : body);
  });
}

function expectChecks({ status, headers, body }: Reply, checks: readonly Check[]): void {
  const length = Number(headers['inference-header-content-length'] ?? body.length);
  const text = new TextDecoder().decode(body.subarray(0, length));
  const json: unknown = text === '' ? undefined : JSON.parse(text);
  for (const check of checks) {
    if (check.header !== undefined) {
      const value = headers[check.header];
      if (check.present !== undefined) expect(value !== undefined).toBe(check.present);
      if (check.matches !== undefined) expect(`${value}`).toMatch(new RegExp(check.matches));
    } else if (check.pointer !== undefined) expectPointer(at(json, check.pointer), check);
    else if (check.binary_output !== undefined) {
      expectBinary(json, body.subarray(length), check);
    }
  }
  if (status >= 400) expect(body.length).toBeLessThanOrEqual(1024);
}

function at(json: unknown, pointer: string): unknown {
  const steps = pointer.split('/').slice(1);
  return steps.reduce<unknown>((value, step) => (value as Record<string, unknown>)?.[step], json);
}

function expectPointer(value: unknown, check: Check): void {
  const { pointer } = check;
  if (check.equals !== undefined) expect(value, pointer).toEqual(check.equals);
  if (check.type !== undefined) expect(typeof value, pointer).toBe(check.type);
  if (check.contains !== undefined) expect(value, pointer).toContain(check.contains);
  if (check.absent === true) expect(value, pointer).toBeUndefined();
  if (check.close !== undefined) expectClose(value as readonly number[], check.close);
  if (check.classification !== undefined) expectClass(`${value}`, check.classification);
}

/** Two steps of the output's scale, as the suite allows. */
const ATOL = 0.11;

function expectClose(values: readonly number[], wanted: readonly number[]): void {
  expect(values).toHaveLength(wanted.length);
  wanted.forEach((value, i) => {
    expect(Math.abs((values[i] ?? Number.NaN) - value)).toBeLessThanOrEqual(ATOL);
  });
}

function expectClass(text: string, wanted: unknown): void {
  const [value, index, label] = wanted as readonly [number, number, string];
  const found = /^([^:]*):([^:]*):(.*)$/s.exec(text);
  expect(Math.abs(Number(found?.[1]) - value)).toBeLessThanOrEqual(ATOL);
  expect([Number(found?.[2]), found?.[3]]).toEqual([index, label]);
}

function expectBinary(json: unknown, bytes: Uint8Array, check: Check): void {
  const size = at(json, `/outputs/${check.binary_output}/parameters/binary_data_size`);
  expect(size).toBe(bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (check.close !== undefined) {
    const values = Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
    expectClose(values, check.close);
  }
  const classes = check.classification as readonly unknown[] | undefined;
  let start = 0;
  for (const wanted of Array.isArray(classes?.[0]) ? (classes ?? []) : classes ? [classes] : []) {
    const length = view.getUint32(start, true);
    const element = bytes.subarray(start + 4, start + 4 + length);
    expectClass(new TextDecoder().decode(element), wanted);
    start += 4 + length;
  }
}

async function publishTiny(service: Service, suite: OipSuite, suiteFolder: string): Promise<void> {
  const graph = new Uint8Array(readFileSync(join(suiteFolder, 'model.onnx')));
  const size = { height: 8, width: 8 };
  const embedded = readCard(SMALL_MODEL);
  const card = cardSchema.parse({
    ...embedded,
    name: suite.server.model,
    graph: createHash('sha256').update(graph).digest('hex'),
    bytes: graph.length,
    input: { ...size, layout: 'NCHW' },
    classes: suite.server.labels.length,
    preprocess: { ...embedded.preprocess, resize: { rule: 'short_edge', size: 8 }, crop: size },
    labels: 'tiny',
  });
  const labels = { name: 'tiny', labels: suite.server.labels.map((name) => ({ name })) };
  const published = await publish(createR2Objects(service.models), { card, graph, labels });
  expect(published).toMatchObject({ ok: true });
}

describe.skipIf(folder === undefined)('the Open Inference Protocol', () => {
  let service: Service;
  const suite = folder === undefined ? undefined : readOipSuite(folder);

  beforeAll(async () => {
    const limit = `${suite?.server.max_body_bytes}`;
    service = await startService({ vars: { MAX_BODY_BYTES: limit } });
    if (suite !== undefined && folder !== undefined) await publishTiny(service, suite, folder);
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

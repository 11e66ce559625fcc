import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { expect } from 'vitest';
import { cardSchema } from '../../src/model/card.ts';
import type { Publication } from '../../src/model/publish.ts';
import { type Check, type OipCase, type OipSuite, toMessage } from './oip-cases.ts';
import { readCard, SMALL_MODEL } from './workers.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Uint8Array;
  readonly ms: number;
}

/**
 * Sends a case. A server that refuses a body unread may close before the client has its answer
 * (RFC 9112, 9.6 speaks of it): a client that was cut off while it sent asks again.
 */
export async function send(url: string, given: OipCase, suite: OipSuite): Promise<Reply> {
  const TRIES_MAX = 5;
  for (let tries = 1; ; tries++) {
    try {
      return await sendOnce(url, given, suite);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      if (tries === TRIES_MAX || !['EPIPE', 'ECONNRESET'].includes(code)) throw error;
    }
  }
}

/** Paths as they are written: `fetch` would normalise them. */
function sendOnce(url: string, given: OipCase, suite: OipSuite): Promise<Reply> {
  const { body, headerLength } = toMessage(given.body, suite);
  const { hostname, port } = new URL(url);
  const headers = Object.fromEntries(given.headers);
  if (headerLength !== null) headers['inference-header-content-length'] = headerLength;
  const began = performance.now();
  return new Promise((resolve, reject) => {
    // A connection each: after a body that was refused unread, a server lets its one go.
    const { path, method } = given;
    const options = { hostname, port, path, method, headers, agent: false };
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

export function expectChecks({ status, headers, body }: Reply, checks: readonly Check[]): void {
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

/** The suite's model under a card of ours. */
export function readTiny(suite: OipSuite, suiteFolder: string): Publication {
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
  return { card, graph, labels };
}

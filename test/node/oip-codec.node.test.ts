// The documents of the Open Inference Protocol alone: what is read, refused and written. The
// servers have the same suite sent to them over HTTP.
import { describe, expect, it } from 'vitest';
import { type InferenceSpec, readInferRequest } from '../../src/oip/read-request.ts';
import { writeInferAnswer } from '../../src/oip/write-answer.ts';
import { type OipCase, readOipSuite, toMessage } from './oip-cases.ts';
import { sharedFolder } from './workers.ts';

const folder = sharedFolder('suites/oip');
if (folder === undefined) console.error('OIP documents: skipped, ../shared/suites/oip is absent');
const suite = folder === undefined ? undefined : readOipSuite(folder);

const SPEC: InferenceSpec = {
  inputs: [
    { name: 'input', datatype: 'FP32', shape: [-1, 3, 8, 8] },
    { name: 'input_fp16', datatype: 'FP16', shape: [-1, 3, 8, 8] },
    { name: 'image', datatype: 'BYTES', shape: [-1, 1] },
  ],
  outputs: [{ name: 'logits', datatype: 'FP32', shape: [-1, 5] }],
  batchMax: 8,
};

/** Cases that a document decides; path, method and the body's limit are a server's. */
const DECIDED = ['infer', 'classification', 'json', 'structure', 'tensor', 'binary'];

function isDecided({ group, path, method, expect: wanted }: OipCase): boolean {
  const document = method === 'POST' && /^\/v2\/models\/tiny(\/versions\/1)?\/infer$/.test(path);
  return document && DECIDED.includes(group) && !wanted.status.includes(413);
}

describe.skipIf(suite === undefined)('OIP requests', () => {
  const cases = suite?.cases.filter(isDecided) ?? [];

  it('are many', () => {
    expect(cases.length).toBeGreaterThan(140);
  });

  it.each(cases.map((c) => [`${c.id} ${c.title}`, c] as const))('%s', (_name, given) => {
    if (suite === undefined) return expect.unreachable();
    const { body, headerLength } = toMessage(given.body, suite);
    const read = readInferRequest(body, headerLength, SPEC);
    expect(read.ok ? 200 : 400, JSON.stringify(read).slice(0, 200)).toBe(given.expect.status[0]);
    if (!read.ok) expect(JSON.stringify(read.failure).length).toBeLessThan(1000);
  });

  it('a tensor is the same from flat, nested and binary data', () => {
    if (suite === undefined) return expect.unreachable();
    const tensor = Float32Array.from(suite.tensors.a?.data ?? []);
    for (const id of ['o027', 'o029', 'o141', 'o181']) {
      const given = suite.cases.find((c) => c.id === id);
      const { body, headerLength } = toMessage(given?.body, suite);
      const read = readInferRequest(body, headerLength, SPEC);
      expect(read).toMatchObject({ ok: true, value: { input: { batch: 1 } } });
      if (read.ok) expect(read.value.input.values).toEqual({ datatype: 'FP32', numbers: tensor });
    }
  });
});

describe('what we write', () => {
  const scores = {
    name: 'logits',
    numbers: Float32Array.of(1, 3, 3, -2, 0),
    classes: 5,
    label: (i: number) => `class ${i}: one`,
  };

  it('a classification names the greatest first, and of equal ones the first', () => {
    const wanted = { name: 'logits', binary: false, classification: 3 };
    const answer = { model: 'tiny', version: '1', id: undefined };
    const { body } = writeInferAnswer(answer, [{ wanted, scores }]);
    expect(JSON.parse(new TextDecoder().decode(body))).toEqual({
      model_name: 'tiny',
      model_version: '1',
      outputs: [
        {
          name: 'logits',
          datatype: 'BYTES',
          shape: [1, 3],
          data: ['3:1:class 1: one', '3:2:class 2: one', '1:0:class 0: one'],
        },
      ],
    });
  });

  it('half floats widen exactly, subnormals included; what is not finite is refused', () => {
    const halves = [0x3c00, 0xc000, 0x0001, 0x03ff, 0x7bff, 0x8000];
    const spec = { ...SPEC, inputs: [{ name: 'h', datatype: 'FP16', shape: [-1, 6] }] } as const;
    const send = (bits: readonly number[]) => {
      const bytes = new Uint8Array(Uint16Array.from(bits).buffer);
      const parameters = { binary_data_size: bytes.length };
      const input = { name: 'h', datatype: 'FP16', shape: [1, 6], parameters };
      const json = Buffer.from(JSON.stringify({ inputs: [input] }));
      const body = new Uint8Array(Buffer.concat([json, bytes]));
      return readInferRequest(body, `${json.length}`, spec);
    };
    const numbers = Float32Array.of(1, -2, 2 ** -24, 1023 * 2 ** -24, 65504, -0);
    expect(send(halves)).toMatchObject({ ok: true, value: { input: { values: { numbers } } } });
    for (const bits of [0x7c00, 0xfc00, 0x7e00]) {
      expect(send([...halves.slice(1), bits])).toMatchObject({ ok: false });
    }
  });

  it('a picture is BYTES: base64 in JSON, a length and its bytes behind it', () => {
    const picture = Uint8Array.of(255, 216, 255, 0);
    const input = { name: 'image', datatype: 'BYTES', shape: [1, 1] };
    const inJson = { ...input, data: [Buffer.from(picture).toString('base64')] };
    const text = new Uint8Array(Buffer.from(JSON.stringify({ inputs: [inJson] })));
    const behind = { ...input, parameters: { binary_data_size: 8 } };
    const json = Buffer.from(JSON.stringify({ inputs: [behind] }));
    const bytes = new Uint8Array(Buffer.concat([json, Buffer.of(4, 0, 0, 0), picture]));
    for (const read of [
      readInferRequest(text, null, SPEC),
      readInferRequest(bytes, `${json.length}`, SPEC),
    ]) {
      const values = { datatype: 'BYTES', strings: [picture] };
      expect(read).toMatchObject({ ok: true, value: { input: { values } } });
    }
    const short = new Uint8Array(Buffer.concat([json, Buffer.of(5, 0, 0, 0), picture]));
    expect(readInferRequest(short, `${json.length}`, SPEC).ok).toBe(false);
  });
});

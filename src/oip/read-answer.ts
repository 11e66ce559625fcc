import { fail, ok, type Result } from '../result.ts';
import { splitFrame } from './frame.ts';
import { isObject, type JsonObject, ownMember, parseObject } from './json.ts';
import { TENSORS_MAX } from './limits.ts';

/** Why another server's answer is not believed. */
export type AnswerFailure =
  /** Not the protocol: no JSON, no outputs, lengths that do not fit. */
  | { readonly code: 'origin_malformed' }
  /** The protocol, and not what was asked for. */
  | { readonly code: 'origin_mismatch' }
  | { readonly code: 'origin_not_finite' };

export interface ExpectedAnswer {
  readonly model: string;
  readonly id: string;
  readonly output: string;
  readonly classes: number;
}

const MALFORMED: Result<never, AnswerFailure> = fail({ code: 'origin_malformed' });
const MISMATCH: Result<never, AnswerFailure> = fail({ code: 'origin_mismatch' });
const NOT_FINITE: Result<never, AnswerFailure> = fail({ code: 'origin_not_finite' });

/**
 * The scores of one picture out of an inference answer: JSON or binary, whatever was asked for,
 * further outputs skipped over.
 */
export function readInferAnswer(
  body: Uint8Array,
  headerLength: string | null,
  expected: ExpectedAnswer,
): Result<Float32Array, AnswerFailure> {
  const frame = splitFrame(body, headerLength);
  const document = frame.ok ? parseObject(frame.value.json) : frame;
  if (!frame.ok || !document.ok) return MALFORMED;
  const outputs = ownMember(document.value, 'outputs');
  if (!Array.isArray(outputs) || outputs.length > TENSORS_MAX) return MALFORMED;
  const placed = placeOutputs(outputs, frame.value.binary);
  if (placed === undefined) return MALFORMED;
  const id = ownMember(document.value, 'id');
  if (id !== undefined && id !== expected.id) return MISMATCH;
  if (ownMember(document.value, 'model_name') !== expected.model) return MISMATCH;
  const [found, ...more] = placed.filter(({ output }) => output.name === expected.output);
  if (found === undefined || more.length > 0) return MISMATCH;
  return readScores(found, expected.classes);
}

interface Placed {
  readonly output: JsonObject;
  readonly bytes: Uint8Array | undefined;
}

/** Each output with its bytes, which follow each other and fill the body. */
function placeOutputs(
  outputs: readonly unknown[],
  binary: Uint8Array | undefined,
): readonly Placed[] | undefined {
  const placed: Placed[] = [];
  let at = 0;
  for (const output of outputs) {
    if (!isObject(output)) return undefined;
    const parameters = ownMember(output, 'parameters');
    const size = isObject(parameters) ? ownMember(parameters, 'binary_data_size') : undefined;
    if (size === undefined) placed.push({ output, bytes: undefined });
    else {
      if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return undefined;
      if (binary === undefined || at + size > binary.length) return undefined;
      placed.push({ output, bytes: binary.subarray(at, at + size) });
      at += size;
    }
  }
  return at === (binary?.length ?? 0) ? placed : undefined;
}

function readScores(
  { output, bytes }: Placed,
  classes: number,
): Result<Float32Array, AnswerFailure> {
  if (output.datatype !== 'FP32') return MISMATCH;
  const { shape } = output;
  if (!Array.isArray(shape) || shape.length !== 2) return MISMATCH;
  if (shape[0] !== 1 || shape[1] !== classes) return MISMATCH;
  const scores = bytes === undefined ? fromJson(output.data) : fromBytes(bytes);
  if (scores === undefined || scores.length !== classes) return MISMATCH;
  return scores.every((score) => Number.isFinite(score)) ? ok(scores) : NOT_FINITE;
}

function fromBytes(bytes: Uint8Array): Float32Array | undefined {
  if (bytes.length % 4 !== 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

/** Flat, or nested once. */
function fromJson(data: unknown): Float32Array | undefined {
  const flat: unknown = Array.isArray(data) && Array.isArray(data[0]) ? data[0] : data;
  if (!Array.isArray(flat) || (flat !== data && (data as unknown[]).length !== 1)) return undefined;
  return flat.every((value) => typeof value === 'number') ? Float32Array.from(flat) : undefined;
}

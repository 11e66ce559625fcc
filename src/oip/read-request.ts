import { ok, type Result } from '../result.ts';
import { readBinaryData } from './binary-data.ts';
import { type OipFailure, quote, refuse } from './failure.ts';
import { type Frame, splitFrame } from './frame.ts';
import { isObject, type JsonObject, ownMember, parseObject } from './json.ts';
import { readJsonData } from './json-data.ts';
import { ID_CHARS_MAX, TENSORS_MAX } from './limits.ts';
import { readShape } from './shape.ts';
import type { TensorSpec, Values } from './tensor.ts';
import { readWanted, type WantedOutput } from './wanted.ts';

/** What a model takes and gives. Inputs are alternatives: a request sends exactly one. */
export interface InferenceSpec {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly batchMax: number;
}

export interface InferRequest {
  readonly id: string | undefined;
  readonly input: { readonly name: string; readonly batch: number; readonly values: Values };
  readonly outputs: readonly WantedOutput[];
  /** How long the client waits, by the parameter `timeout_ms`. */
  readonly timeoutMs: number | undefined;
}

/**
 * An inference request of the Open Inference Protocol v2, JSON or with the binary tensor data
 * extension. Every rule of it is checked before memory is taken for a tensor. `headerLength` is
 * the header Inference-Header-Content-Length.
 */
export function readInferRequest(
  body: Uint8Array,
  headerLength: string | null,
  spec: InferenceSpec,
): Result<InferRequest, OipFailure> {
  const frame = splitFrame(body, headerLength);
  if (!frame.ok) return frame;
  const document = parseObject(frame.value.json);
  if (!document.ok) return document;
  const id = ownMember(document.value, 'id');
  if (id !== undefined && (typeof id !== 'string' || id.length > ID_CHARS_MAX)) {
    return refuse('id', `is no string of at most ${ID_CHARS_MAX} characters`);
  }
  const outputs = readWanted(document.value, spec.outputs);
  if (!outputs.ok) return outputs;
  const timeoutMs = readTimeout(document.value);
  if (!timeoutMs.ok) return timeoutMs;
  const input = readInput(document.value, frame.value, spec);
  if (!input.ok) return input;
  return ok({ id, input: input.value, outputs: outputs.value, timeoutMs: timeoutMs.value });
}

/** A name of ours. `timeout` is Triton's, in microseconds, and unknown parameters are ignored. */
function readTimeout(document: JsonObject): Result<number | undefined, OipFailure> {
  const parameters = ownMember(document, 'parameters') ?? {};
  if (!isObject(parameters)) return refuse('parameters', 'is no object');
  const timeoutMs = ownMember(parameters, 'timeout_ms');
  if (timeoutMs === undefined) return ok(undefined);
  if (typeof timeoutMs !== 'number' || !Number.isSafeInteger(timeoutMs) || timeoutMs < 1) {
    return refuse('parameters.timeout_ms', 'is no whole number from 1 on');
  }
  return ok(timeoutMs);
}

function readInput(
  document: JsonObject,
  frame: Frame,
  spec: InferenceSpec,
): Result<InferRequest['input'], OipFailure> {
  const inputs = ownMember(document, 'inputs');
  if (!Array.isArray(inputs)) return refuse('inputs', 'is no list');
  const names = spec.inputs.map(({ name }) => name);
  const [input, ...others]: readonly unknown[] = inputs.slice(0, TENSORS_MAX);
  if (others.length > 0) return refuse('inputs', `send one of ${names.join(', ')}`);
  if (!isObject(input)) return refuse('inputs', `send one of ${names.join(', ')}`);
  const name = ownMember(input, 'name');
  const taken = spec.inputs.find((candidate) => candidate.name === name);
  if (taken === undefined) {
    return refuse('inputs[0].name', `${quote(name)} is none of ${names.join(', ')}`);
  }
  const datatype = ownMember(input, 'datatype');
  if (datatype !== taken.datatype) {
    return refuse('inputs[0].datatype', `${quote(datatype)} is not ${taken.datatype}`);
  }
  const shape = ownMember(input, 'shape');
  const extent = readShape(shape, taken, spec.batchMax, 'inputs[0].shape');
  if (!extent.ok) return extent;
  const values = readValues(input, frame, taken, extent.value);
  if (!values.ok) return values;
  return ok({ name: taken.name, batch: extent.value.shape[0] ?? 0, values: values.value });
}

function readValues(
  input: JsonObject,
  { binary }: Frame,
  { datatype }: TensorSpec,
  extent: Parameters<typeof readJsonData>[2],
): Result<Values, OipFailure> {
  const parameters = ownMember(input, 'parameters') ?? {};
  if (!isObject(parameters)) return refuse('inputs[0].parameters', 'is no object');
  if (Object.keys(parameters).some((name) => name.startsWith('shared_memory'))) {
    return refuse('inputs[0].parameters', 'shared memory is not to be had here');
  }
  const data = ownMember(input, 'data');
  if (!Object.hasOwn(parameters, 'binary_data_size')) {
    if (binary !== undefined && binary.length > 0) {
      return refuse('body', `has ${binary.length} bytes behind its JSON that no input claims`);
    }
    return readJsonData(data, datatype, extent, 'inputs[0].data');
  }
  const member = 'inputs[0].parameters.binary_data_size';
  if (data !== undefined) return refuse(member, 'stands beside data');
  if (binary === undefined) return refuse('Inference-Header-Content-Length', 'is missing');
  const size = ownMember(parameters, 'binary_data_size');
  if (size !== binary.length) {
    return refuse(member, `${quote(size)} is not the ${binary.length} bytes behind the JSON`);
  }
  return readBinaryData(binary, datatype, extent, 'inputs[0]');
}

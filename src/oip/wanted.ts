import { ok, type Result } from '../result.ts';
import { type OipFailure, quote, refuse } from './failure.ts';
import { isObject, type JsonObject, ownMember } from './json.ts';
import { TENSORS_MAX } from './limits.ts';
import type { TensorSpec } from './tensor.ts';

export interface WantedOutput {
  readonly name: string;
  /** As bytes behind the JSON of the answer. */
  readonly binary: boolean;
  /** The greatest so many as `value:index:label`, in place of all scores. */
  readonly classification: number | undefined;
}

/** `outputs` of a request; none, or an empty list, means all of them. */
export function readWanted(
  document: JsonObject,
  specs: readonly TensorSpec[],
): Result<readonly WantedOutput[], OipFailure> {
  const parameters = ownMember(document, 'parameters') ?? {};
  if (!isObject(parameters)) return refuse('parameters', 'is no object');
  const binary = ownMember(parameters, 'binary_data_output') ?? false;
  if (typeof binary !== 'boolean') return refuse('parameters.binary_data_output', 'is no boolean');
  const listed = ownMember(document, 'outputs') ?? [];
  if (!Array.isArray(listed)) return refuse('outputs', 'is no list');
  if (listed.length > TENSORS_MAX) return refuse('outputs', 'are more than the model has');
  const wanted: WantedOutput[] = [];
  for (const [i, output] of listed.entries()) {
    const read = readOne(output, specs, binary, `outputs[${i}]`);
    if (!read.ok) return read;
    if (wanted.some(({ name }) => name === read.value.name)) {
      return refuse(`outputs[${i}].name`, 'is asked for twice');
    }
    wanted.push(read.value);
  }
  if (wanted.length > 0) return ok(wanted);
  return ok(specs.map(({ name }) => ({ name, binary, classification: undefined })));
}

function readOne(
  output: unknown,
  specs: readonly TensorSpec[],
  binaryDefault: boolean,
  member: string,
): Result<WantedOutput, OipFailure> {
  const name = isObject(output) ? ownMember(output, 'name') : undefined;
  const spec = specs.find((candidate) => candidate.name === name);
  if (!isObject(output) || spec === undefined) {
    const names = specs.map((known) => known.name).join(', ');
    return refuse(`${member}.name`, `${quote(name)} is none of ${names}`);
  }
  const parameters = ownMember(output, 'parameters') ?? {};
  if (!isObject(parameters)) return refuse(`${member}.parameters`, 'is no object');
  const binary = ownMember(parameters, 'binary_data') ?? binaryDefault;
  if (typeof binary !== 'boolean') {
    return refuse(`${member}.parameters.binary_data`, 'is no boolean');
  }
  const classification = ownMember(parameters, 'classification');
  const count = typeof classification === 'number' && Number.isInteger(classification);
  if (classification !== undefined && !(count && classification >= 1)) {
    return refuse(`${member}.parameters.classification`, 'is no whole number from 1 on');
  }
  return ok({ name: spec.name, binary, classification: count ? classification : undefined });
}

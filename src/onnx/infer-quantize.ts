import { attributesOf } from './attributes.ts';
import type { Value } from './checked.ts';
import type { OnnxType } from './graph.ts';
import { tensorNumbers } from './numbers.ts';
import type { Inferred, Site } from './site.ts';

export function inferQuantize(site: Site): Inferred | null {
  const x = site.require(site.inputs[0], 'float32');
  const attributes = attributesOf(site.node, ['axis', 'saturate'], site.verdict);
  if (attributes.int('saturate', 1) !== 1) site.verdict.refuse('unsupported_attribute', 'saturate');
  const zero = site.inputs[2] ?? null;
  const type = zero?.type ?? 'uint8';
  if (type !== 'uint8' && type !== 'int8') site.verdict.refuse('bad_type', zero?.name ?? '');
  return x && inferScaled(site, x, zero, 'QuantizeLinear', attributes.int('axis', 1), type);
}

export function inferDequantize(site: Site): Inferred | null {
  const x = site.require(site.inputs[0], 'uint8', 'int8', 'int32');
  const attributes = attributesOf(site.node, ['axis'], site.verdict);
  const zero = site.inputs[2] ?? null;
  if (x !== null && zero !== null && zero.type !== x.type) {
    site.verdict.refuse('bad_type', zero.name);
  }
  return x && inferScaled(site, x, zero, 'DequantizeLinear', attributes.int('axis', 1), 'float32');
}

function inferScaled(
  site: Site,
  x: Value,
  zero: Value | null,
  op: 'QuantizeLinear' | 'DequantizeLinear',
  axisWritten: number,
  type: OnnxType,
): Inferred | null {
  const { verdict, y } = site;
  const scale = site.require(site.inputs[1], 'float32');
  if (scale === null || verdict.failure !== null) return null;
  checkScales(site, scale.name);
  if (zero !== null && site.constant(zero.name) === undefined) {
    verdict.refuse('missing_initializer', zero.name);
  }
  const single = scale.dims.every((dim) => dim === 1) && scale.dims.length < 2;
  let axis = 0;
  if (!single) {
    const rank = x.dims.length;
    axis = axisWritten < 0 ? axisWritten + rank : axisWritten;
    if (!(axis >= 0 && axis < rank)) verdict.refuse('axis_out_of_range', y);
    else if (scale.dims.length !== 1 || scale.dims[0] !== x.dims[axis]) {
      verdict.refuse('shape_mismatch', scale.name);
    }
  }
  const sameShape = single
    ? zero?.dims.length !== undefined && zero.dims.length < 2 && (zero.dims[0] ?? 1) === 1
    : zero?.dims.length === 1 && zero.dims[0] === scale.dims[0];
  if (zero !== null && !sameShape) verdict.refuse('shape_mismatch', zero.name);
  const node = { op, x: x.name, scale: scale.name, zero: zero?.name ?? null, axis, y } as const;
  return { node, value: { name: y, type, dims: x.dims } };
}

/** A step must be a finite positive number: anything else makes every value after it worthless. */
function checkScales(site: Site, name: string): void {
  const tensor = site.constant(name);
  if (tensor === undefined) {
    site.verdict.refuse('missing_initializer', name);
    return;
  }
  for (const scale of tensorNumbers(tensor)) {
    if (Number.isNaN(scale)) site.verdict.refuse('nan_scale', name);
    else if (scale === 0) site.verdict.refuse('zero_scale', name);
    else if (scale < 0 || scale === Infinity) site.verdict.refuse('bad_scale', name);
  }
}

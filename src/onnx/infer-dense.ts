import { attributesOf } from './attributes.ts';
import { tensorNumbers } from './numbers.ts';
import type { Inferred, Site } from './site.ts';

export function inferAdd(site: Site): Inferred | null {
  const a = site.require(site.inputs[0], 'float32');
  const b = site.require(site.inputs[1], 'float32');
  if (a === null || b === null) return null;
  attributesOf(site.node, [], site.verdict);
  const dims = broadcast(a.dims, b.dims);
  if (dims === null) {
    site.verdict.refuse('shape_mismatch', site.y);
    return null;
  }
  const node = { op: 'Add', a: a.name, b: b.name, y: site.y } as const;
  return { node, value: { name: site.y, type: 'float32', dims } };
}

function broadcast(a: readonly number[], b: readonly number[]): number[] | null {
  const rank = Math.max(a.length, b.length);
  const dims: number[] = [];
  for (let i = 0; i < rank; i++) {
    const left = a[a.length - rank + i] ?? 1;
    const right = b[b.length - rank + i] ?? 1;
    if (left !== right && left !== 1 && right !== 1) return null;
    dims.push(Math.max(left, right));
  }
  return dims;
}

export function inferFlatten(site: Site): Inferred | null {
  const x = site.inputs[0] ?? null;
  if (x === null) return null;
  const written = attributesOf(site.node, ['axis'], site.verdict).int('axis', 1);
  const rank = x.dims.length;
  const axis = written < 0 ? written + rank : written;
  if (!(axis >= 0 && axis <= rank)) site.verdict.refuse('axis_out_of_range', site.y);
  const dims = [product(x.dims.slice(0, axis)), product(x.dims.slice(axis))];
  const node = { op: 'Flatten', x: x.name, y: site.y } as const;
  return { node, value: { name: site.y, type: x.type, dims } };
}

export function inferReshape(site: Site): Inferred | null {
  const x = site.inputs[0] ?? null;
  const shape = site.require(site.inputs[1], 'int64');
  if (x === null || shape === null) return null;
  const { verdict } = site;
  const tensor = site.constant(shape.name);
  if (tensor === undefined) verdict.refuse('missing_initializer', shape.name);
  if (shape.dims.length !== 1) verdict.refuse('shape_mismatch', shape.name);
  if (attributesOf(site.node, ['allowzero'], verdict).int('allowzero', 0) !== 0) {
    verdict.refuse('unsupported_attribute', 'allowzero');
  }
  if (tensor === undefined || verdict.failure !== null) return null;
  if (tensor.raw.length > 8 * verdict.limits.rankMax) verdict.refuse('rank_too_high', shape.name);
  // 0 keeps the input's dimension, one -1 takes what is left.
  const dims = [...tensorNumbers(tensor)].map((dim, axis) => (dim === 0 ? x.dims[axis] : dim));
  const total = product(x.dims);
  const open = dims.indexOf(-1);
  const known = product(dims.map((dim, axis) => (axis === open ? 1 : (dim ?? 0))));
  if (open >= 0) dims[open] = total / known;
  const sound = dims.every((dim) => dim !== undefined && dim >= 1 && Number.isInteger(dim));
  const result = dims.map((dim) => dim ?? 1);
  if (!sound || product(result) !== total) {
    verdict.refuse('shape_mismatch', site.y);
    return null;
  }
  const node = { op: 'Reshape', x: x.name, y: site.y } as const;
  return { node, value: { name: site.y, type: x.type, dims: result } };
}

export function inferGemm(site: Site): Inferred | null {
  const { verdict, y } = site;
  const a = site.require(site.inputs[0], 'float32');
  const b = site.require(site.inputs[1], 'float32');
  const c = site.inputs[2] ? site.require(site.inputs[2], 'float32') : null;
  if (a === null || b === null || verdict.failure !== null) return null;
  const attributes = attributesOf(site.node, ['alpha', 'beta', 'transA', 'transB'], verdict);
  const transA = attributes.int('transA', 0) !== 0;
  const transB = attributes.int('transB', 0) !== 0;
  const alpha = attributes.float('alpha', 1);
  const beta = attributes.float('beta', 1);
  if (a.dims.length !== 2 || b.dims.length !== 2) verdict.refuse('shape_mismatch', y);
  const [rows = 1, inner = 1] = transA ? [...a.dims].reverse() : a.dims;
  const [depth = 1, columns = 1] = transB ? [...b.dims].reverse() : b.dims;
  if (inner !== depth) verdict.refuse('shape_mismatch', y);
  if (c !== null) {
    const sum = broadcast([rows, columns], c.dims);
    if (sum === null || sum.length !== 2 || sum[0] !== rows || sum[1] !== columns) {
      verdict.refuse('shape_mismatch', c.name);
    }
  }
  const operands = { a: a.name, b: b.name, c: c?.name ?? null };
  const node = { op: 'Gemm', ...operands, alpha, beta, transA, transB, y } as const;
  return { node, value: { name: y, type: 'float32', dims: [rows, columns] } };
}

export function inferMatMul(site: Site): Inferred | null {
  const { verdict, y } = site;
  const a = site.require(site.inputs[0], 'float32');
  const b = site.require(site.inputs[1], 'float32');
  if (a === null || b === null) return null;
  attributesOf(site.node, [], verdict);
  if (a.dims.length !== 2 || b.dims.length !== 2) verdict.refuse('unsupported_rank', y);
  const [rows = 1, inner = 1] = a.dims;
  const [depth = 1, columns = 1] = b.dims;
  if (inner !== depth) verdict.refuse('shape_mismatch', y);
  const operands = { a: a.name, b: b.name, c: null, alpha: 1, beta: 1 };
  const node = { op: 'Gemm', ...operands, transA: false, transB: false, y } as const;
  return { node, value: { name: y, type: 'float32', dims: [rows, columns] } };
}

function product(dims: readonly number[]): number {
  return dims.reduce((count, dim) => count * dim, 1);
}

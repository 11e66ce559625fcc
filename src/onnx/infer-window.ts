import type { Attributes } from './attributes.ts';
import { attributesOf } from './attributes.ts';
import type { Pair, Window } from './checked.ts';
import { WINDOW_MAX } from './limits.ts';
import type { Inferred, Site } from './site.ts';

const WINDOW = ['auto_pad', 'dilations', 'kernel_shape', 'pads', 'strides'];

export function inferConv(site: Site): Inferred | null {
  const { verdict, y } = site;
  const x = site.require(site.inputs[0], 'float32');
  const w = site.require(site.inputs[1], 'float32');
  const bias = site.inputs[2] ? site.require(site.inputs[2], 'float32') : null;
  if (x === null || w === null || verdict.failure !== null) return null;
  const attributes = attributesOf(site.node, [...WINDOW, 'group'], verdict);
  const group = attributes.int('group', 1);
  if (group < 1) verdict.refuse('bad_attribute', 'group');
  if (group !== 1) verdict.refuse('groups_unsupported');
  if (x.dims.length !== 4) verdict.refuse('unsupported_rank', x.name);
  if (w.dims.length !== 4) verdict.refuse('shape_mismatch', w.name);
  const [couts = 1, cins = 1, ...kernel] = w.dims;
  if (cins !== x.dims[1]) verdict.refuse('shape_mismatch', w.name);
  if (bias !== null && (bias.dims.length !== 1 || bias.dims[0] !== couts)) {
    verdict.refuse('shape_mismatch', bias.name);
  }
  const written = attributes.ints('kernel_shape');
  if (written?.some((size, axis) => size !== kernel[axis]) || written?.length === 1) {
    verdict.refuse('shape_mismatch', 'kernel_shape');
  }
  if (verdict.failure !== null) return null;
  const spatial: Pair = [x.dims[2] ?? 1, x.dims[3] ?? 1];
  const window = readWindow(attributes, [kernel[0] ?? 1, kernel[1] ?? 1], spatial, site);
  const size = outputSize(window, spatial, false, site);
  const node = {
    op: 'Conv',
    x: x.name,
    w: w.name,
    bias: bias?.name ?? null,
    y,
    ...window,
  } as const;
  return { node, value: { name: y, type: 'float32', dims: [x.dims[0] ?? 1, couts, ...size] } };
}

export function inferPool(site: Site): Inferred | null {
  const { verdict, y } = site;
  const x = site.inputs[0] ?? null;
  if (x !== null && (x.type === 'int8' || x.type === 'uint8')) {
    verdict.refuse('unsupported_type', x.name);
  }
  if (site.require(x, 'float32') === null || x === null) return null;
  const op = site.node.op === 'MaxPool' ? 'MaxPool' : 'AveragePool';
  const own = op === 'MaxPool' ? 'storage_order' : 'count_include_pad';
  const attributes = attributesOf(site.node, [...WINDOW, 'ceil_mode', own], verdict);
  if (x.dims.length !== 4) verdict.refuse('unsupported_rank', x.name);
  const kernel = attributes.ints('kernel_shape');
  if (kernel === null || kernel.length !== 2) verdict.refuse('bad_attribute', 'kernel_shape');
  if (verdict.failure !== null) return null;
  const spatial: Pair = [x.dims[2] ?? 1, x.dims[3] ?? 1];
  const window = readWindow(attributes, [kernel?.[0] ?? 1, kernel?.[1] ?? 1], spatial, site);
  // A window of padding alone would have no maximum and no mean.
  const extent = window.kernel.map((size, axis) => (size - 1) * window.dilation[axis as 0 | 1] + 1);
  if (window.pads.some((pad, side) => pad >= (extent[side % 2] ?? 1))) {
    verdict.refuse('bad_attribute', 'pads');
  }
  if (op === 'MaxPool' && attributes.int('storage_order', 0) !== 0) {
    verdict.refuse('unsupported_attribute', 'storage_order');
  }
  const countPads = op === 'AveragePool' && flag(attributes, 'count_include_pad', site);
  const size = outputSize(window, spatial, flag(attributes, 'ceil_mode', site), site);
  if (verdict.failure !== null) return null;
  const dims = [x.dims[0] ?? 1, x.dims[1] ?? 1, ...size];
  const node = { op, x: x.name, countPads, y, ...window } as const;
  return { node, value: { name: y, type: 'float32', dims } };
}

function flag(attributes: Attributes, name: string, site: Site): boolean {
  const value = attributes.int(name, 0);
  if (value !== 0 && value !== 1) site.verdict.refuse('bad_attribute', name);
  return value === 1;
}

function readWindow(attributes: Attributes, kernel: Pair, spatial: Pair, site: Site): Window {
  const stride = readPair(attributes, 'strides', site);
  const dilation = readPair(attributes, 'dilations', site);
  if (kernel.some((size) => size < 1 || size > WINDOW_MAX)) {
    site.verdict.refuse('bad_attribute', 'kernel_shape');
  }
  const pads = readPads(attributes, { kernel, stride, dilation }, spatial, site);
  return { kernel, stride, dilation, pads };
}

function readPair(attributes: Attributes, name: string, site: Site): Pair {
  const [rows, columns, ...more] = attributes.ints(name) ?? [1, 1];
  const sound =
    rows !== undefined &&
    columns !== undefined &&
    more.length === 0 &&
    Math.min(rows, columns) >= 1 &&
    Math.max(rows, columns) <= WINDOW_MAX;
  if (sound) return [rows, columns];
  site.verdict.refuse('bad_attribute', name);
  return [1, 1];
}

function readPads(
  attributes: Attributes,
  { kernel, stride, dilation }: Omit<Window, 'pads'>,
  spatial: Pair,
  site: Site,
): Window['pads'] {
  const mode = attributes.text('auto_pad', 'NOTSET');
  const written = attributes.ints('pads');
  if (mode === 'NOTSET') {
    const [top = -1, left = -1, bottom = -1, right = -1, ...more] = written ?? [0, 0, 0, 0];
    const sides = [top, left, bottom, right] as const;
    if (sides.every((side) => side >= 0 && side <= WINDOW_MAX) && more.length === 0) return sides;
    site.verdict.refuse('bad_attribute', 'pads');
    return [0, 0, 0, 0];
  }
  if (written?.some((pad) => pad !== 0)) site.verdict.refuse('bad_attribute', 'pads and auto_pad');
  if (mode === 'VALID') return [0, 0, 0, 0];
  if (mode !== 'SAME_UPPER' && mode !== 'SAME_LOWER') {
    site.verdict.refuse('bad_attribute', 'auto_pad');
    return [0, 0, 0, 0];
  }
  // Output size ceil(input / stride); an odd pixel of padding goes below (UPPER) or above (LOWER).
  const [rows, columns] = ([0, 1] as const).map((axis) => {
    const size = Math.ceil(spatial[axis] / stride[axis]);
    const extent = (kernel[axis] - 1) * dilation[axis] + 1;
    const total = Math.max(0, (size - 1) * stride[axis] + extent - spatial[axis]);
    const less = Math.floor(total / 2);
    return mode === 'SAME_UPPER'
      ? ([less, total - less] as const)
      : ([total - less, less] as const);
  });
  return [rows?.[0] ?? 0, columns?.[0] ?? 0, rows?.[1] ?? 0, columns?.[1] ?? 0];
}

function outputSize(window: Window, spatial: Pair, ceil: boolean, site: Site): Pair {
  const [rows = 0, columns = 0] = ([0, 1] as const).map((axis) => {
    const before = window.pads[axis];
    const padded = spatial[axis] + before + window.pads[axis === 0 ? 2 : 3];
    const stride = window.stride[axis];
    const steps = (padded - (window.kernel[axis] - 1) * window.dilation[axis] - 1) / stride;
    if (steps < 0) site.verdict.refuse('shape_mismatch', site.node.op);
    let size = (ceil ? Math.ceil(steps) : Math.floor(steps)) + 1;
    // A window that begins in the padding behind the image is left out (ceil_mode, opset 19 on).
    if (ceil && (size - 1) * stride >= spatial[axis] + before) size--;
    return size;
  });
  return [rows, columns];
}

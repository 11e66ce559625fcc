import type { Activation, AddStep, ConvStep, Net, PoolStep, Step } from './net.ts';
import { at } from './net.ts';
import { requantize } from './prepare.ts';
import type { Dense } from './weights.ts';

/**
 * Every step as plainly as it can be said, on u8 NHWC without padding of channels. Integer sums,
 * then f32 arithmetic rounded after each operation: the kernels must equal it bit for bit.
 */
export function referenceStep(
  net: Net,
  step: Exclude<Step, { kind: 'dense' }>,
  dense: Dense | undefined,
  read: (id: number) => Uint8Array,
): Uint8Array {
  const y = at(net.activations, step.y);
  if (step.kind === 'add') return addReference(net, step, y, read);
  const x = at(net.activations, step.x);
  const from = read(step.x);
  if (step.kind === 'conv') {
    if (dense === undefined) throw new Error('reference: no weights');
    return convReference(net, step, dense, from, read);
  }
  if (step.kind === 'lookup') {
    return from.map((q) => Math.max(step.floor, requantize((q - x.zero) * x.scale, y)));
  }
  if (step.kind === 'global') return globalReference(x, y, from);
  return poolReference(step, x, y, from);
}

function clamp(value: number): number {
  return Math.min(255, Math.max(0, value));
}

function roundEven(x: number): number {
  const floor = Math.floor(x);
  return floor + (x - floor > 0.5 || (x - floor === 0.5 && floor % 2 !== 0) ? 1 : 0);
}

const f = Math.fround;

function convReference(
  net: Net,
  step: ConvStep,
  dense: Dense,
  from: Uint8Array,
  read: (id: number) => Uint8Array,
): Uint8Array {
  const [x, y] = [at(net.activations, step.x), at(net.activations, step.y)];
  const out = new Uint8Array(y.height * y.width * y.channels);
  const residual = step.residual === null ? null : read(step.residual);
  out.forEach((_, i) => {
    const cout = i % y.channels;
    const pixel = Math.floor(i / y.channels);
    const sum = windowSum(step, x, dense, from, Math.floor(pixel / y.width), pixel % y.width, cout);
    const scale = f(f(dense.scales[cout] ?? 0) / f(step.ownScale));
    const q = clamp(roundEven(f(f(sum) * scale)) + step.ownZero);
    if (step.residual === null || residual === null) out[i] = Math.max(q, step.floor);
    else {
      const r = at(net.activations, step.residual);
      const left = f((q - step.ownZero) * f(step.ownScale));
      out[i] = sumReference(left, (residual[i] ?? 0) - r.zero, r.scale, y, step.floor);
    }
  });
  return out;
}

function windowSum(
  step: ConvStep,
  x: Activation,
  dense: Dense,
  from: Uint8Array,
  row: number,
  column: number,
  cout: number,
): number {
  let sum = dense.bias[cout] ?? 0;
  const [rows, columns] = step.kernel;
  for (let i = 0; i < rows; i++) {
    const yy = row * step.stride[0] - step.pads[0] + i;
    for (let j = 0; j < columns; j++) {
      const xx = column * step.stride[1] - step.pads[1] + j;
      if (yy < 0 || xx < 0 || yy >= x.height || xx >= x.width) continue;
      for (let c = 0; c < x.channels; c++) {
        const q = from[(yy * x.width + xx) * x.channels + c] ?? 0;
        const w = dense.weights[(cout * x.channels + c) * dense.taps + i * columns + j] ?? 0;
        sum += (q - x.zero) * ((w << 24) >> 24);
      }
    }
  }
  return sum;
}

/** round((left + r * rScale) / yScale) + yZero, each operation rounded to f32. */
function sumReference(
  left: number,
  r: number,
  rScale: number,
  y: Activation,
  floor: number,
): number {
  const sum = f(f(left + f(r * f(rScale))) / f(y.scale));
  return Math.max(floor, clamp(roundEven(sum) + y.zero));
}

function addReference(
  net: Net,
  step: AddStep,
  y: Activation,
  read: (id: number) => Uint8Array,
): Uint8Array {
  const [a, b] = [at(net.activations, step.a), at(net.activations, step.b)];
  const right = read(step.b);
  return read(step.a).map((q, i) => {
    const left = f((q - a.zero) * f(a.scale));
    return sumReference(left, (right[i] ?? 0) - b.zero, b.scale, y, step.floor);
  });
}

function globalReference(x: Activation, y: Activation, from: Uint8Array): Uint8Array {
  const pixels = x.height * x.width;
  const scale = f(f(x.scale) / f(f(y.scale) * pixels));
  return Uint8Array.from({ length: x.channels }, (_, c) => {
    let sum = 0;
    for (let p = 0; p < pixels; p++) sum += (from[p * x.channels + c] ?? 0) - x.zero;
    return clamp(roundEven(f(sum * scale)) + y.zero);
  });
}

function poolReference(step: PoolStep, x: Activation, y: Activation, from: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: y.height * y.width * y.channels }, (_, i) => {
    const c = i % y.channels;
    const pixel = Math.floor(i / y.channels);
    let most = 0;
    let sum = 0;
    let count = 0;
    for (let j = 0; j < step.kernel[0] * step.kernel[1]; j++) {
      const top = Math.floor(pixel / y.width) * step.stride[0] - step.pads[0];
      const left = (pixel % y.width) * step.stride[1] - step.pads[1];
      const [yy, xx] = [top + Math.floor(j / step.kernel[1]), left + (j % step.kernel[1])];
      if (yy < 0 || xx < 0 || yy >= x.height || xx >= x.width) continue;
      const q = from[(yy * x.width + xx) * x.channels + c] ?? 0;
      most = Math.max(most, q);
      sum = f(sum + f((q - x.zero) * f(x.scale)));
      count++;
    }
    if (step.kind === 'max') return most;
    if (step.countPads) count = step.kernel[0] * step.kernel[1];
    return clamp(roundEven(f(f(sum / count) / f(y.scale))) + y.zero);
  });
}

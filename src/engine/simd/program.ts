import type { ByteTensor } from '../engine.ts';
import type { Kernels } from './kernels.ts';
import type { Constants, Layout } from './layout.ts';
import { activationBytes, coutsOf } from './layout.ts';
import { STEM_BLOCK_TILES } from './limits.ts';
import type { ConvStep, DenseStep, Net, PoolStep, Step } from './net.ts';
import { at, pitchOf } from './net.ts';
import { requantize } from './prepare.ts';
import {
  denseScratch,
  depthOf,
  directScratch,
  isProduct,
  stemScratch,
  tileScratch,
} from './scratch.ts';

/** A net whose constants lie in memory, ready to run. Every address was settled before. */
export interface Program {
  /** f32 NCHW, quantized into activation 0. */
  input(data: Float32Array): void;
  /** The same of bytes, by a table for each channel. */
  inputBytes(input: ByteTensor): void;
  step(index: number): void;
  /** f32 logits after the last step. */
  output(): Float32Array;
  /** An activation as u8 NHWC without the padding of its channels. Valid right after its step. */
  read(id: number): Uint8Array;
  write(id: number, bytes: Uint8Array): void;
}

export function createProgram(kernels: Kernels, net: Net, layout: Layout): Program {
  const actions = net.steps.map((step, index) => {
    return bindStep(kernels, net, layout, step, at(layout.constants, index));
  });
  const address = (id: number) => at(layout.activations, id);
  function read(id: number): Uint8Array {
    const { channels } = at(net.activations, id);
    const pitch = pitchOf(net, id);
    const all = new Uint8Array(kernels.memory.buffer, address(id), activationBytes(net, id));
    if (pitch === channels) return all.slice();
    return Uint8Array.from({ length: (all.length / pitch) * channels }, (_, i) => {
      return all[Math.floor(i / channels) * pitch + (i % channels)] ?? 0;
    });
  }
  return {
    input(data) {
      const { height, width, channels, scale, zero } = at(net.activations, 0);
      const pixels = height * width;
      new Float32Array(kernels.memory.buffer, layout.scratch, data.length).set(data);
      const pitch = pitchOf(net, 0);
      kernels.quantizeInput(layout.scratch, pixels, channels, address(0), pitch, scale, zero);
    },
    inputBytes({ bytes, channels }) {
      const quantization = at(net.activations, 0);
      const pitch = pitchOf(net, 0);
      const image = new Uint8Array(kernels.memory.buffer, address(0), activationBytes(net, 0));
      channels.forEach(({ byte, floats }, channel) => {
        const table = Uint8Array.from(floats, (real) => requantize(real, quantization));
        let to = channel;
        for (let from = byte; from < bytes.length; from += channels.length) {
          image[to] = table[bytes[from]!]!;
          to += pitch;
        }
      });
    },
    step(index) {
      at(actions, index)();
    },
    output() {
      if (net.output === null) return readDense(kernels, net, layout);
      const { scale, zero, channels } = at(net.activations, net.output);
      const bytes = read(net.output);
      // Logits of more than one pixel come in NCHW order, as ONNX flattens them.
      const pixels = bytes.length / channels;
      return Float32Array.from(bytes, (_, i) => {
        const q = bytes[(i % pixels) * channels + Math.floor(i / pixels)] ?? 0;
        return Math.fround(q - zero) * Math.fround(scale);
      });
    },
    read,
    write(id, bytes) {
      const { channels } = at(net.activations, id);
      const pitch = pitchOf(net, id);
      const all = new Uint8Array(kernels.memory.buffer, address(id), activationBytes(net, id));
      bytes.forEach((byte, i) => {
        all[Math.floor(i / channels) * pitch + (i % channels)] = byte;
      });
    },
  };
}

function readDense(kernels: Kernels, net: Net, layout: Layout): Float32Array {
  const last = at(net.steps, net.steps.length - 1);
  if (last.kind !== 'dense') throw new Error('program: no output');
  const from = layout.scratch + denseScratch(net, last).out;
  return new Float32Array(kernels.memory.buffer, from, last.classes).slice();
}

type Action = () => void;

function bindStep(
  kernels: Kernels,
  net: Net,
  layout: Layout,
  step: Step,
  constants: Constants,
): Action {
  const address = (id: number) => at(layout.activations, id);
  if (step.kind === 'conv') return bindConv(kernels, net, layout, step, constants);
  if (step.kind === 'dense') return bindDense(kernels, net, layout, step, constants);
  if (step.kind === 'max' || step.kind === 'average') return bindPool(kernels, net, layout, step);
  const y = at(net.activations, step.y);
  const to = address(step.y);
  const bytes = activationBytes(net, step.y);
  if (step.kind === 'add') {
    const [a, b] = [at(net.activations, step.a), at(net.activations, step.b)];
    return () => {
      kernels.setOutput(a.zero, 0);
      kernels.setResidual(a.scale, b.zero, b.scale, y.zero, y.scale, step.floor);
      kernels.add(address(step.a), address(step.b), to, bytes);
    };
  }
  const x = at(net.activations, step.x);
  const from = address(step.x);
  if (step.kind === 'lookup') return () => kernels.lookup(from, to, bytes, constants.table);
  const pixels = x.height * x.width;
  const scale = Math.fround(x.scale / Math.fround(y.scale * pixels));
  const pitch = pitchOf(net, step.x);
  return () => kernels.globalPool(from, pixels, pitch, to, x.zero, scale, y.zero);
}

function bindPool(kernels: Kernels, net: Net, layout: Layout, step: PoolStep): Action {
  const [x, y] = [at(net.activations, step.x), at(net.activations, step.y)];
  const [from, to] = [at(layout.activations, step.x), at(layout.activations, step.y)];
  const [top, left] = step.pads;
  const window = [
    ...([from, x.height, x.width, pitchOf(net, step.x), to, y.height, y.width] as const),
    ...step.kernel,
    ...step.stride,
    ...([top, left] as const),
  ] as const;
  if (step.kind === 'max') return () => kernels.maxPool(...window);
  const all = step.countPads ? 1 : 0;
  return () => kernels.averagePool(...window, all, x.zero, x.scale, y.zero, y.scale);
}

function bindDense(
  kernels: Kernels,
  net: Net,
  layout: Layout,
  step: DenseStep,
  { weights, bias, scale }: Constants,
): Action {
  const x = at(net.activations, step.x);
  const depth = depthOf(net, step);
  const { pixels, out } = denseScratch(net, step);
  const from = at(layout.activations, step.x);
  const row = layout.scratch + pixels;
  const to = layout.scratch + out;
  const couts = coutsOf(net, step);
  return () => {
    kernels.widenPixels(from, row, depth, x.zero);
    kernels.denseFloat(row, depth, weights, couts, bias, scale, to);
  };
}

function bindConv(
  kernels: Kernels,
  net: Net,
  layout: Layout,
  step: ConvStep,
  constants: Constants,
): Action {
  const y = at(net.activations, step.y);
  const residual = step.residual === null ? null : at(net.activations, step.residual);
  const algorithm = isProduct(step)
    ? bindDirect(kernels, net, layout, step, constants)
    : step.algorithm === 'stem'
      ? bindStem(kernels, net, layout, step, constants)
      : bindTiles(kernels, net, layout, step, constants);
  return () => {
    kernels.setOutput(step.ownZero, step.floor);
    if (residual !== null) {
      const { zero, scale } = residual;
      kernels.setResidual(step.ownScale, zero, scale, y.zero, y.scale, step.floor);
    }
    algorithm();
  };
}

function bindDirect(
  kernels: Kernels,
  net: Net,
  layout: Layout,
  step: ConvStep,
  { weights, bias, scale }: Constants,
): Action {
  const [x, y] = [at(net.activations, step.x), at(net.activations, step.y)];
  const { depth, block, padded, image, pixels, panel, sums } = directScratch(net, step);
  const pitch = pitchOf(net, step.x);
  const couts = coutsOf(net, step);
  const [from, to] = [at(layout.activations, step.x), at(layout.activations, step.y)];
  const res = step.residual === null ? 0 : at(layout.activations, step.residual);
  const [a, p] = [layout.scratch + pixels, layout.scratch + panel];
  const s = layout.scratch + sums;
  const strassen = step.algorithm === 'strassen';
  const source = padded === null ? from : layout.scratch + image;
  const row = (padded?.width ?? x.width) * pitch;
  const [rows, columns] = step.kernel;
  const [down, across] = step.stride;
  const count = y.height * y.width;
  const plain = rows === 1 && columns === 1 && down === 1 && across === 1;
  const asIs = plain && padded === null && pitch % 8 === 0;
  return () => {
    if (padded !== null) {
      const size = [padded.height, padded.width] as const;
      const [top, left] = step.pads;
      kernels.padImage(from, x.height, x.width, pitch, source, ...size, top, left, x.zero);
    }
    for (let first = 0; first < count; first += block) {
      const n = Math.min(block, count - first);
      if (asIs) kernels.widenPixels(source + first * pitch, a, n * pitch, x.zero);
      else {
        const steps = [across * pitch, down * row] as const;
        const run = columns * pitch;
        const to = first + n;
        const { width } = y;
        kernels.packPixels(source, row, rows, run, ...steps, width, first, to, a, depth, x.zero);
      }
      const at = first * couts;
      const r = res === 0 ? 0 : res + at;
      // Strassen halves the pixels in tiles of 4.
      if (strassen && n >= 8) {
        kernels.strassen(a, depth, n, weights, couts, p, s, bias, scale, to + at, r, couts);
      } else kernels.gemm(a, depth, n, weights, couts, p, bias, scale, to + at, r, couts);
    }
  };
}

function bindTiles(
  kernels: Kernels,
  net: Net,
  layout: Layout,
  step: ConvStep,
  { weights, bias, scale }: Constants,
): Action {
  const [x, y] = [at(net.activations, step.x), at(net.activations, step.y)];
  const plan = tileScratch(net, step);
  const pitch = pitchOf(net, step.x);
  const [from, to] = [at(layout.activations, step.x), at(layout.activations, step.y)];
  const res = step.residual === null ? 0 : at(layout.activations, step.residual);
  const [image, v, u, m] = [plan.image, plan.v, plan.u, plan.m].map((at) => layout.scratch + at);
  const { height, width } = plan.padded;
  const [top, left] = step.pads;
  const couts = coutsOf(net, step);
  const kernel =
    step.algorithm === 'stride2'
      ? kernels.stride2
      : step.algorithm === 'winograd2'
        ? kernels.winograd2
        : kernels.winograd;
  const buffers = [v ?? 0, u ?? 0, m ?? 0, plan.block] as const;
  const shape = [width, pitch, x.zero, y.height, y.width] as const;
  return () => {
    kernels.padImage(from, x.height, x.width, pitch, image ?? 0, height, width, top, left, x.zero);
    kernel(image ?? 0, ...shape, weights, couts, ...buffers, bias, scale, to, res);
  };
}

function bindStem(
  kernels: Kernels,
  net: Net,
  layout: Layout,
  step: ConvStep,
  { weights, bias, scale }: Constants,
): Action {
  const [x, y] = [at(net.activations, step.x), at(net.activations, step.y)];
  const plan = stemScratch(net, step);
  const [from, to] = [at(layout.activations, step.x), at(layout.activations, step.y)];
  const base = layout.scratch;
  const image = base + plan.image;
  const phases = base + plan.phases;
  const { height, width } = plan.padded;
  const [top, left] = step.pads;
  const couts = coutsOf(net, step);
  const buffers = [base + plan.v, base + plan.m, STEM_BLOCK_TILES] as const;
  const { rows, columns } = plan;
  return () => {
    kernels.padImage(from, x.height, x.width, 3, image, height, width, top, left, x.zero);
    kernels.stemPhases(image, width * 3, rows, columns, phases, x.zero);
    const size = [y.height, y.width] as const;
    kernels.stem(phases, columns, ...size, weights, couts, ...buffers, bias, scale, to);
  };
}

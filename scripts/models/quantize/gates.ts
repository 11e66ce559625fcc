import type { OnnxModel } from '../../../src/onnx/graph.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import { argMax } from '../evaluate/compare.ts';
import { type LayerNoise, measureLayers } from '../evaluate/layer-noise.ts';
import type { PictureSet } from '../pictures/picture-set.ts';

/** What a sound int8 graph shows on a few pictures; a broken one is far off. */
export interface Gates {
  readonly pictures: number;
  /** Share of the classes that float32 names. Scores that collapsed name one or two. */
  readonly classSpreadMin: number;
  readonly agreementMin: number;
  readonly sqnrDbMin: number;
}

/**
 * Percentile ranges cut off rare values that hold much of a layer's power and decide nothing: our
 * ResNet-50 names the same class on 98 % of pictures, and on some of them layer3.3.conv3 has 6.1 dB
 * (`models quantize --calibrate` on 64 photographs). Below 3 dB half of the power is gone; a range
 * ten times too small leaves 0.9.
 */
export const GATES: Gates = {
  pictures: 32,
  classSpreadMin: 0.6,
  agreementMin: 0.75,
  sqnrDbMin: 3,
};

export type GateFailure =
  | { readonly code: 'layer_too_noisy'; readonly layer: string; readonly sqnr_db: number }
  | {
      readonly code: 'classes_collapsed';
      readonly layer: string;
      readonly fp32_classes: number;
      readonly int8_classes: number;
    }
  | { readonly code: 'low_agreement'; readonly layer: string; readonly agreement: number };

export interface GateReport {
  readonly pictures: number;
  readonly agreement: number;
  readonly fp32_classes: number;
  readonly int8_classes: number;
  readonly noisiest: LayerNoise;
}

/**
 * Compares both graphs on a few pictures. A failure names the layer where most was lost: `layer` is
 * the noisiest, or where the noise grew most.
 */
export async function passGates(
  float: OnnxModel,
  int8: OnnxModel,
  pictures: PictureSet,
  gates: Gates = GATES,
): Promise<Result<GateReport, GateFailure>> {
  const [expected, actual]: [number[], number[]] = [[], []];
  const layers = await measureLayers(float, int8, pictures, gates.pictures, (exact, rounded) => {
    expected.push(argMax(exact));
    actual.push(argMax(rounded));
  });
  const noisiest = layers.reduce((a, b) => (worse(b, a, 'sqnrDb') ? b : a));
  const culprit = layers.reduce((a, b) => (b.lossDb > a.lossDb ? b : a)).layer;
  if (!(noisiest.sqnrDb >= gates.sqnrDbMin)) {
    const layer = layers.find(({ sqnrDb }) => !(sqnrDb >= gates.sqnrDbMin))!;
    return fail({ code: 'layer_too_noisy', layer: layer.layer, sqnr_db: round(layer.sqnrDb) });
  }
  const [fp32, named] = [new Set(expected).size, new Set(actual).size];
  const spread = { fp32_classes: fp32, int8_classes: named };
  if (named < fp32 * gates.classSpreadMin) {
    return fail({ code: 'classes_collapsed', layer: culprit, ...spread });
  }
  const agreement = expected.filter((name, i) => name === actual[i]).length / expected.length;
  if (agreement < gates.agreementMin) {
    return fail({ code: 'low_agreement', layer: culprit, agreement });
  }
  return ok({ pictures: expected.length, agreement, ...spread, noisiest });
}

/** NaN is worse than any number. */
function worse(a: LayerNoise, b: LayerNoise, by: 'sqnrDb'): boolean {
  return !(a[by] >= b[by]);
}

function round(decibels: number): number {
  return Math.round(decibels * 10) / 10;
}

import type { Range } from '../calibrate/span.ts';

/** real = (quantized - zero) * scale, quantized in 0..255. */
export interface ActivationScale {
  /** A float32 value. */
  readonly scale: number;
  readonly zero: number;
}

/** A tensor that is zero on every calibration picture still needs a finite, positive scale. */
const SCALE_MIN = 2 ** -40;

export function activationScale({ low, high }: Range): ActivationScale {
  if (!(low <= 0 && high >= 0)) throw new RangeError('quantize: a range must hold zero');
  const scale = Math.fround(Math.max((high - low) / 255, SCALE_MIN));
  const zero = Math.min(255, Math.max(0, Math.round(-low / scale)));
  return { scale, zero };
}

/**
 * Seven bits for an operand of products. Behind a ReLU zero is 128, so that uint8's own end at 255
 * cuts off and quantized - zero is in 0..127. The picture takes 0..127 over all that a pixel can
 * be: nothing needs to be cut off.
 */
export function sevenBitScale({ low, high }: Range): ActivationScale {
  if (!(low <= 0 && high >= 0)) throw new RangeError('quantize: a range must hold zero');
  // Where both ends are used, rounding zero to a step may push one of them half a step out.
  const steps = low < 0 ? 126 : 127;
  const scale = Math.fround(Math.max((high - low) / steps, SCALE_MIN));
  return { scale, zero: low < 0 ? Math.round(-low / scale) : 128 };
}

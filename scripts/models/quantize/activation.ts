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

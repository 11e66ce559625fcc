/** Datatypes that our models take or give. The protocol has more. */
export type Datatype = 'FP32' | 'FP16' | 'UINT8' | 'BYTES';

export interface TensorSpec {
  readonly name: string;
  readonly datatype: Datatype;
  /** -1 is the batch. */
  readonly shape: readonly number[];
}

/** Row-major; FP16 widened to float32, exactly. */
export type Values =
  | { readonly datatype: 'FP32' | 'FP16'; readonly numbers: Float32Array }
  | { readonly datatype: 'UINT8'; readonly numbers: Uint8Array }
  | { readonly datatype: 'BYTES'; readonly strings: readonly Uint8Array[] };

/** BYTES elements have a length of their own. */
export const ELEMENT_BYTES: Readonly<Record<Exclude<Datatype, 'BYTES'>, number>> = {
  FP32: 4,
  FP16: 2,
  UINT8: 1,
};

/** IEEE 754-2008 binary16 to a number: sign, 5 bits of exponent (bias 15), 10 of fraction. */
export function widenHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

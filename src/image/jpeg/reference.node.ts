/**
 * What assembly/idct.ts, upsample.ts and colour.ts compute, as libjpeg writes it down. Plain on
 * purpose: the kernels must equal these byte for byte.
 */

const FIX = (value: number): number => Math.round(value * 8192);

/** jidctint.c: 64 dequantised coefficients, natural order, to 64 pixels. */
export function idctReference(coefficients: Int16Array): Uint8Array {
  const columns = new Int32Array(64);
  for (let x = 0; x < 8; x++) {
    const line = Array.from({ length: 8 }, (_, y) => coefficients[8 * y + x]!);
    for (const [y, value] of idctLine(line).entries()) {
      columns[8 * y + x] = (value + (1 << 10)) >> 11;
    }
  }
  const pixels = new Uint8Array(64);
  for (let y = 0; y < 8; y++) {
    const line = [...columns.subarray(8 * y, 8 * y + 8)];
    for (const [x, value] of idctLine(line).entries()) {
      pixels[8 * y + x] = clampByte(((value + (1 << 17)) >> 18) + 128);
    }
  }
  return pixels;
}

function idctLine(line: readonly number[]): number[] {
  const [i0, i1, i2, i3, i4, i5, i6, i7] = line as [number, ...number[]];
  const z1 = (i2! + i6!) * FIX(0.5411961);
  const even2 = z1 - i6! * FIX(1.847759065);
  const even3 = z1 + i2! * FIX(0.765366865);
  const even0 = (i0 + i4!) << 13;
  const even1 = (i0 - i4!) << 13;
  const z5 = (i7! + i3! + i5! + i1!) * FIX(1.175875602);
  const a = -(i7! + i1!) * FIX(0.899976223);
  const b = -(i5! + i3!) * FIX(2.562915447);
  const c = z5 - (i7! + i3!) * FIX(1.96157056);
  const d = z5 - (i5! + i1!) * FIX(0.390180644);
  const odd0 = i7! * FIX(0.298631336) + a + c;
  const odd1 = i5! * FIX(2.053119869) + b + d;
  const odd2 = i3! * FIX(3.072711026) + b + c;
  const odd3 = i1! * FIX(1.50132111) + a + d;
  return [
    even0 + even3 + odd3,
    even1 + even2 + odd2,
    even1 - even2 + odd1,
    even0 - even3 + odd0,
    even0 - even3 - odd0,
    even1 - even2 - odd1,
    even1 + even2 - odd2,
    even0 + even3 - odd3,
  ];
}

/** jdsample.c, h2v1_fancy_upsample: a row of samples to twice its width. */
export function upsampleH2V1Reference(row: Uint8Array): Uint8Array {
  const out = new Uint8Array(2 * row.length);
  for (let c = 0; c < row.length; c++) {
    const [left, right] = [row[Math.max(c - 1, 0)]!, row[Math.min(c + 1, row.length - 1)]!];
    out[2 * c] = (3 * row[c]! + left + 1) >> 2;
    out[2 * c + 1] = (3 * row[c]! + right + 2) >> 2;
  }
  return out;
}

/** jdsample.c, h2v2_fancy_upsample: the nearer row counts three times. */
export function upsampleH2V2Reference(near: Uint8Array, far: Uint8Array): Uint8Array {
  const sums = Array.from(near, (value, c) => 3 * value + far[c]!);
  const out = new Uint8Array(2 * near.length);
  for (let c = 0; c < sums.length; c++) {
    const [left, right] = [sums[Math.max(c - 1, 0)]!, sums[Math.min(c + 1, sums.length - 1)]!];
    out[2 * c] = (3 * sums[c]! + left + 8) >> 4;
    out[2 * c + 1] = (3 * sums[c]! + right + 7) >> 4;
  }
  return out;
}

/** jdcolor.c, ycc_rgb_convert, with its 16-bit constants. */
export function yccToRgbReference(y: number, cb: number, cr: number): [number, number, number] {
  const [b, r] = [cb - 128, cr - 128];
  return [
    clampByte(y + ((91881 * r + 32768) >> 16)),
    clampByte(y + ((-22554 * b - 46802 * r + 32768) >> 16)),
    clampByte(y + ((116130 * b + 32768) >> 16)),
  ];
}

function clampByte(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

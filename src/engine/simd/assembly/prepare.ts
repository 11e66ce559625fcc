// Packing at load, 8 output channels at a time. `from` is i8 [8][cins][taps], as ONNX stores it.

/** Sum of the positive weights. */
export function positiveSum(from: usize, count: i32): i32 {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += max(<i32>load<i8>(from + i), 0);
  return sum;
}

/** Sum of all weights. */
export function totalSum(from: usize, count: i32): i32 {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += <i32>load<i8>(from + i);
  return sum;
}

/** i8 [depth/2][8][2] with depth = (tap, cin), `pitch` bytes from tap to tap; the rest is 0. */
export function packGemm(
  from: usize, cins: i32, taps: i32, pitch: i32, depth: i32, to: usize,
): void {
  memory.fill(to, 0, depth * 8);
  for (let o = 0; o < 8; o++) {
    for (let c = 0; c < cins; c++) {
      for (let t = 0; t < taps; t++, from++) {
        const k = t * pitch + c;
        store<i8>(to + ((((k >> 1) << 3) + o) << 1) + (k & 1), load<i8>(from));
      }
    }
  }
}

/** i8 [pitch/2][2 halves][9 taps][4][2]: the taps of 8 weights lie in 72 consecutive bytes. */
export function packTaps(from: usize, cins: i32, pitch: i32, to: usize): void {
  memory.fill(to, 0, pitch * 72);
  for (let o = 0; o < 8; o++) {
    for (let c = 0; c < cins; c++) {
      const d = to + ((c >> 1) * 2 + (o >> 2)) * 72 + ((o & 3) << 1) + (c & 1);
      for (let t = 0; t < 9; t++, from++) store<i8>(d + (t << 3), load<i8>(from));
    }
  }
}

// @ts-ignore: decorator
@inline
function stemPoint(row: i32, k: i32): i32 {
  if (row == 0) return k == 0 ? 6 : 0;
  if (row == 1) return 4;
  if (row == 2) return k & 1 ? -4 : 4;
  if (row == 3) return 1 << k;
  if (row == 4) return k & 1 ? -(1 << k) : 1 << k;
  return k == 3 ? 12 : 0;
}

/** i16 [36][6][8][2]: U of the 7x7 stem, stored because it is small. See stem.ts. */
export function packStem(from: usize, to: usize): void {
  for (let o = 0; o < 8; o++, from += 147) {
    for (let k = 0; k < 12; k++) {
      const phaseY = k / 6, phaseX = (k / 3) % 2, base = from + (k % 3) * 49;
      for (let p = 0; p < 36; p++) {
        let sum = 0;
        for (let y = 0; y < 4; y++) {
          for (let x = 0; x < 4; x++) {
            const ky = 2 * y + phaseY, kx = 2 * x + phaseX;
            if (ky > 6 || kx > 6) continue;
            const w = <i32>load<i8>(base + ky * 7 + kx);
            sum += stemPoint(p / 6, y) * stemPoint(p % 6, x) * w;
          }
        }
        store<i16>(to + p * 192 + (k >> 1) * 32 + (o << 2) + ((k & 1) << 1), <i16>sum);
      }
    }
  }
}

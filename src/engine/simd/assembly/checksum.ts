/**
 * Four lanes of h = (h ^ word) * odd, folded to 32 bits. Finds damage, not malice: every step is a
 * bijection of the lane, so any single changed word changes the sum. `count` is a multiple of 16.
 */
export function checksum(from: usize, count: i32, seed: i32): i32 {
  let h = i32x4.splat(seed), i = 0;
  const odd = i32x4.splat(0x01000193 | 0x9e370000);
  for (; i < count; i += 16) {
    h = i32x4.mul(v128.xor(h, v128.load(from + i)), odd);
    h = v128.xor(h, i32x4.shr_u(h, 15));
  }
  let sum = 0;
  sum = (sum ^ i32x4.extract_lane(h, 0)) * 0x85ebca6b;
  sum = (sum ^ i32x4.extract_lane(h, 1)) * 0xc2b2ae35;
  sum = (sum ^ i32x4.extract_lane(h, 2)) * 0x27d4eb2f;
  return sum ^ i32x4.extract_lane(h, 3);
}

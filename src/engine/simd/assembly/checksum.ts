// A sum that grows with the bytes as they come, each block while it is still in the cache: 16 lanes
// of h = (h ^ word) * odd, folded to 32 bits at the end. Finds damage, not malice: every step is a
// bijection of its lane, so any single changed word changes the sum. Four vectors, because one
// chain of multiplications waits for itself.

/** Between calls the four vectors lie here, in the scratch that no step of a net keeps. */
const STATE: usize = 512;

export function checksumStart(seed: i32): void {
  const h = i32x4.splat(seed);
  v128.store(STATE, h);
  v128.store(STATE, v128.xor(h, i32x4.splat(0x3c6ef372)), 16);
  v128.store(STATE, v128.xor(h, i32x4.splat(0x78dde6e4)), 32);
  v128.store(STATE, v128.xor(h, i32x4.splat(0x2f0b4dc9)), 48);
}

// @ts-ignore: decorator
@inline
function mix(h: v128, word: v128): v128 {
  const x = i32x4.mul(v128.xor(h, word), i32x4.splat(0x01000193 | 0x9e370000));
  return v128.xor(x, i32x4.shr_u(x, 15));
}

/** `count` is a multiple of 64. */
export function checksumMore(from: usize, count: i32): void {
  let h0 = v128.load(STATE), h1 = v128.load(STATE, 16);
  let h2 = v128.load(STATE, 32), h3 = v128.load(STATE, 48);
  for (const end = from + count; from < end; from += 64) {
    h0 = mix(h0, v128.load(from));
    h1 = mix(h1, v128.load(from, 16));
    h2 = mix(h2, v128.load(from, 32));
    h3 = mix(h3, v128.load(from, 48));
  }
  v128.store(STATE, h0);
  v128.store(STATE, h1, 16);
  v128.store(STATE, h2, 32);
  v128.store(STATE, h3, 48);
}

export function checksumEnd(): i32 {
  let sum = 0;
  for (let at = STATE; at < STATE + 64; at += 4) {
    sum = (sum ^ load<i32>(at)) * 0x85ebca6b;
    sum ^= sum >>> 15;
  }
  return sum;
}

/** Uniform in [0, 1). */
export type Random = () => number;

/** Mulberry32 (Tommy Ettinger, 2017, public domain): one 32-bit state, good enough for queues. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return function random() {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Time to the next event of a Poisson process, by inversion; in the unit of 1 / rate. */
export function exponential(random: Random, rate: number): number {
  return -Math.log(1 - random()) / rate;
}
